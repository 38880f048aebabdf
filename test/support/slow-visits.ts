import type { VisitStep, VisitSummary } from '../../src/domain/alert/visit.ts';
import { type Ring, RINGS } from '../../src/domain/farm.ts';
import { distanceMetres } from '../../src/domain/geo/distance.ts';
import { leastDistanceOnPath } from '../../src/domain/geo/path.ts';
import type { GuardedFarm, JudgedFix } from '../../src/rules/rule.ts';

const SIX_HOURS = 6 * 3_600_000;

/** Something that may latch rings: a fix, or the nearest point of a path between two. */
interface Event {
  readonly at: number;
  readonly m: number;
  readonly between: boolean;
  /** Index in RINGS of the deepest ring it latches; −1: none. */
  readonly latches: number;
  /** Of a fix, the rings it is out of. */
  readonly outOf: readonly boolean[];
}

/** What one ring went through: whether it was latched after each event, and since when it was not, where it had been. */
interface Latch {
  readonly latched: boolean[];
  readonly unlatchedSince: (number | null)[];
}

/**
 * The alert rules 1, 2, 3 and 6 once more, from all fixes at once and as slowly as that may be: first everything that
 * happened, then each ring for itself, then the visits that follow. It shares no line with the fold, only what metres are.
 */
export function slowVisits(fixes: readonly JudgedFix[], farm: GuardedFarm): VisitStep[] {
  return readAll(fixes, farm).steps;
}

/** The visit that goes on after the last fix, with all that came after its last step; null: there is none. */
export function slowVisitNow(fixes: readonly JudgedFix[], farm: GuardedFarm): VisitSummary | null {
  const { events, levelAfter } = readAll(fixes, farm);
  const last = events.length - 1;
  return levelAfter(last) < 0 ? null : visitAfter(last, events, levelAfter, events[last]!.at);
}

function readAll(fixes: readonly JudgedFix[], farm: GuardedFarm) {
  const events = fixes.flatMap((fix, index) => eventsOf(fixes[index - 1] ?? null, fix, farm));
  const latches = RINGS.map((_, ring) => latchOf(ring, events));
  const levelAfter = (k: number) => latches.findLastIndex(({ latched }) => latched[k] ?? false);
  const steps: VisitStep[] = [];
  for (const [k, event] of events.entries()) {
    const [before, after] = [levelAfter(k - 1), levelAfter(k)];
    if (before === after) continue;
    const since = latches[after + 1]?.unlatchedSince[k] ?? event.at;
    const change = before < 0 ? 'opened' : after < 0 ? 'closed' : after > before ? 'escalated' : 'eased';
    const at = after > before ? event.at : since;
    steps.push({ change, at, episode: visitAfter(k, events, levelAfter, at) });
  }
  return { events, levelAfter, steps };
}

function eventsOf(from: JudgedFix | null, to: JudgedFix, farm: GuardedFarm): Event[] {
  const m = distanceMetres(to, farm.shape);
  const fix = {
    at: to.at,
    m,
    between: false,
    latches: ringOf(m, farm),
    outOf: RINGS.map((ring) => isOut(m, to, ring, farm)),
  };
  if (from === null || to.at - from.at > SIX_HOURS) return [fix];
  const least = leastDistanceOnPath(from, to, farm.shape);
  if (least.fraction === 0 || least.fraction === 1) return [fix];
  const ring = ringOf(least.m, farm);
  const isDeeper = ring > ringOf(distanceMetres(from, farm.shape), farm) && ring > ringOf(m, farm);
  const at = Math.round(from.at + least.fraction * (to.at - from.at));
  const path = { at, m: least.m, between: true, latches: isDeeper ? ring : -1, outOf: [] };
  return [path, fix];
}

const radius = (ring: Ring, farm: GuardedFarm) => ({ near: farm.nearM, close: farm.closeM, inside: 0 })[ring];

const ringOf = (m: number, farm: GuardedFarm) => RINGS.findLastIndex((ring) => m <= radius(ring, farm));

function isOut(m: number, fix: JudgedFix, ring: Ring, farm: GuardedFarm): boolean {
  const r = radius(ring, farm);
  return m - Math.min(fix.errorM, 200) > r + Math.max(100, 0.1 * r);
}

function latchOf(ring: number, events: readonly Event[]): Latch {
  const latched: boolean[] = [];
  const unlatchedSince: (number | null)[] = [];
  let outs: number[] = [];
  for (const event of events) {
    let now = latched.at(-1) ?? false;
    let since: number | null = null;
    if (event.latches >= ring) [now, outs] = [true, []];
    else if (event.outOf[ring]) outs.push(event.at);
    else if (!event.between) outs = [];
    if (now && outs.length === 2) [now, since] = [false, outs[0]!];
    if (!now) outs = [];
    latched.push(now);
    unlatchedSince.push(since);
  }
  return { latched, unlatchedSince };
}

/** The visit that was going on at event k, or ended with it, at `at`. */
function visitAfter(k: number, events: readonly Event[], levelAfter: (k: number) => number, at: number): VisitSummary {
  const isOver = levelAfter(k) < 0;
  let open = isOver ? k - 1 : k;
  while (levelAfter(open - 1) >= 0) open--;
  const during = events.slice(open, k + 1);
  const levels = during.map((_, index) => levelAfter(open + index)).filter((level) => level >= 0);
  const m = Math.min(...during.map((event) => event.m));
  const nearest = during.find((event) => event.m === m)!;
  return {
    level: RINGS[levels.at(-1)!]!,
    peak: RINGS[Math.max(...levels)]!,
    openedAt: events[open]!.at,
    closedAt: isOver ? at : null,
    closest: { m, at: nearest.at, between: nearest.between },
  };
}
