import { z } from 'zod';
import { advanceVisit, isDeeper, NO_VISIT, type Passing, ringAt, type VisitState } from '../domain/alert/visit.ts';
import { distanceMetres } from '../domain/geo/distance.ts';
import { metresAtMost } from '../domain/geo/ellipsoid.ts';
import { leastDistanceOnPath } from '../domain/geo/path.ts';
import type { GuardedFarm, Judgement, Move, Rule } from './rule.ts';

const settings = z.object({
  /** Two fixes farther apart in time say nothing of the way between them. */
  pathMaxH: z.number().nonnegative().default(6),
  /** Who leaves a ring is out of it only this far beyond, and at least this share of the ring's radius. */
  leaveMarginM: z.number().nonnegative().default(100),
  leaveMarginShare: z.number().nonnegative().default(0.1),
  /** A greater error than this does not keep a visit open any longer. */
  errorCapM: z.number().nonnegative().default(200),
});
type Settings = z.output<typeof settings>;

const MS_PER_H = 3_600_000;
/** More than two measured distances can be off together, for paths and distances of a visit. */
const MEASURING_ERROR_M = 1;

/** An animal comes into one of a farm's rings: enter at once, leave slowly, and see what happens between fixes. */
const farmProximity: Rule<Settings, VisitState> = {
  name: 'farm-proximity',
  settings,
  reachM: ({ nearM }) => nearM,
  judge(move, farm, state, { pathMaxH, leaveMarginM, leaveMarginShare, errorCapM }): Judgement<VisitState> {
    const { at, errorM } = move.to;
    const m = distanceMetres(move.to, farm.shape);
    const path = passing(move, m, farm, state, pathMaxH * MS_PER_H);
    if (state === null && path === null && m > farm.nearM) return NO_VISIT;
    const limits = { marginM: leaveMarginM, marginShare: leaveMarginShare, errorCapM };
    return advanceVisit(state, path, { at, m, errorM }, farm, limits);
  },
};

/** The path to a fix; null where there is none to be judged, or where it is too short to make a difference. */
function passing(
  { from, to }: Move,
  toM: number,
  farm: GuardedFarm,
  state: VisitState | null,
  longestMs: number,
): Passing | null {
  if (from === null || to.at - from.at > longestMs) return null;
  const bestM = Math.max(0, toM - metresAtMost(from, to) - MEASURING_ERROR_M);
  const canLatch = isDeeper(ringAt(bestM, farm), ringAt(toM, farm));
  if (!canLatch && (state === null || bestM >= state.visit.closest.m)) return null;
  const { m, fraction } = leastDistanceOnPath(from, to, farm.shape);
  const at = Math.round(from.at + fraction * (to.at - from.at));
  return { at, m, fromM: distanceMetres(from, farm.shape) };
}

export default farmProximity;
