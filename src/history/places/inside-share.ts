import type { Position } from '../../domain/fix.ts';
import { distanceMetres } from '../../domain/geo/distance.ts';
import { geodesicMetres, shortWay } from '../../domain/geo/ellipsoid.ts';
import { boundsOfPath, boundsOverlap } from '../../domain/geo/bounds.ts';
import type { Shape } from './shape.ts';

/** A way from `x0, y0` to `x1, y1`, degrees from a meridian and the equator; x may go beyond ±180. */
interface Leg {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** A piece of a way is not halved again below this length, metres, nor below this share of the way. */
const LEAST_PIECE_M = 1;
const LEAST_PIECE_SHARE = 1 / 4_096;

/**
 * The share, 0 to 1, of a straight way that is inside a shape. Straight in longitude and latitude, the short way round, as the edges
 * of polygons are: on 50 km, the most that a leopard does in 6 hours, that is at most 50 m beside the geodesic at 45°, on 5 km 0.5 m.
 * Exact for boxes and polygons; with a margin each crossing is found to a metre or to 1/4096 of the way.
 */
export function insideShare(from: Position, to: Position, shape: Shape): number {
  if (!boundsOverlap(boundsOfPath(from, to), shape.bounds)) return 0;
  if (from.lon === to.lon && from.lat === to.lat) return shape.contains(from) ? 1 : 0;
  return shape.polygon && shape.polygon.marginM > 0
    ? nearShare(from, to, shape.polygon)
    : crossedShare(from, to, shape);
}

/** Between one crossing of the edge and the next all of the way is inside, or none of it. */
function crossedShare(from: Position, to: Position, shape: Shape): number {
  const cuts = [0, ...crossings(from, to, shape), 1].sort((a, b) => a - b);
  let share = 0;
  for (let i = 1; i < cuts.length; i++) {
    const [begin, end] = [cuts[i - 1]!, cuts[i]!];
    if (end > begin && shape.contains(pointAt(from, to, (begin + end) / 2))) share += end - begin;
  }
  return Math.min(1, share);
}

function crossings(from: Position, to: Position, { bounds, polygon }: Shape): number[] {
  const meridian = polygon?.boundary.meridian ?? bounds.west;
  const rings = polygon ? polygon.boundary.rings.flat() : [boxRing(bounds)];
  const x0 = shortWay(from.lon - meridian);
  const leg = { x0, y0: from.lat, x1: x0 + shortWay(to.lon - from.lon), y1: to.lat };
  const found: number[] = [];
  // The same meridian once more to either side: a way may go past the one opposite, and a box may be as wide as the world.
  for (const turn of [-360, 0, 360]) {
    const image = { ...leg, x0: leg.x0 + turn, x1: leg.x1 + turn };
    for (const ring of rings) crossRing(image, ring, found);
  }
  return found;
}

/** The edge of a box, in degrees from its west. */
function boxRing({ west, south, east, north }: Shape['bounds']): Float64Array {
  const width = east - west + (east < west ? 360 : 0);
  return Float64Array.of(0, south, width, south, width, north, 0, north, 0, south);
}

/** Adds where on a way it meets an edge of a ring. One that runs along an edge is cut where other edges meet it. */
function crossRing({ x0, y0, x1, y1 }: Leg, ring: Float64Array, found: number[]): void {
  const [dx, dy] = [x1 - x0, y1 - y0];
  for (let i = 0; i + 3 < ring.length; i += 2) {
    const [ax, ay] = [ring[i]!, ring[i + 1]!];
    const [ex, ey] = [ring[i + 2]! - ax, ring[i + 3]! - ay];
    const across = dx * ey - dy * ex;
    if (across === 0) continue;
    const onLeg = ((ax - x0) * ey - (ay - y0) * ex) / across;
    const onEdge = ((ax - x0) * dy - (ay - y0) * dx) / across;
    if (onLeg > 0 && onLeg < 1 && onEdge >= 0 && onEdge <= 1) found.push(onLeg);
  }
}

/**
 * Halves the way until each piece is surely near or surely not: along a way the distance to a polygon changes by no more than the
 * metres that are gone.
 */
function nearShare(from: Position, to: Position, { boundary, marginM }: NonNullable<Shape['polygon']>): number {
  const length = geodesicMetres(from, to) * (1 + LENGTH_SPARE);
  const shareOf = (begin: number, end: number): number => {
    const half = ((end - begin) * length) / 2;
    const m = distanceMetres(pointAt(from, to, (begin + end) / 2), boundary);
    if (m - half > marginM) return 0;
    if (m + half <= marginM) return end - begin;
    if (half * 2 <= LEAST_PIECE_M || end - begin <= LEAST_PIECE_SHARE) return m <= marginM ? end - begin : 0;
    const middle = (begin + end) / 2;
    return shareOf(begin, middle) + shareOf(middle, end);
  };
  return shareOf(0, 1);
}

/** Straight in degrees is a little longer than the geodesic, and its degrees are not all alike. */
const LENGTH_SPARE = 0.02;

function pointAt(from: Position, to: Position, share: number): Position {
  return {
    lon: from.lon + shortWay(to.lon - from.lon) * share,
    lat: from.lat + (to.lat - from.lat) * share,
  };
}
