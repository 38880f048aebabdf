import { z } from 'zod';
import { advanceVisit, type Passing, ringAt, type VisitState } from '../domain/alert/visit.ts';
import { type Farm, type Ring, RINGS } from '../domain/farm.ts';
import type { Position } from '../domain/fix.ts';
import { distanceMetres, glanceMetres } from '../domain/geo/distance.ts';
import { metresAtMost } from '../domain/geo/ellipsoid.ts';
import { leastBetween, NOISE_M } from '../domain/geo/path.ts';
import type { GuardedFarm, Move, Rule } from './rule.ts';

const settings = z.strictObject({
  pathMaxH: z
    .number()
    .nonnegative()
    .default(6)
    .describe('Hours. Two fixes farther apart in time say nothing of the way between them.'),
  leaveMarginM: z
    .number()
    .nonnegative()
    .default(100)
    .describe('Metres. Who leaves a ring is out of it only so far beyond, and no nearer than leaveMarginShare says.'),
  leaveMarginShare: z
    .number()
    .nonnegative()
    .default(0.1)
    .describe(
      'Share of the radius of a ring. Who leaves it is out of it only so far beyond, and no nearer than leaveMarginM.',
    ),
  errorCapM: z
    .number()
    .nonnegative()
    .default(200)
    .describe('Metres. A greater error of a fix than this does not keep a visit open any longer.'),
});
type Settings = z.output<typeof settings>;

const MS_PER_H = 3_600_000;
/** More than two measured distances can be off together, for what lies between the ends of a path: metres, and a share. */
const MEASURING_ERROR_M = 1;
const MEASURING_ERROR_SHARE = 0.0002;

/** An animal comes into one of a farm's rings: enter at once, leave slowly, and see what happens between fixes. */
const farmProximity: Rule<Settings, VisitState, GuardedFarm> = {
  name: 'farm-proximity',
  about: 'farm',
  levels: RINGS,
  settings,
  reachM: ({ nearM }) => nearM,
  judge(move, farm, state, { pathMaxH, leaveMarginM, leaveMarginShare, errorCapM }) {
    const longestMs = pathMaxH * MS_PER_H;
    if (isUneventful(move, farm, state)) return { state, episode: state?.visit ?? null, steps: [] };
    const { at, errorM } = move.to;
    const m = distanceMetres(move.to, farm.shape);
    const path = passing(move, m, farm, state, longestMs);
    const limits = { marginM: leaveMarginM, marginShare: leaveMarginShare, errorCapM };
    return advanceVisit(state, path, { at, m, errorM }, farm, limits);
  },
  isLeaving: ({ leaving }, level) => leaving[level as Ring] !== undefined,
};

/** Whether a move changes nothing wherever in the ball around the farm its polygon is: most moves, and they cost little. */
function isUneventful({ from, to }: Move, farm: GuardedFarm, state: VisitState | null): boolean {
  const { atLeastM, atMostM } = glanceMetres(to, farm.shape);
  const leastM = from === null ? atLeastM : leastOnTheWay(from, to, atLeastM);
  if (state === null) return leastM > farm.nearM;
  const { visit, leaving } = state;
  if (
    leastM < visit.closest.m ||
    leaving.near !== undefined ||
    leaving.close !== undefined ||
    leaving.inside !== undefined
  )
    return false;
  return ringAt(leastM, farm) === visit.level && ringAt(atMostM, farm) === visit.level;
}

/** The path to a fix; null where there is none to be judged, or where nothing between its ends can make a difference. */
function passing(
  { from, to }: Move,
  toM: number,
  farm: GuardedFarm,
  state: VisitState | null,
  longestMs: number,
): Passing | null {
  if (from === null || to.at - from.at > longestMs) return null;
  const worthM = Math.max(nextRadiusM(toM, farm), state?.visit.closest.m ?? 0) + MEASURING_ERROR_M;
  if (leastOnTheWay(from, to, toM) > worthM) return null;
  const least = leastBetween(from, to, farm.shape, Math.min(worthM, toM));
  if (least === null) return null;
  const fromM = distanceMetres(from, farm.shape);
  if (fromM <= least.m + NOISE_M) return null;
  return { at: Math.round(from.at + least.fraction * (to.at - from.at)), m: least.m, fromM };
}

/** No point of a path can be measured nearer than this, if its end is `toM` away. */
function leastOnTheWay(from: Position, to: Position, toM: number): number {
  return toM * (1 - MEASURING_ERROR_SHARE) - metresAtMost(from, to) - MEASURING_ERROR_M;
}

/** The radius of the outermost ring that a distance is not in: a path latches none but this one and those within it. */
function nextRadiusM(m: number, { nearM, closeM }: Farm): number {
  if (m > nearM) return nearM;
  return m > closeM ? closeM : 0;
}

export default farmProximity;
