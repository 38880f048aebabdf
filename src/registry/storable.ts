/** Nothing that people write by hand is deeper, and Postgres refuses what is much deeper. */
const MAX_DEPTH = 16;

/**
 * Where a value holds something that the database cannot give back as it came; null: nowhere. `\u0000` and half a surrogate
 * pair are no text to Postgres, and JSON has no number beyond those of a double.
 */
export function unstorable(value: unknown, depth = 0): { path: PropertyKey[]; expected: string } | null {
  if (typeof value === 'string')
    return isText(value) ? null : { path: [], expected: 'text without NUL and broken pairs' };
  if (typeof value === 'number') return Number.isFinite(value) ? null : { path: [], expected: 'a number within range' };
  if (typeof value !== 'object' || value === null) return null;
  if (depth >= MAX_DEPTH) return { path: [], expected: `at most ${MAX_DEPTH} levels` };
  for (const [key, part] of Object.entries(value)) {
    if (!isText(key)) return { path: [], expected: 'field names without NUL and broken pairs' };
    const found = unstorable(part, depth + 1);
    if (found) return { path: [Array.isArray(value) ? Number(key) : key, ...found.path], expected: found.expected };
  }
  return null;
}

function isText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}
