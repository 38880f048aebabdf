import { type EpochMs, errorMetres, type Reading } from '../fix.ts';
import { type Doubt, doubtBit, type DoubtBits } from './doubt.ts';

/** A collar's clock may run ahead by this much; a smaller allowance would doubt collars that are merely a little fast. */
const CLOCK_AHEAD_MS = 10 * 60_000;
/** A GPS receiver counts weeks in ten bits: when the counter wraps, its dates are this far off. */
const ROLLOVER_MS = 1_024 * 7 * 86_400_000;
/** A wrapped date is told from a true one by how exactly it is off; collars deliver what they stored up to this much later. */
const ROLLOVER_WITHIN_MS = 2 * 86_400_000;
/** A fix with a greater error than this may be on the other side of any ring. */
const POOR_ERROR_M = 500;

/** Says whether a fix is to be doubted for what it says itself. */
type Test = (reading: Reading, receivedAt: EpochMs) => boolean;

/** The doubts that need only the fix itself and the time of its receipt; every one is tried. */
const TESTS: readonly (readonly [Doubt, Test])[] = [
  ['future-time', ({ at }, receivedAt) => at - receivedAt > CLOCK_AHEAD_MS],
  ['week-rollover', ({ at }, receivedAt) => Math.abs(Math.abs(at - receivedAt) - ROLLOVER_MS) <= ROLLOVER_WITHIN_MS],
  ['null-island', ({ lon, lat }) => lon === 0 && lat === 0],
  ['poor-accuracy', (reading) => errorMetres(reading) > POOR_ERROR_M],
];

/** Every reason in a fix itself not to trust it. 0: none. */
export function intrinsicDoubts(reading: Reading, receivedAt: EpochMs): DoubtBits {
  return TESTS.reduce((bits, [doubt, test]) => (test(reading, receivedAt) ? bits | doubtBit(doubt) : bits), 0);
}
