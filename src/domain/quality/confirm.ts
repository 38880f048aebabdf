import type { EpochMs, Fix, Position } from '../fix.ts';
import { geodesicMetres } from '../geo/ellipsoid.ts';
import { doubtBit, type DoubtBits } from './doubt.ts';

/** How far an animal can get. Of the animal, not of the collar: a pelican is not a leopard. */
export interface Stamina {
  /** Kilometres an hour that it can keep up between two fixes. */
  readonly maxKmh: number;
  /** Metres that two fixes may lie apart whatever the time between them: errors of both, and a short dash. */
  readonly slackM: number;
}

/** A leopard's. */
export const STAMINA: Stamina = { maxKmh: 8, slackM: 1_500 };

/** The least that must be known of a fix to place it among its animal's others. */
export type PlacedFix = Position & Pick<Fix, 'at' | 'collarId'>;

/**
 * What is remembered of an animal's fixes so far. Plain JSON where the fixes are.
 *
 * - at rest: no fix yet (`last` null).
 * - sure: `last` is trusted, nothing waits.
 * - waiting: `unconfirmed` is implausible from `last`, and the fix after it will clear or condemn it.
 */
export interface Confirmation<F extends PlacedFix = PlacedFix> {
  readonly last: F | null;
  readonly unconfirmed: F | null;
}

export const UNKNOWN_ANIMAL: Confirmation<never> = { last: null, unconfirmed: null };

/** A stored fix whose doubts are others now. Its key is the collar and the time. */
export interface Reconsidered<F extends PlacedFix = PlacedFix> {
  readonly fix: F;
  readonly from: DoubtBits;
  readonly to: DoubtBits;
}

/** What follows from one more fix. */
export interface Confirmed<F extends PlacedFix = PlacedFix> {
  readonly state: Confirmation<F>;
  readonly reconsidered: readonly Reconsidered<F>[];
  /** The undoubted fixes that rules are to judge now, in the order of time. */
  readonly judge: readonly F[];
}

const TRUSTED: DoubtBits = 0;
const UNCONFIRMED = doubtBit('unconfirmed');
const IMPOSSIBLE = doubtBit('impossible-speed');

/** The order of an animal's fixes: by time, and of two collars at the same moment the one with the lower id first. */
export function compareFixes(a: PlacedFix, b: PlacedFix): number {
  return a.at - b.at || a.collarId - b.collarId;
}

/** Whether an animal cannot have come from one fix to the other. */
export function isImplausible(
  from: Position & { at: EpochMs },
  to: Position & { at: EpochMs },
  stamina: Stamina,
): boolean {
  const hours = (to.at - from.at) / 3_600_000;
  return geodesicMetres(from, to) > stamina.maxKmh * 1_000 * hours + stamina.slackM;
}

/**
 * Decides which fixes to trust by their neighbours, as a fold over an animal's fixes in the order of compareFixes; those that
 * intrinsicDoubts has doubted are left out. Rule 4 of the alert rules:
 *
 * - A fix implausible from the last undoubted one is `unconfirmed`, and judged by no rule.
 * - When the next comes and the unconfirmed one is implausible from that too, it is `impossible-speed`, and the next one is
 *   measured from the last undoubted fix as if nothing had been between.
 * - Else it is cleared, and judged before the next one, which is plausible from it.
 *
 * @param fix not before the newest fix in `state`
 */
export function confirm<F extends PlacedFix>(state: Confirmation<F>, fix: F, stamina: Stamina): Confirmed<F> {
  const { last, unconfirmed } = state;
  if (last === null) return trust(fix, []);
  if (unconfirmed === null) return measure(last, fix, [], stamina);
  if (isImplausible(unconfirmed, fix, stamina))
    return measure(last, fix, [{ fix: unconfirmed, from: UNCONFIRMED, to: IMPOSSIBLE }], stamina);
  const cleared = { fix: unconfirmed, from: UNCONFIRMED, to: TRUSTED };
  return { state: { last: fix, unconfirmed: null }, reconsidered: [cleared], judge: [unconfirmed, fix] };
}

/** Trusts a fix or makes it wait, by the last undoubted one before it. */
function measure<F extends PlacedFix>(
  last: F,
  fix: F,
  reconsidered: readonly Reconsidered<F>[],
  stamina: Stamina,
): Confirmed<F> {
  if (!isImplausible(last, fix, stamina)) return trust(fix, reconsidered);
  const waits = { fix, from: TRUSTED, to: UNCONFIRMED };
  return { state: { last, unconfirmed: fix }, reconsidered: [...reconsidered, waits], judge: [] };
}

function trust<F extends PlacedFix>(fix: F, reconsidered: readonly Reconsidered<F>[]): Confirmed<F> {
  return { state: { last: fix, unconfirmed: null }, reconsidered, judge: [fix] };
}
