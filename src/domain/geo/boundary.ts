import type { MultiPolygon, Polygon, Position as Coordinates } from 'geojson';
import { bounds, type Bounds } from './bounds.ts';
import { earthCentred, MEAN_RADIUS_M, RADIANS, shortWay } from './ellipsoid.ts';

/**
 * A polygon prepared for measuring.
 *
 * Twice the same polygon: as rings in degrees, to tell inside from outside exactly as GeoJSON means it, and as a chain of
 * short straight pieces through space, to measure metres. Space has no 180° and no poles, and needs no scale that is right
 * in one place only.
 */
export interface Boundary {
  readonly geometry: Polygon | MultiPolygon;
  readonly bounds: Bounds;
  /** Degrees east of Greenwich of the middle of the bounds: `rings` count their longitudes from here. */
  readonly meridian: number;
  /** Of each polygon the shell, then its holes; of each ring x, y, x, y … in degrees from the meridian and the equator, closed. */
  readonly rings: readonly (readonly Float64Array[])[];
  /** The ball around all of `chain`, then the chain of pieces, in one array: what is read together lies together. See Chain. */
  readonly chain: Float64Array;
}

/**
 * How a Boundary's chain is laid out, in earth-centred metres. A stretch is some pieces in a row, with the ball around them by
 * which it is passed over when it is far away.
 *
 * `x y z radius` of the ball around everything, then of each stretch `x y z radius` of its ball, the number of its points and
 * `x y z` of each point. A piece joins each point of a stretch to the next; a stretch begins where the one before it ended.
 */
export const Chain = {
  /** Where the first stretch begins. */
  FIRST: 4,
  /** In a ball, where its radius is. */
  RADIUS: 3,
  /** In a stretch, where its number of points is. */
  COUNT: 4,
  /** In a stretch, where its points begin. */
  POINTS: 5,
  /** Where the stretch after the one at `index` begins. */
  next: (chain: Float64Array, index: number): number => index + Chain.POINTS + 3 * chain[index + Chain.COUNT]!,
} as const;

/**
 * How far a piece may stray from the edge it stands for, metres. A larger value would move the fence, a smaller one only
 * costs pieces: they are 1.6 km long at the equator, and 670 m where they run along the parallel of 80°.
 */
const STRAY_M = 0.05;
/** Pieces in a stretch: about as many as cost what the ball around them costs. */
const STRETCH_PIECES = 12;

/**
 * Prepares a polygon. Longitudes may be written either way across 180°: as a MultiPolygon cut there, as RFC 7946 asks, or as
 * a ring that steps from 179.9 to −179.9.
 *
 * @param geometry one that checkBoundary accepts
 */
export function prepareBoundary(geometry: Polygon | MultiPolygon): Boundary {
  const around = bounds(geometry);
  const width = around.east - around.west + (around.east < around.west ? 360 : 0);
  const meridian = around.west + width / 2;
  const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
  const rings = polygons.map((polygon) => polygon.map((ring) => degreesFrom(meridian, ring)));
  const stretches = rings.flat().flatMap((ring) => stretchesOf(pieces(meridian, ring)));
  const chain = [
    ...ballAround(stretches.flat()),
    ...stretches.flatMap((points) => [...ballAround(points), points.length / 3, ...points]),
  ];
  return { geometry, bounds: around, meridian, rings, chain: Float64Array.from(chain) };
}

/** A ring as x, y, x, y … without positions that repeat the one before. */
function degreesFrom(meridian: number, ring: readonly Coordinates[]): Float64Array {
  const flat: number[] = [];
  for (const [lon = NaN, lat = NaN] of ring) {
    const x = shortWay(lon - meridian);
    if (x !== flat.at(-2) || lat !== flat.at(-1)) flat.push(x, lat);
  }
  return Float64Array.from(flat);
}

/** The ends of the pieces of one ring. */
function pieces(meridian: number, ring: Float64Array): number[] {
  const points: number[] = [];
  const add = (x: number, y: number) => {
    const place = earthCentred(meridian + x, y);
    points.push(place.x, place.y, place.z);
  };
  for (let i = 0; i + 3 < ring.length; i += 2) {
    const [x0 = NaN, y0 = NaN, x1 = NaN, y1 = NaN] = ring.subarray(i, i + 4);
    const count = pieceCount(x1 - x0, y0, y1);
    for (let k = 0; k < count; k++) add(x0 + ((x1 - x0) * k) / count, y0 + ((y1 - y0) * k) / count);
  }
  add(ring.at(-2) ?? NaN, ring.at(-1) ?? NaN);
  return points;
}

/**
 * In how many pieces an edge, straight in degrees, has to be cut. A chord strays from a curve r(t), 0 ≤ t ≤ 1, by no more
 * than max |r″| / 8, and n chords by n² times less. On a sphere of radius R, with E metres east and N metres north,
 * |r″| ≤ (E² + N²) / R towards the centre of the earth, plus E tan φ (2N + E) / R along the ground.
 */
function pieceCount(Δx: number, y0: number, y1: number): number {
  const φLeast = y0 * y1 < 0 ? 0 : Math.min(Math.abs(y0), Math.abs(y1)) * RADIANS;
  const φMost = Math.max(Math.abs(y0), Math.abs(y1)) * RADIANS;
  const east = Math.abs(Δx) * RADIANS * Math.cos(φLeast) * MEAN_RADIUS_M;
  const north = Math.abs(y1 - y0) * RADIANS * MEAN_RADIUS_M;
  const bend = east * east + north * north + east * Math.tan(φMost) * (2 * north + east);
  return Math.max(1, Math.ceil(Math.sqrt(bend / (8 * MEAN_RADIUS_M * STRAY_M))));
}

/** The points of a ring cut into stretches, each beginning with the last point of the one before. */
function stretchesOf(points: readonly number[]): number[][] {
  const stretches: number[][] = [];
  for (let start = 0; start + 3 < points.length; start += STRETCH_PIECES * 3)
    stretches.push(points.slice(start, start + STRETCH_PIECES * 3 + 3));
  return stretches;
}

/** A ball around the middle of the box around some points, and around what strays from their pieces: x, y, z, radius. */
function ballAround(points: readonly number[]): readonly number[] {
  const [x = NaN, y = NaN, z = NaN] = [0, 1, 2].map((axis) => {
    let least = Infinity;
    let most = -Infinity;
    for (let i = axis; i < points.length; i += 3) {
      least = Math.min(least, points[i]!);
      most = Math.max(most, points[i]!);
    }
    return (least + most) / 2;
  });
  let radius = 0;
  for (let i = 0; i < points.length; i += 3)
    radius = Math.max(radius, Math.hypot(points[i]! - x, points[i + 1]! - y, points[i + 2]! - z));
  return [x, y, z, radius + STRAY_M];
}
