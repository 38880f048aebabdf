import type { EpochMs, FailedAttempt, Fix, Reading } from '../domain/fix.ts';
import { doubtBit, type DoubtBits } from '../domain/quality/doubt.ts';
import { intrinsicDoubts } from '../domain/quality/intrinsic.ts';
import type { DeadLetter } from './dead-letter.ts';
import type { Contents, IncomingAttempt, IncomingFix, Origin } from './decoder.ts';

const ROLLOVER = doubtBit('week-rollover');
const OUTLIER = doubtBit('marked-outlier');
/** What a fix has beside its reading. */
const OURS = new Set(['collarId', 'receivedAt', 'doubts', 'late'] satisfies (keyof Fix)[] as string[]);

/**
 * The doubts that a fix of a file has of itself. When it came tells nothing of the collar's clock: a study of 1,024 weeks ago is
 * no receiver whose week counter has wrapped.
 *
 * @param outlier whoever kept the file had marked it as wrong
 */
export function doubtsOfImported(reading: Reading, receivedAt: EpochMs, outlier: boolean): DoubtBits {
  return (intrinsicDoubts(reading, receivedAt) & ~ROLLOVER) | (outlier ? OUTLIER : 0);
}

/** A row of a file that keeps the limits of the validator, with the number of its collar. */
export type ImportedRow =
  | { readonly collarId: number; readonly line: number; readonly reading: Reading; readonly outlier: boolean }
  | { readonly collarId: number; readonly line: number; readonly attempt: FailedAttempt };

/** What a row said, as it was before it became a fix: the same whenever it comes. */
export function contentOf(row: ImportedRow): Reading | FailedAttempt {
  if ('attempt' in row) return row.attempt;
  return Object.fromEntries(Object.entries(row.reading).filter(([name]) => !OURS.has(name))) as unknown as Reading;
}

/**
 * Rows of a file as what one message turns out to be: they are stored together. Their readings become fixes.
 *
 * @param letterOf what is kept of a row that turns out to contradict what is stored
 */
export function contentsOf(
  rows: readonly ImportedRow[],
  letters: readonly DeadLetter[],
  receivedAt: EpochMs,
  letterOf: (row: ImportedRow, reason: DeadLetter['reason'], detail: string) => DeadLetter,
): Contents {
  const fixes: IncomingFix[] = [];
  const attempts: IncomingAttempt[] = [];
  const origin: Origin = { letter: (index, reason, detail) => letterOf(rows[index]!, reason, detail) };
  for (const [index, row] of rows.entries()) {
    const { collarId } = row;
    if ('attempt' in row) attempts.push({ ...row.attempt, collarId, receivedAt });
    else {
      const doubts = doubtsOfImported(row.reading, receivedAt, row.outlier);
      // The reading is nobody else's: it becomes the fix without another copy.
      const fix = Object.assign(row.reading, { collarId, receivedAt, doubts, late: false });
      fixes.push({ fix, origin, index });
    }
  }
  return { fixes, attempts, letters };
}
