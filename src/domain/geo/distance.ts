import type { Position } from '../fix.ts';
import type { Boundary, Stretch } from './boundary.ts';
import { arcMetres, earthCentred, type EarthCentred } from './ellipsoid.ts';
import { isInside } from './inside.ts';

/**
 * Metres from a position to a polygon along WGS84; 0 inside and on the edge.
 *
 * It measures straight through the earth to the nearest piece and turns that chord into its arc. Off by no more than the
 * pieces stray (0.05 m, only for positions that near to the fence; metres away from it, STRAY_M along the ground) plus what
 * arcMetres is: within 0.06 m + 0.002 % to 1,000 km, at every latitude to ±85° and across 180°.
 */
export function distanceMetres(position: Position, boundary: Boundary): number {
  if (isInside(position, boundary)) return 0;
  return arcMetres(Math.sqrt(chordSquared(earthCentred(position.lon, position.lat), boundary)));
}

/** The squared chord from a place to the nearest piece. */
function chordSquared(place: EarthCentred, { points, stretches }: Boundary): number {
  const nearest = nearestStretch(place, stretches);
  if (nearest === undefined) return Infinity;
  let best = chordSquaredTo(place, points, nearest);
  for (const stretch of stretches) {
    if (stretch === nearest || !reaches(place, stretch, best)) continue;
    best = Math.min(best, chordSquaredTo(place, points, stretch));
  }
  return best;
}

/** Whether the ball around a stretch comes nearer than the root of `squared`. */
function reaches(place: EarthCentred, stretch: Stretch, squared: number): boolean {
  const reach = Math.sqrt(squared) + stretch.radiusM;
  return squaredTo(place, stretch) < reach * reach;
}

function nearestStretch(place: EarthCentred, stretches: readonly Stretch[]): Stretch | undefined {
  let nearest = stretches[0];
  let least = Infinity;
  for (const stretch of stretches) {
    const squared = squaredTo(place, stretch);
    if (squared >= least) continue;
    least = squared;
    nearest = stretch;
  }
  return nearest;
}

function squaredTo(place: EarthCentred, { x, y, z }: Stretch): number {
  return (place.x - x) ** 2 + (place.y - y) ** 2 + (place.z - z) ** 2;
}

function chordSquaredTo(place: EarthCentred, points: Float64Array, { first, last }: Stretch): number {
  let best = Infinity;
  // From the place to the beginning of the piece, and the piece itself, as vectors.
  let wx = points[first]! - place.x;
  let wy = points[first + 1]! - place.y;
  let wz = points[first + 2]! - place.z;
  for (let i = first + 3; i <= last; i += 3) {
    const nx = points[i]! - place.x;
    const ny = points[i + 1]! - place.y;
    const nz = points[i + 2]! - place.z;
    const ex = nx - wx;
    const ey = ny - wy;
    const ez = nz - wz;
    const along = -(wx * ex + wy * ey + wz * ez) / (ex * ex + ey * ey + ez * ez);
    const t = along < 0 ? 0 : along > 1 ? 1 : along;
    const dx = wx + t * ex;
    const dy = wy + t * ey;
    const dz = wz + t * ez;
    const squared = dx * dx + dy * dy + dz * dz;
    if (squared < best) best = squared;
    wx = nx;
    wy = ny;
    wz = nz;
  }
  return best;
}
