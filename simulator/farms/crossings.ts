import type { EpochMs } from '../../src/domain/fix.ts';
import { RINGS } from '../../src/domain/farm.ts';
import type { Ring } from '../../src/domain/farm.ts';
import type { Leg, Waypoint } from '../movement/leg.ts';
import { along, distance } from '../movement/plane.ts';
import type { Fence } from './fence.ts';

/** She crossed a ring of a farm on her true path. */
export interface Crossing {
  readonly at: EpochMs;
  readonly farm: string;
  readonly ring: Ring;
  readonly way: 'enter' | 'exit';
}

/** Crossings are found to this time. */
const EXACT_MS = 500;

/**
 * Crossings of a farm's rings along a leg, in order of time. The distance to a fence changes no faster than she walks: a stretch
 * that is shorter than its start is far from a ring crosses it nowhere; any other is halved until it takes half a second.
 */
export function crossings(fence: Fence, leg: Leg): Crossing[] {
  const found: Crossing[] = [];
  let from: Waypoint = leg.waypoints[0];
  for (const to of leg.waypoints.slice(1)) {
    for (const ring of RINGS) found.push(...onStretch(fence, ring, from, to));
    from = to;
  }
  return found.sort((a, b) => a.at - b.at);
}

/** Metres beyond a ring: negative within it. */
function beyond(fence: Fence, ring: Ring, point: { x: number; y: number }): number {
  const radius = { near: fence.farm.nearM, close: fence.farm.closeM, inside: 0 }[ring];
  return fence.signedDistance(point) - radius;
}

function onStretch(fence: Fence, ring: Ring, from: Waypoint, to: Waypoint): Crossing[] {
  const start = beyond(fence, ring, from);
  const length = distance(from, to);
  if (Math.abs(start) > length) return [];
  const end = beyond(fence, ring, to);
  if (to.at - from.at <= EXACT_MS) {
    if (start > 0 === end > 0) return [];
    return [{ at: to.at, farm: fence.id, ring, way: end > 0 ? 'exit' : 'enter' }];
  }
  const at = Math.floor((from.at + to.at) / 2);
  const middle = { ...along(from, to, (at - from.at) / (to.at - from.at)), at };
  return [...onStretch(fence, ring, from, middle), ...onStretch(fence, ring, middle, to)];
}
