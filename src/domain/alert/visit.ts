import type { EpochMs } from '../fix.ts';
import { type Farm, type Ring, RINGS } from '../farm.ts';
import type { Closest, Episode, Step } from './episode.ts';

/** A visit as people are told of it. `level` is the deepest latched ring. */
export interface VisitSummary extends Episode<Ring> {
  readonly closest: Closest;
}

export type VisitStep = Step<VisitSummary>;

/** What is remembered between the fixes of a visit. Plain JSON. */
export interface VisitState {
  readonly visit: VisitSummary;
  /** Latched rings that the last fix was out of, with its time: the next fix out of such a ring unlatches it. */
  readonly leaving: Leaving;
}

/** By latched ring, when the fix was that was out of it. */
export type Leaving = Readonly<Partial<Record<Ring, EpochMs>>>;

const NOT_LEAVING: Leaving = {};

/** A fix as one farm sees it. */
export interface Sighting {
  readonly at: EpochMs;
  /** Metres to the farm's polygon; 0 inside. */
  readonly m: number;
  /** How far the true position may be from it, metres. */
  readonly errorM: number;
}

/** The least distance of the straight path that leads to a fix, and when it is reached first. */
export interface Passing {
  readonly at: EpochMs;
  readonly m: number;
  /** Metres to the farm's polygon at the beginning of the path. */
  readonly fromM: number;
}

/** When a fix is out of a ring of radius r: its distance less its error is over r + the greater of marginM and marginShare × r. */
export interface LeavingLimits {
  readonly marginM: number;
  readonly marginShare: number;
  /** A greater error than this counts as this. */
  readonly errorCapM: number;
}

export interface VisitProgress {
  /** null: no visit, nothing to remember. The same object as before when nothing has changed. */
  readonly state: VisitState | null;
  /** The visit as it stands, or as it ended just now; null: there is none. */
  readonly episode: VisitSummary | null;
  readonly steps: readonly VisitStep[];
}

type Radii = Pick<Farm, 'nearM' | 'closeM'>;

/** No visit, and nothing that would begin one. */
export const NO_VISIT: VisitProgress = { state: null, episode: null, steps: [] };

/** The deepest ring that a distance belongs to. Rule 1: d ≤ r, and d = 0 for `inside`. */
export function ringAt(m: number, { nearM, closeM }: Radii): Ring | null {
  if (m <= 0) return 'inside';
  if (m <= closeM) return 'close';
  return m <= nearM ? 'near' : null;
}

/** Whether one ring lies within another; every ring lies within none. */
export function isDeeper(ring: Ring | null, than: Ring | null): boolean {
  return depth(ring) > depth(than);
}

/**
 * The visits of one animal to one farm, as a fold over its undoubted fixes in order: one call for each fix.
 *
 * Every ring is a latch; a visit lasts while `near` is latched, and its level is the deepest latched ring. In each call:
 *
 * 1. The path to the fix (rule 3) latches the ring of its least distance and every ring around it, at the time that distance
 *    is reached first, if that ring is deeper than those of both its ends. It is judged before the fix.
 * 2. The fix latches the ring it is in and every ring around it, at once (rule 1).
 * 3. It is counted against each latched ring that it is not in (rule 2). The second fix in a row that is out of a ring
 *    unlatches it; one that is neither in nor out starts the count anew, and so does whatever latches the ring.
 *
 * There is one step for each change of level: who comes straight `inside` has `opened` with that level, who leaves two rings at
 * once has `eased` to the level that remains, and who leaves `near` has `closed`, nothing else. `eased` and `closed` are dated
 * at the first of the two fixes out.
 *
 * `closest` (rule 3) is the least distance of the visit's fixes and of the paths between them; of the path that leads to the
 * visit's first fix only when that path itself opens the visit: else its nearest point was before the visit began. Of equal
 * distances the first counts.
 *
 * Rings lie within each other, so a fix out of one is out of every deeper one, and what latches a ring latches those around
 * it: the deeper ring never leaves later than the one around it.
 */
export function advanceVisit(
  state: VisitState | null,
  path: Passing | null,
  fix: Sighting,
  radii: Radii,
  limits: LeavingLimits,
): VisitProgress {
  const ring = ringAt(fix.m, radii);
  if (state === null && path === null && ring === null) return NO_VISIT;
  const passed = path === null ? unchanged(state) : passBy(state, path, fix, radii);
  const arrived = ring === null ? unchanged(passed.state) : latch(passed.state, ring, closestOf(fix, false));
  const left = arrived.state === null ? unchanged(null) : leave(arrived.state, ring, fix, radii, limits);
  return {
    state: left.state,
    episode: left.state?.visit ?? left.step?.episode ?? null,
    steps: [passed.step, arrived.step, left.step].filter((step) => step !== null),
  };
}

