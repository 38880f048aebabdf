import { z } from 'zod';
import type { Episode } from '../domain/alert/episode.ts';
import { advanceVisit, type Passing, type VisitState } from '../domain/alert/visit.ts';
import type { EpochMs } from '../domain/fix.ts';
import type { Boundary } from '../domain/geo/boundary.ts';
import { distanceMetres, glanceMetres } from '../domain/geo/distance.ts';
import { metresAtMost } from '../domain/geo/ellipsoid.ts';
import { isInside } from '../domain/geo/inside.ts';
import { leastBetween, NOISE_M } from '../domain/geo/path.ts';
import { AT_REST, type GuardedArea, type JudgedFix, type Judgement, type Move, type Rule } from './rule.ts';

const settings = z.strictObject({
  leaveMarginM: z
    .number()
    .nonnegative()
    .default(100)
    .describe('Metres. A fix is out of an area when its distance less its error is over this, as with farms.'),
  errorCapM: z
    .number()
    .nonnegative()
    .default(200)
    .describe('Metres. A greater error of a fix than this does not keep it in an area any longer.'),
  pathMaxH: z
    .number()
    .nonnegative()
    .default(6)
    .describe('Hours. Two fixes farther apart in time say nothing of the way between them.'),
  lookbackH: z
    .number()
    .min(1)
    .max(720)
    .default(48)
    .describe('Hours. Who was inside no later than this before is outside without having left.'),
});
type Settings = z.output<typeof settings>;

const MS_PER_H = 3_600_000;
/**
 * So many fixes in a row out of an area, of those that a scene knows, are no leaving that is still to be told. Two would do if a
 * scene knew of all fixes; of a collar that reports more than once in five minutes, others may lie between them.
 */
const LONG_OUTSIDE = 4;
/** More than two measured distances can be off together, for what lies between the ends of a path: metres, and a share. */
const MEASURING_ERROR_M = 1;
const MEASURING_ERROR_SHARE = 0.0002;

/** What is remembered while an animal is out of an area that it is to stay in. Plain JSON. */
interface Away {
  readonly episode: Episode<'outside'>;
}

type State = VisitState | Away;

/**
 * An animal leaves an area that it is to stay in, or enters one that it is to stay out of.
 *
 * Who enters is told like a visit to a farm without rings: at the first fix inside, or the first straight path across, with
 * level `inside`; over with the second fix in a row that is out, dated at the first.
 *
 * Who leaves is told at the second fix in a row that is out, dated at the first of the two, with level `outside`; over with
 * the first fix inside, at once. She must have been inside before: within lookbackH. Who crosses the border and then stays within
 * the margin (or is seen only by single fixes out) for longer than that, is taken for one who lives there, and no alert opens when
 * she goes on. Nor does one open for an area that she never was in. `closest` is null: all of an alert she is outside;
 * `farthestM` in its details says how far she went.
 *
 * An alert goes on as it began when an edit turns an area's watch round.
 */
const boundary: Rule<Settings, State, GuardedArea> = {
  name: 'boundary',
  about: 'area',
  levels: ['outside', 'inside'],
  settings,
  lookbackMs: ({ lookbackH }) => lookbackH * MS_PER_H,
  // The fix before the first of two that are out is not out itself: no farther away than this.
  reachM: ({ watch }, { leaveMarginM, errorCapM }) => (watch === 'leaves' ? leaveMarginM + errorCapM : 0),
  judge(move, area, state, limits, { recent }): Judgement<State> {
    if (state === null)
      return area.watch === 'leaves' ? mayLeave(move, area, limits, recent) : visit(move, area, null, limits);
    return 'visit' in state ? visit(move, area, state, limits) : mayReturn(move.to, area, state);
  },
  isLeaving: (state) => 'visit' in state && state.leaving.near !== undefined,
};

