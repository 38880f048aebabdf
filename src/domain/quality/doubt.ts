/**
 * Every reason not to trust a fix. A doubt's place in this list is its bit in storage: append, never reorder.
 *
 * - `future-time`: more than 10 minutes ahead of its receipt.
 * - `week-rollover`: 1,024 weeks off, as a receiver reports whose week counter has wrapped.
 * - `null-island`: exactly 0, 0.
 * - `poor-accuracy`: its error, before the cap, is over 500 m.
 * - `impossible-speed`: implausible both from the undoubted fix before it and from the fix after it.
 * - `unconfirmed`: implausible from the undoubted fix before it, with none after it yet.
 * - `marked-outlier`: whoever imported it had marked it as wrong.
 */
export const DOUBTS = [
  'future-time',
  'week-rollover',
  'null-island',
  'poor-accuracy',
  'impossible-speed',
  'unconfirmed',
  'marked-outlier',
] as const;
export type Doubt = (typeof DOUBTS)[number];

/** A set of doubts as bits, the way fixes carry and tables store it. 0: trusted. */
export type DoubtBits = number;

export function doubtBit(doubt: Doubt): DoubtBits {
  return 1 << DOUBTS.indexOf(doubt);
}

export function doubtNames(bits: DoubtBits): Doubt[] {
  return DOUBTS.filter((doubt) => (bits & doubtBit(doubt)) !== 0);
}

/** The doubts that come and go with the fixes beside; all others stand in a fix itself and stay. */
export const NEIGHBOURS_DOUBTS: DoubtBits = doubtBit('impossible-speed') | doubtBit('unconfirmed');