/** What one of the three parts of a call has made of a visit. */
interface Part<State = VisitState | null> {
  readonly state: State;
  readonly step: VisitStep | null;
}

function unchanged<State>(state: State): Part<State> {
  return { state, step: null };
}

function passBy(state: VisitState | null, path: Passing, fix: Sighting, radii: Radii): Part {
  const ring = ringAt(path.m, radii);
  const closest = closestOf(path, true);
  if (ring !== null && isDeeper(ring, ringAt(path.fromM, radii)) && isDeeper(ring, ringAt(fix.m, radii)))
    return latch(state, ring, closest);
  return unchanged(state && stateWith(state, approached(state.visit, closest), state.leaving));
}

/** Latches a ring and every ring around it, at the time of what latches it. */
function latch(state: VisitState | null, ring: Ring, seen: Closest): Part<VisitState> {
  if (state === null) {
    const visit = { level: ring, peak: ring, openedAt: seen.at, closedAt: null, closest: seen };
    return { state: { visit, leaving: NOT_LEAVING }, step: { change: 'opened', at: seen.at, episode: visit } };
  }
  const nearer = approached(state.visit, seen);
  const leaving = stillLeaving(state.leaving, ring);
  if (!isDeeper(ring, nearer.level)) return unchanged(stateWith(state, nearer, leaving));
  const visit = { ...nearer, level: ring, peak: isDeeper(ring, nearer.peak) ? ring : nearer.peak };
  return { state: { visit, leaving }, step: { change: 'escalated', at: seen.at, episode: visit } };
}

/** Counts a fix against the latched rings deeper than the one it is in. */
function leave(state: VisitState, within: Ring | null, fix: Sighting, radii: Radii, limits: LeavingLimits): Part {
  const { visit } = state;
  if (!isDeeper(visit.level, within)) return unchanged(state);
  const leaving: Partial<Record<Ring, EpochMs>> = {};
  let level = within;
  for (const ring of RINGS) {
    if (!isDeeper(ring, within)) continue;
    if (isDeeper(ring, visit.level)) break;
    const out = isOut(fix, ring, radii, limits);
    const first = state.leaving[ring];
    if (out && first !== undefined) return unlatch(visit, level, leaving, first);
    if (out) leaving[ring] = fix.at;
    level = ring;
  }
  return unchanged(stateWith(state, visit, leaving));
}

/** The visit without the rings deeper than `level`, since the first of the two fixes that were out. */
function unlatch(visit: VisitSummary, level: Ring | null, leaving: Leaving, first: EpochMs): Part {
  if (level === null) {
    return { state: null, step: { change: 'closed', at: first, episode: { ...visit, closedAt: first } } };
  }
  const eased = { ...visit, level };
  return { state: { visit: eased, leaving }, step: { change: 'eased', at: first, episode: eased } };
}

function isOut({ m, errorM }: Sighting, ring: Ring, radii: Radii, limits: LeavingLimits): boolean {
  const radiusM = ring === 'inside' ? 0 : ring === 'close' ? radii.closeM : radii.nearM;
  const marginM = Math.max(limits.marginM, limits.marginShare * radiusM);
  return m - Math.min(errorM, limits.errorCapM) > radiusM + marginM;
}

function closestOf({ m, at }: { readonly m: number; readonly at: EpochMs }, between: boolean): Closest {
  return { m, at, between };
}

/** The visit with a new least distance, if it is less than before. */
function approached(visit: VisitSummary, seen: Closest): VisitSummary {
  return seen.m < visit.closest.m ? { ...visit, closest: seen } : visit;
}

/** Which rings are still being left once a ring has latched: not it, and not those around it. */
function stillLeaving({ close, inside }: Leaving, latched: Ring): Leaving {
  if (latched === 'inside' || (close === undefined && inside === undefined)) return NOT_LEAVING;
  return { ...(latched === 'near' && close !== undefined && { close }), ...(inside !== undefined && { inside }) };
}

/** The same object where nothing is new: what is kept for each animal and farm is then not written again. */
function stateWith(state: VisitState, visit: VisitSummary, leaving: Leaving): VisitState {
  const old = state.leaving;
  const same = leaving.near === old.near && leaving.close === old.close && leaving.inside === old.inside;
  return same && visit === state.visit ? state : { visit, leaving };
}

const DEPTHS = { near: 1, close: 2, inside: 3 } as const;

function depth(ring: Ring | null): number {
  return ring === null ? 0 : DEPTHS[ring];
}