/** One who is to stay inside, and no alert says otherwise. */
function mayLeave(
  { from, to }: Move,
  { shape }: GuardedArea,
  limits: Settings,
  recent: readonly JudgedFix[],
): Judgement<Away> {
  if (from === null || isInside(to, shape)) return AT_REST;
  const toM = distanceMetres(to, shape);
  if (!isOut(to, toM, limits)) return AT_REST;
  const fromM = distanceMetres(from, shape);
  if (!isOut(from, fromM, limits) || !wasInside(shape, recent, from.at, to.at, limits)) return AT_REST;
  const details = { farthestM: Math.round(Math.max(fromM, toM)) };
  const episode = {
    level: 'outside',
    peak: 'outside',
    openedAt: from.at,
    closedAt: null,
    closest: null,
    details,
  } as const;
  return { state: { episode }, episode, steps: [{ change: 'opened', at: from.at, episode }] };
}

function isOut({ errorM }: JudgedFix, m: number, { leaveMarginM, errorCapM }: Settings): boolean {
  return m - Math.min(errorM, errorCapM) > leaveMarginM;
}

/** Whether the animal came from inside, before a fix that is out. */
function wasInside(
  shape: Boundary,
  recent: readonly JudgedFix[],
  before: EpochMs,
  now: EpochMs,
  limits: Settings,
): boolean {
  let outs = 1;
  for (let i = recent.length - 1; i >= 0; i--) {
    const fix = recent[i]!;
    if (fix.at >= before) continue;
    if (fix.at < now - limits.lookbackH * MS_PER_H) return false;
    if (isInside(fix, shape)) return true;
    outs = isOut(fix, distanceMetres(fix, shape), limits) ? outs + 1 : 0;
    if (outs === LONG_OUTSIDE) return false;
  }
  return false;
}

/** One who has left. */
function mayReturn(to: JudgedFix, { shape }: GuardedArea, state: Away): Judgement<Away> {
  const { episode } = state;
  const m = distanceMetres(to, shape);
  if (m === 0) {
    const closed = { ...episode, closedAt: to.at };
    return { state: null, episode: closed, steps: [{ change: 'closed', at: to.at, episode: closed }] };
  }
  const farthestM = Math.round(m);
  if (farthestM <= Number(episode.details?.['farthestM'])) return { state, episode, steps: [] };
  const farther = { ...episode, details: { farthestM } };
  return { state: { episode: farther }, episode: farther, steps: [] };
}

const NO_RINGS = { nearM: 0, closeM: 0 };

/** One who is to stay outside, whatever an alert says. */
function visit(move: Move, { shape }: GuardedArea, state: VisitState | null, limits: Settings): Judgement<VisitState> {
  const { from, to } = move;
  const { atLeastM } = glanceMetres(to, shape);
  if (state === null && (from === null ? atLeastM : leastOnTheWay(move, atLeastM)) > 0) return AT_REST;
  const m = distanceMetres(to, shape);
  const path = m === 0 ? null : crossing(move, m, shape, limits);
  const { leaveMarginM, errorCapM } = limits;
  return advanceVisit(state, path, { at: to.at, m, errorM: to.errorM }, NO_RINGS, {
    marginM: leaveMarginM,
    marginShare: 0,
    errorCapM,
  });
}

/** Where the straight path between two fixes outside enters the area; null: it does not, or says nothing. */
function crossing(move: Move, toM: number, shape: Boundary, { pathMaxH }: Settings): Passing | null {
  const { from, to } = move;
  if (from === null || to.at - from.at > pathMaxH * MS_PER_H || leastOnTheWay(move, toM) > 0) return null;
  const least = leastBetween(from, to, shape, NOISE_M);
  if (least === null) return null;
  const fromM = distanceMetres(from, shape);
  if (fromM === 0) return null;
  return { at: Math.round(from.at + least.fraction * (to.at - from.at)), m: least.m, fromM };
}

/** No point of a path can be measured nearer than this, if its end is `toM` away. */
function leastOnTheWay({ from, to }: Move, toM: number): number {
  return toM * (1 - MEASURING_ERROR_SHARE) - (from === null ? 0 : metresAtMost(from, to)) - MEASURING_ERROR_M;
}

export default boundary;
