import type { Reading } from '../domain/fix.ts';
import { LIMITS } from './validator.ts';

const FIELDS = Object.keys(LIMITS) as (keyof typeof LIMITS)[];

/** JSON with the names in order, so that equal objects are equal text. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** Whether two readings of one collar and time say the same, whenever and however they came. */
export function sameContent(a: Reading, b: Reading): boolean {
  return FIELDS.every((field) => a[field] === b[field]) && canonical(a.extra ?? null) === canonical(b.extra ?? null);
}
