import type { EpochMs } from '../domain/fix.ts';
import { cursorOf, cursorText, isTime } from './page-cursor.ts';

/** Where a page ended: after the fix of a moment, or after the attempt of it, which comes after the fix. */
export interface Mark {
  readonly at: EpochMs;
  readonly isAttempt: boolean;
}

/** What the next page needs to know. */
export interface Cursor extends Mark {
  /** Up to when the pull, of which this is a page, has seen what changed; null: it asks for everything. */
  readonly upTo: EpochMs | null;
}

/** Where the next page begins. At one moment an animal wears one collar, so its time tells a fix from all others. */
export function writeCursor({ at, isAttempt, upTo }: Cursor): string {
  return cursorText(`${isAttempt ? 'attempt' : 'fix'}:${at}${upTo === null ? '' : `:${upTo}`}`);
}

/** A cursor of ours in a query. */
export const FixesCursor = cursorOf((text): Cursor | null => {
  const match = /^(fix|attempt):(-?\d{1,16})(?::(\d{1,16}))?$/.exec(text);
  if (!match) return null;
  const [at, upTo] = [Number(match[2]), match[3] === undefined ? null : Number(match[3])];
  return isTime(at) && isTime(upTo ?? 0) ? { at, isAttempt: match[1] === 'attempt', upTo } : null;
});
