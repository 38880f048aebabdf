import type { EpochMs } from '../../src/domain/fix.ts';
import type { Fence } from '../farms/fence.ts';
import type { Random } from '../random.ts';
import { HOUR_MS } from './calibration.ts';
import type { Leg, Waypoint } from './leg.ts';
import { wander } from './leg.ts';
import type { Point } from './plane.ts';
import { distance } from './plane.ts';

/** "With some chance per night in reach of a farm she visits it": in reach is this far from the fence at nightfall. */
export const REACH_M = 5_000;
/** Walking speeds, metres per millisecond: leopards on the way make 1.5 to 3 km/h; at a fence they are slow. */
const APPROACH = [1.8, 2.6].map(kmh) as [number, number];
const PROWL = [0.5, 1].map(kmh) as [number, number];
const RETREAT = [2.4, 3.2].map(kmh) as [number, number];
/** How long she stays at the fence or inside it, when the night is long enough. */
const STAY_MS = [0.75 * HOUR_MS, 2.5 * HOUR_MS] as const;
const LEAST_STAY_MS = 0.25 * HOUR_MS;
/** Half of the visits go inside; the others follow the fence at this distance. */
const INSIDE_CHANCE = 0.5;
const BESIDE_M = [10, 80] as const;
/** She leaves to this much beyond the outermost ring of the farm, so that a visit ends. */
const BEYOND_NEAR_M = [500, 1_200] as const;
/** Where she waits for an arranged visit: this much beyond the outermost ring. */
const STAGING_BEYOND_NEAR_M = 700;

function kmh(speed: number): number {
  return (speed * 1000) / HOUR_MS;
}

export interface VisitPlan {
  readonly fence: Fence;
  /** Where she stands and when she leaves. */
  readonly start: Waypoint;
  readonly home: Point;
  /** She has left the farm's rings by then. */
  readonly latest: EpochMs;
}

/** Where an arranged visit begins: just outside the farm's outermost ring, on the side of her home. */
export function stagingPoint(fence: Fence, home: Point): Point {
  return fence.outside(home, fence.farm.nearM + STAGING_BEYOND_NEAR_M);
}

/**
 * A visit: the approach, a while along the fence or inside it, and the way off towards home.
 *
 * @returns undefined when too little of the night is left to come, stay a quarter of an hour and be gone.
 */
export function visitLeg(plan: VisitPlan, random: Random): Leg | undefined {
  const { fence, home } = plan;
  const inside = random.chance(INSIDE_CHANCE);
  const beside = random.between(...BESIDE_M);
  const route: Route = { random, waypoints: [plan.start] };
  const entrance = inside ? fence.nearest(plan.start).point : fence.outside(plan.start, beside);
  walkTo(route, entrance, random.between(...APPROACH), 3);

  const away = fence.outside(home, fence.farm.nearM + random.between(...BEYOND_NEAR_M));
  const retreat = random.between(...RETREAT);
  const stayUntil = Math.min(now(route) + random.between(...STAY_MS), plan.latest - wayBack(fence, away, retreat));
  if (stayUntil < now(route) + LEAST_STAY_MS) return undefined;
  if (inside) prowlInside(route, fence, stayUntil);
  else prowlAlong(route, fence, stayUntil, beside);
  walkTo(route, away, retreat, 2);
  return { state: 'visit', farm: fence.id, waypoints: route.waypoints };
}

interface Route {
  readonly random: Random;
  waypoints: [Waypoint, ...Waypoint[]];
}

function here(route: Route): Waypoint {
  return route.waypoints[route.waypoints.length - 1] ?? route.waypoints[0];
}

function now(route: Route): EpochMs {
  return here(route).at;
}

function walkTo(route: Route, point: Point, speed: number, levels: number): void {
  const from = here(route);
  const to = { ...point, at: from.at + Math.max(1_000, Math.round(distance(from, point) / speed)) };
  route.waypoints.push(...wander(from, to, levels, route.random).slice(1));
}

function wait(route: Route, until: EpochMs): void {
  if (until > now(route)) route.waypoints.push({ ...here(route), at: Math.round(until) });
}

/** Time from the farthest place of the farm to the place beyond its rings, which bounds when she must go. */
function wayBack(fence: Fence, away: Point, speed: number): number {
  return fence.farthestFrom(away) / speed + 0.25 * HOUR_MS;
}

/** From place to place inside, with pauses. */
function prowlInside(route: Route, fence: Fence, until: EpochMs): void {
  while (now(route) < until) {
    const goal = fence.somewhereInside(() => route.random.unit());
    const speed = route.random.between(...PROWL);
    const ahead = Math.min(1, ((until - now(route)) * speed) / Math.max(1, distance(here(route), goal)));
    const from = here(route);
    walkTo(route, { x: from.x + (goal.x - from.x) * ahead, y: from.y + (goal.y - from.y) * ahead }, speed, 0);
    wait(route, Math.min(until, now(route) + route.random.between(0, 20) * 60_000));
  }
}

/** Along the fence, then still until it is time to go. */
function prowlAlong(route: Route, fence: Fence, until: EpochMs, beside: number): void {
  const speed = route.random.between(...PROWL);
  for (const corner of fence.alongFence(here(route), (until - now(route)) * speed * 0.8, beside)) {
    const arrival = now(route) + distance(here(route), corner) / speed;
    if (arrival > until) break;
    walkTo(route, corner, speed, 0);
  }
  wait(route, until);
}
