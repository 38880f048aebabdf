import { z } from 'zod';
import { numberBetween, wholeBetween } from '../../access/query-number.ts';
import { Id } from '../../domain/id.ts';
import { AS_OF, inOrder, NOT_IN_ORDER, PERIOD } from '../../domain/moment.ts';
import type { Simplify } from './thinned.ts';

const MOST_POINTS = 100_000;
/** Metres: half the way round the earth. */
const MOST_TOLERANCE_M = 20_000_000;
const MOST_FACTOR = 1_000_000;
/** When nothing is said, a gap is longer than so many intervals: two fixes in a row are missing. */
const GAP_FACTOR = 3;

const TRACK = {
  ...PERIOD,
  ...AS_OF,
  maxPoints: wholeBetween(2, MOST_POINTS)
    .optional()
    .describe('Keep so many points of each animal at most: those that shape its track.'),
  toleranceM: numberBetween(0, MOST_TOLERANCE_M, 'metres')
    .optional()
    .describe('Leave out fixes that lie within so many metres of the line that is drawn.'),
  simplify: z
    .enum(['none', 'shape'], 'expected none or shape')
    .optional()
    .describe(
      'none: every fix. shape: those that shape the track, as maxPoints and toleranceM say; without them, all but what lies on the line.',
    ),
  doubts: z
    .enum(['with', 'without'], 'expected with or without')
    .default('without')
    .describe('with: doubted fixes too, as points of the line like any other.'),
  gapFactor: z
    .union(
      [z.literal('none').transform(() => null), numberBetween(1, MOST_FACTOR)],
      `expected a number from 1 to ${MOST_FACTOR}, or none`,
    )
    .default(GAP_FACTOR)
    .describe('No line is drawn where data is missing for longer than so many intervals; none: always one line.'),
  format: z.string().max(32).optional().describe('Name of a format; without it, Accept decides.'),
};

/** Query of one track. */
export const TrackQuery = z.strictObject(TRACK);

/** Query of several tracks. */
export const TracksQuery = z.strictObject({
  ...TRACK,
  animals: z
    .string()
    .max(100_000)
    .transform((list) => [...new Set(list.split(','))])
    .pipe(z.array(Id))
    .optional()
    .describe('Ids, comma separated; without it, all animals.'),
});

type Limits = Pick<z.output<typeof TrackQuery>, 'from' | 'to' | 'simplify' | 'maxPoints' | 'toleranceM'>;

const isThinnedOrNot = ({ simplify, maxPoints, toleranceM }: Limits): boolean =>
  simplify !== 'none' || (maxPoints === undefined && toleranceM === undefined);
const CONTRADICTION = { path: ['simplify'], error: 'expected shape, or neither maxPoints nor toleranceM' };

export const CheckedTrackQuery = TrackQuery.refine(inOrder, NOT_IN_ORDER).refine(isThinnedOrNot, CONTRADICTION);
export const CheckedTracksQuery = TracksQuery.refine(inOrder, NOT_IN_ORDER).refine(isThinnedOrNot, CONTRADICTION);

/** How a track is to be thinned; null: not at all. */
export function simplifyOf({ simplify, maxPoints, toleranceM }: Limits): Simplify {
  if (simplify === 'none' || (simplify === undefined && maxPoints === undefined && toleranceM === undefined))
    return null;
  return { maxPoints, toleranceM };
}
