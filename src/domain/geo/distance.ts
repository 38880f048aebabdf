import type { Position } from '../fix.ts';
import { type Boundary, Chain } from './boundary.ts';
import { arcMetres, earthCentred, type EarthCentred } from './ellipsoid.ts';
import { isInside } from './inside.ts';

/**
 * Metres from a position to a polygon along WGS84; 0 inside and on the edge.
 *
 * Measures straight through the earth to the nearest piece and turns that chord into its arc. To 1,000 km it is within
 * 0.06 m + 0.005 % of the truth, at every latitude to ±85° and across 180°: pieces stray by 0.05 m from the edges they stand
 * for, and what arcMetres adds is less. (The contract is 0.5 %.)
 */
export function distanceMetres(position: Position, boundary: Boundary): number {
  const { chain } = boundary;
  const place = earthCentred(position.lon, position.lat);
  if (toBall(place, chain, 0) <= 0 && isInside(position, boundary)) return 0;
  return arcMetres(Math.sqrt(chordSquared(place, chain)));
}

/** What can be said of a distance at a glance. */
export interface Glance {
  readonly atLeastM: number;
  readonly atMostM: number;
}

/** Bounds of distanceMetres from the ball around the polygon alone. */
export function glanceMetres(position: Position, { chain }: Boundary): Glance {
  const atLeastM = toBall(earthCentred(position.lon, position.lat), chain, 0);
  return { atLeastM, atMostM: arcMetres(atLeastM + 2 * chain[Chain.RADIUS]!) };
}

/** Straight metres to the nearest point of the ball at an index of a chain; less than 0 in it. */
function toBall(place: EarthCentred, chain: Float64Array, index: number): number {
  const dx = place.x - chain[index]!;
  const dy = place.y - chain[index + 1]!;
  const dz = place.z - chain[index + 2]!;
  return Math.sqrt(dx * dx + dy * dy + dz * dz) - chain[index + Chain.RADIUS]!;
}

/** The squared chord from a place to the nearest piece. */
function chordSquared(place: EarthCentred, chain: Float64Array): number {
  const nearest = nearestStretch(place, chain);
  let best = chordSquaredTo(place, chain, nearest);
  for (let index: number = Chain.FIRST; index < chain.length; index = Chain.next(chain, index)) {
    if (index === nearest || toBall(place, chain, index) > Math.sqrt(best)) continue;
    best = Math.min(best, chordSquaredTo(place, chain, index));
  }
  return best;
}

/** The stretch to look at first, as it will let us pass over most of the others. */
function nearestStretch(place: EarthCentred, chain: Float64Array): number {
  let nearest: number = Chain.FIRST;
  let least = Infinity;
  for (let index: number = Chain.FIRST; index < chain.length; index = Chain.next(chain, index)) {
    const m = toBall(place, chain, index);
    if (m >= least) continue;
    least = m;
    nearest = index;
  }
  return nearest;
}

/** The squared chord from a place to the nearest piece of the stretch at an index. */
function chordSquaredTo(place: EarthCentred, chain: Float64Array, index: number): number {
  const first = index + Chain.POINTS;
  const end = Chain.next(chain, index);
  let best = Infinity;
  // From the place to the beginning of a piece, to its end, and along it, as vectors.
  let wx = chain[first]! - place.x;
  let wy = chain[first + 1]! - place.y;
  let wz = chain[first + 2]! - place.z;
  for (let i = first + 3; i < end; i += 3) {
    const nx = chain[i]! - place.x;
    const ny = chain[i + 1]! - place.y;
    const nz = chain[i + 2]! - place.z;
    const ex = nx - wx;
    const ey = ny - wy;
    const ez = nz - wz;
    const along = -(wx * ex + wy * ey + wz * ez) / (ex * ex + ey * ey + ez * ez);
    const t = along < 0 ? 0 : along > 1 ? 1 : along;
    const dx = wx + t * ex;
    const dy = wy + t * ey;
    const dz = wz + t * ez;
    best = Math.min(best, dx * dx + dy * dy + dz * dz);
    wx = nx;
    wy = ny;
    wz = nz;
  }
  return best;
}
