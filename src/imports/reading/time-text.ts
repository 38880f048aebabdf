import type { EpochMs } from '../../domain/fix.ts';

export type DateOrder = 'dmy' | 'mdy' | 'ymd';

const YEAR_FIRST = /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})$/;
const NUMERIC = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})\.?$/;
const NAMED = /^(\d{1,2})[-/. ]([A-Za-z]{3,9})\.?[-/. ](\d{4})$/;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const TIME =
  /^(\d{1,2})[:.h](\d{2})(?:[:.](\d{2})(?:[.,](\d{1,9}))?)?\s*([AaPp]\.?[Mm]\.?)?\s*(Z|UTC|GMT|(?:UTC|GMT)?[+-]\d{1,2}:?(?:\d{2})?)?$/i;

/** GPS time begins in 1980: a year of two digits below that is of this century. */
const FIRST_YEAR = 80;
/** Whole numbers below this are epoch seconds, from it on milliseconds (as in the payload format json-v1). */
const FIRST_MILLISECONDS = 100_000_000_000;

/** Whether a date is written so that its day and month can only be told by being told the order. */
export function needsOrder(date: string): boolean {
  return NUMERIC.test(date);
}

/** Midnight of a date as if it were UTC, or what was expected instead. */
export function parseDate(text: string, order: DateOrder | undefined): EpochMs | { readonly expected: string } {
  const [, year, , month, day] = YEAR_FIRST.exec(text) ?? [];
  if (year !== undefined) return midnight(Number(year), Number(month), Number(day), text);
  const [, namedDay, name, namedYear] = NAMED.exec(text) ?? [];
  if (name !== undefined) {
    const index = MONTHS.indexOf(name.slice(0, 3).toLowerCase());
    if (index >= 0) return midnight(Number(namedYear), index + 1, Number(namedDay), text);
  }
  const [, a, , b, c] = NUMERIC.exec(text) ?? [];
  if (a === undefined || b === undefined || c === undefined) return { expected: DATE };
  if (order === undefined) return { expected: 'an order of day and month to be said: dateOrder=dmy, mdy or ymd' };
  return inOrder(text, [a, b, c], order);
}

/** What a time looks like, for messages. */
export const DATE = 'a date and time such as 2021-04-03 14:05:00';

function inOrder(text: string, [a, b, c]: [string, string, string], order: DateOrder): ReturnType<typeof midnight> {
  if (order === 'ymd' && c.length === 4) return { expected: 'the year first, as dateOrder=ymd says' };
  const [year, month, day] = order === 'dmy' ? [c, b, a] : order === 'mdy' ? [c, a, b] : [a, b, c];
  if (Number(month) > 12) {
    const swapped = Number(day) <= 12 ? ' (are day and month swapped?)' : '';
    return { expected: `a month from 1 to 12, not ${month}, as dateOrder=${order} was said${swapped}` };
  }
  const short = Number(year);
  return midnight(
    year.length === 4 ? short : short < FIRST_YEAR ? 2000 + short : 1900 + short,
    Number(month),
    Number(day),
    text,
  );
}

function midnight(year: number, month: number, day: number, text: string): EpochMs | { readonly expected: string } {
  if (month < 1 || month > 12) {
    const swapped = day >= 1 && day <= 12 ? ' (are day and month swapped?)' : '';
    return { expected: `a month from 1 to 12, not ${month}${swapped}` };
  }
  const at = Date.UTC(year, month - 1, day);
  const there = year >= 1000 && new Date(at).getUTCDate() === day;
  return there ? at : { expected: `a day that there is, not ${text}` };
}

/** The time of day in milliseconds, and how far its clock is ahead of UTC (null: it does not say); null: it is no time of day. */
export function parseTime(text: string): { readonly ms: number; readonly offsetMs: number | null } | null {
  const [, hours, minutes, seconds = '0', fraction = '', half, zone] = TIME.exec(text) ?? [];
  if (hours === undefined || minutes === undefined) return null;
  let hour = Number(hours);
  if (half !== undefined) {
    if (hour < 1 || hour > 12) return null;
    hour = (hour % 12) + (half.toLowerCase().startsWith('p') ? 12 : 0);
  }
  if (hour > 23 || Number(minutes) > 59 || Number(seconds) > 59) return null;
  const ms =
    ((hour * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000 + Number(fraction.slice(0, 3).padEnd(3, '0'));
  return { ms, offsetMs: zone === undefined ? null : offsetOf(zone) };
}

function offsetOf(zone: string): number {
  const [, sign, hours, minutes] = /([+-])(\d{1,2}):?(\d{2})?$/.exec(zone) ?? [];
  if (sign === undefined) return 0;
  return (Number(hours) * 60 + Number(minutes ?? 0)) * 60_000 * (sign === '-' ? -1 : 1);
}

/** Whole numbers as epoch seconds or milliseconds; null: it is something else. */
export function readEpoch(text: string): EpochMs | null {
  if (!/^\d{9,13}$/.test(text)) return null;
  const epoch = Number(text);
  return epoch < FIRST_MILLISECONDS ? epoch * 1_000 : epoch;
}
