import type { Fault } from './format.ts';

/** Deeper than this no collar nests; Postgres gives up on deep JSON, and so would whoever reads it. */
const MAX_DEPTH = 8;
/** Values in all the unknown fields of one fix. */
const MAX_VALUES = 500;
/** What Postgres cannot keep in JSON: U+0000, and halves of surrogate pairs (JSON.stringify escapes those, and only those). */
const UNSTORABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f][0-9a-f]{2})/i;

function sizeFault(extra: object): Fault | null {
  let values = 0;
  const open: { field: string; value: unknown; depth: number }[] = [];
  for (const [field, value] of Object.entries(extra)) open.push({ field, value, depth: 1 });
  for (let next = open.pop(); next; next = open.pop()) {
    const { field, value, depth } = next;
    if (++values > MAX_VALUES) return { field, expected: `at most ${MAX_VALUES} values in unknown fields` };
    if (typeof value === 'number' && !Number.isFinite(value)) return { field, expected: 'finite numbers' };
    if (typeof value !== 'object' || value === null) continue;
    if (depth === MAX_DEPTH) return { field, expected: `at most ${MAX_DEPTH} levels of nesting` };
    for (const inner of Object.values(value)) open.push({ field, value: inner, depth: depth + 1 });
  }
  return null;
}

/** Why fields that we have no name for cannot be kept, or null: they can. */
export function faultOfExtra(extra: Readonly<Record<string, unknown>>): Fault | null {
  const fault = sizeFault(extra);
  if (fault) return fault;
  const field = Object.keys(extra).find((name) => UNSTORABLE.test(JSON.stringify([name, extra[name]])));
  return field === undefined
    ? null
    : {
        field: field.slice(0, 40).toWellFormed().replaceAll('\0', ''),
        expected: 'text without U+0000 and without half surrogate pairs',
      };
}
