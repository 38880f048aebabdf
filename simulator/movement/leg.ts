import type { EpochMs } from '../../src/domain/fix.ts';
import type { Random } from '../random.ts';
import type { Point } from './plane.ts';
import { along, distance } from './plane.ts';

/** What she does: lies up, walks, stays at a kill, visits a farm. */
export type State = 'rest' | 'move' | 'kill' | 'visit';

export interface Waypoint extends Point {
  readonly at: EpochMs;
}

/** A piece of the true path in one state: straight, at even speed, from waypoint to waypoint. The next leg begins where it ends. */
export interface Leg {
  readonly state: State;
  /** The farm of a visit. */
  readonly farm?: string;
  /** Two or more, in order of time. */
  readonly waypoints: readonly [Waypoint, ...Waypoint[]];
}

export function legStart(leg: Leg): Waypoint {
  return leg.waypoints[0];
}

export function legEnd(leg: Leg): Waypoint {
  return leg.waypoints[leg.waypoints.length - 1] ?? leg.waypoints[0];
}

/** Where she is at a moment of the leg, and how she moves there. Before or after it: at its end. */
export function onLeg(leg: Leg, at: EpochMs): { point: Point; speedMps: number; headingDeg: number } {
  let before = leg.waypoints[0];
  for (const after of leg.waypoints) {
    if (at < after.at) {
      const seconds = (after.at - before.at) / 1000;
      if (seconds <= 0) return still(after);
      return {
        point: along(before, after, Math.max(0, (at - before.at) / 1000 / seconds)),
        speedMps: distance(before, after) / seconds,
        headingDeg: (Math.atan2(after.x - before.x, after.y - before.y) * (180 / Math.PI) + 360) % 360,
      };
    }
    before = after;
  }
  return still(before);
}

function still({ x, y }: Point) {
  return { point: { x, y }, speedMps: 0, headingDeg: 0 };
}

/** A leg that stays where it is. */
export function restLeg(state: State, point: Point, from: EpochMs, to: EpochMs): Leg {
  return {
    state,
    waypoints: [
      { ...point, at: from },
      { ...point, at: to },
    ],
  };
}

/** Share of a stretch's length by which its middle is displaced, standard deviation on each axis: enough to look walked, not ruled. */
const ROUGHNESS = 0.18;

/**
 * The way from a to b as an animal walks it: midpoints displaced at random, `levels` times over. A step of 2 h at three levels has
 * a waypoint every 15 minutes; the ends stay where they are, so that steps keep their length.
 */
export function wander(a: Waypoint, b: Waypoint, levels: number, random: Random): Waypoint[] {
  if (levels === 0) return [a, b];
  const spread = ROUGHNESS * distance(a, b);
  const middle = {
    x: (a.x + b.x) / 2 + spread * random.normal(),
    y: (a.y + b.y) / 2 + spread * random.normal(),
    at: Math.round((a.at + b.at) / 2),
  };
  return [...wander(a, middle, levels - 1, random), ...wander(middle, b, levels - 1, random).slice(1)];
}
