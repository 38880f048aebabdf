import type { Position } from '../../domain/fix.ts';
import { RADIANS } from '../../domain/geo/ellipsoid.ts';

/**
 * A position on the straight path between two others, at a share of it. By great circles of the surface's normals, which stay within a
 * metre of the geodesic for a path of 100 km.
 */
export function positionOnPath(from: Position, to: Position, share: number): Position {
  if (share <= 0) return { lon: from.lon, lat: from.lat };
  if (share >= 1) return { lon: to.lon, lat: to.lat };
  const [a, b] = [normalAt(from), normalAt(to)];
  const angle = Math.atan2(length(cross(a, b)), dot(a, b));
  if (angle < 1e-12) return { lon: from.lon, lat: from.lat };
  const [p, q] = [Math.sin((1 - share) * angle), Math.sin(share * angle)];
  const [x, y, z] = [0, 1, 2].map((axis) => p * a[axis]! + q * b[axis]!) as [number, number, number];
  return { lon: Math.atan2(y, x) / RADIANS, lat: Math.atan2(z, Math.hypot(x, y)) / RADIANS };
}

type Vector = readonly [number, number, number];

function normalAt({ lon, lat }: Position): Vector {
  const [λ, φ] = [lon * RADIANS, lat * RADIANS];
  return [Math.cos(φ) * Math.cos(λ), Math.cos(φ) * Math.sin(λ), Math.sin(φ)];
}

function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function cross(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

function length(a: Vector): number {
  return Math.sqrt(dot(a, a));
}
