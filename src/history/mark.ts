import type { EpochMs } from '../domain/fix.ts';

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

/** A cursor as callers hand it back. At one moment an animal wears one collar, so its time tells a fix from all others. */
export function writeCursor({ at, isAttempt, upTo }: Cursor): string {
  const text = `${isAttempt ? 'attempt' : 'fix'}:${at}${upTo === null ? '' : `:${upTo}`}`;
  return Buffer.from(text).toString('base64url');
}

/** @returns null for what is no cursor of ours */
export function readCursor(cursor: string): Cursor | null {
  const match = /^(fix|attempt):(-?\d{1,16})(?::(\d{1,16}))?$/.exec(
    Buffer.from(cursor, 'base64url').toString('latin1'),
  );
  if (!match) return null;
  const [at, upTo] = [Number(match[2]), match[3] === undefined ? null : Number(match[3])];
  if ([at, upTo ?? 0].some((time) => Number.isNaN(new Date(time).getTime()))) return null;
  return { at, isAttempt: match[1] === 'attempt', upTo };
}
