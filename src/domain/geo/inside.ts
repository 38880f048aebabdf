import type { Position } from '../fix.ts';
import type { Boundary } from './boundary.ts';
import { shortWay } from './ellipsoid.ts';

/** Degrees within which a position counts as on an edge: 0.1 mm, about what the digits of a longitude can hold. */
const ON_EDGE_DEG = 1e-9;

/** Where a position is, seen from one ring. */
type Side = 'in' | 'on' | 'out';

/** Whether a position is in the polygon or on its edge. A hole is outside, its edge is not. */
export function isInside(position: Position, boundary: Boundary): boolean {
  const { south, north, west, east } = boundary.bounds;
  const y = position.lat;
  if (y < south - ON_EDGE_DEG || y > north + ON_EDGE_DEG) return false;
  const x = shortWay(position.lon - boundary.meridian);
  const halfWidth = (east - west + (east < west ? 360 : 0)) / 2;
  if (Math.abs(x) > halfWidth + ON_EDGE_DEG) return false;
  return boundary.rings.some(([shell, ...holes]) => {
    const side = shell === undefined ? 'out' : sideOf(shell, x, y);
    return side === 'on' || (side === 'in' && holes.every((hole) => sideOf(hole, x, y) !== 'in'));
  });
}

/** Casts a ray eastwards from x, y and counts the edges it meets. */
function sideOf(ring: Float64Array, x: number, y: number): Side {
  let odd = false;
  let x0 = ring[0]!;
  let y0 = ring[1]!;
  for (let i = 2; i < ring.length; i += 2) {
    const x1 = ring[i]!;
    const y1 = ring[i + 1]!;
    if (isOnEdge(x, y, x0, y0, x1, y1)) return 'on';
    if (y0 > y !== y1 > y && x < x0 + ((y - y0) / (y1 - y0)) * (x1 - x0)) odd = !odd;
    x0 = x1;
    y0 = y1;
  }
  return odd ? 'in' : 'out';
}

function isOnEdge(x: number, y: number, x0: number, y0: number, x1: number, y1: number): boolean {
  if (x < Math.min(x0, x1) - ON_EDGE_DEG || x > Math.max(x0, x1) + ON_EDGE_DEG) return false;
  if (y < Math.min(y0, y1) - ON_EDGE_DEG || y > Math.max(y0, y1) + ON_EDGE_DEG) return false;
  const cross = (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0);
  return Math.abs(cross) <= ON_EDGE_DEG * Math.hypot(x1 - x0, y1 - y0);
}
