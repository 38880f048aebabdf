import type { EpochMs } from '../domain/fix.ts';

const RFC3339 = /^(\d{4})-(\d{2})-(\d{2})[Tt]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})$/;

/**
 * Reads an RFC 3339 time with its offset, to the millisecond; finer digits are cut.
 *
 * @returns null for anything else: no offset, a 30 February, a leap second
 */
export function parseRfc3339(text: string): EpochMs | null {
  const match = RFC3339.exec(text);
  if (!match) return null;
  // Date.parse rolls a 30 February over into March instead of refusing it.
  const daysInMonth = new Date(Date.UTC(Number(match[1]), Number(match[2]), 0)).getUTCDate();
  if (Number(match[3]) > daysInMonth) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : at;
}
