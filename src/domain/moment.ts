import { z } from 'zod';
import type { EpochMs } from './fix.ts';

/** The years 1 to 9999 in UTC, milliseconds since 1970: databases and clocks agree on these. */
const FIRST = -62_135_596_800_000;
const LAST = 253_402_300_799_999;

/**
 * A time as callers write it: RFC 3339 with an offset; to the millisecond, finer digits are cut. What lies before the year 1 or after 9999
 * counts as its beginning or its end: nothing happened beyond.
 */
export const Moment = z.iso
  .datetime({ offset: true, error: 'expected a time like 2026-01-31T09:10:00Z, with its offset' })
  .transform((text): EpochMs => Math.min(LAST, Math.max(FIRST, Date.parse(text))));

/** What of the past is asked for: `from` and `to` of a query. Give the whole schema `.refine(inOrder, NOT_IN_ORDER)` too. */
export const PERIOD = {
  from: Moment.optional().describe('At or after this time.'),
  to: Moment.optional().describe('Before this time.'),
};

/** Whether a period begins before it ends. */
export function inOrder({ from, to }: { from?: EpochMs | undefined; to?: EpochMs | undefined }): boolean {
  return from === undefined || to === undefined || from < to;
}
export const NOT_IN_ORDER = { path: ['to'], error: 'expected later than from' };

/** As known at a moment, by receipt. */
export const AS_OF = {
  asOf: Moment.optional().describe('As it was known at this time: by receipt, late fixes unknown until they came.'),
};
