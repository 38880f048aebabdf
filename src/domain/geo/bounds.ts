import type { MultiPolygon, Polygon } from 'geojson';
import type { Position } from '../fix.ts';
import { LEAST_RADIUS_M, RADIANS, shortWay } from './ellipsoid.ts';

/**
 * A box in degrees, edges included. Where it crosses 180° its `west` is greater than its `east` (RFC 7946, 5.2); around the
 * whole world it is −180 to 180.
 */
export interface Bounds {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

/**
 * The least box around a polygon. A ring with a step of more than 180° of longitude crosses 180° there, and so does a
 * MultiPolygon that was cut at it.
 */
export function bounds(geometry: Polygon | MultiPolygon): Bounds {
  const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
  const shells = polygons.map(([shell = []]) => shell);
  const latitudes = shells.flatMap((shell) => shell.map(([, lat = NaN]) => lat));
  const { west, east } = narrowest(shells.map((shell) => spanOf(shell.map(([lon = NaN]) => lon))));
  return box(west, least(latitudes), east, greatest(latitudes));
}

/** The box grown by `metres` on every side: every position that near to any position in the box is in it. */
export function padBounds({ west, south, east, north }: Bounds, metres: number): Bounds {
  const angle = metres / LEAST_RADIUS_M;
  const dφ = angle / RADIANS;
  const grownSouth = Math.max(-90, south - dφ);
  const grownNorth = Math.min(90, north + dφ);
  const farthest = Math.max(-grownSouth, grownNorth);
  if (farthest >= 90) return { west: -180, south: grownSouth, east: 180, north: grownNorth };
  // A cap of this angle around latitude φ reaches asin(sin angle / cos φ) to either side, and |φ| < `farthest`.
  const dλ = Math.asin(Math.min(1, Math.sin(angle) / Math.cos(farthest * RADIANS))) / RADIANS;
  return box(west - dλ, grownSouth, east + dλ + (east < west ? 360 : 0), grownNorth);
}

/** Widest step of longitude for which the bow of a geodesic is bounded by a formula; beyond it, it may pass the pole. */
const WIDEST_BOW_DEG = 60;

/**
 * A box around the geodesic between two positions, the short way round. At most 60° of longitude apart it bows towards the
 * pole by no more than Δλ² / 15: between equal latitudes, the worst case, by atan(tan φ / cos ½Δλ) − φ, whose greatest value
 * is Δλ² / 16 for small Δλ and 0.072 for 60°, in radians.
 */
export function boundsOfPath(from: Position, to: Position): Bounds {
  const Δλ = shortWay(to.lon - from.lon);
  const bow = Math.abs(Δλ) > WIDEST_BOW_DEG ? 90 : (Δλ * Δλ * RADIANS) / 15;
  const south = Math.min(from.lat, to.lat);
  const north = Math.max(from.lat, to.lat);
  return box(
    Δλ < 0 ? from.lon + Δλ : from.lon,
    south < 0 ? Math.max(-90, south - bow) : south,
    Δλ < 0 ? from.lon : from.lon + Δλ,
    north > 0 ? Math.min(90, north + bow) : north,
  );
}

export function boundsOverlap(a: Bounds, b: Bounds): boolean {
  if (a.south > b.north || b.south > a.north) return false;
  return halves(a).some((one) => halves(b).some((other) => one.west <= other.east && other.west <= one.east));
}

/** The box as one box that does not cross 180°, or as two that meet there. */
export function halves(bounds: Bounds): readonly Bounds[] {
  if (bounds.west <= bounds.east) return [bounds];
  return [
    { ...bounds, east: 180 },
    { ...bounds, west: -180 },
  ];
}

/** Longitudes of a ring, each taken the short way from the one before: a ring across 180° goes on beyond it. */
export function unwrapped(longitudes: readonly number[]): number[] {
  let previous = longitudes[0] ?? NaN;
  return longitudes.map((lon) => (previous = lon - 360 * Math.round((lon - previous) / 360)));
}

/** Longitudes from `west`, at least −180 and less than 180, eastwards to `east`, which may exceed 180. */
interface Span {
  readonly west: number;
  readonly east: number;
}

function spanOf(ring: readonly number[]): Span {
  const longitudes = unwrapped(ring);
  const west = least(longitudes);
  const turns = turnsOf(west);
  return { west: west - 360 * turns, east: greatest(longitudes) - 360 * turns };
}

/** The narrowest span that covers all: the circle without the widest gap between them. */
function narrowest(spans: readonly Span[]): Span {
  const sorted = [...spans].sort((a, b) => a.west - b.west);
  const first = sorted[0] ?? { west: NaN, east: NaN };
  let reach = greatest(sorted.map(({ east }) => east - 360));
  let widest = first.west - reach;
  let answer = { west: first.west, east: greatest(sorted.map(({ east }) => east)) };
  for (const span of sorted) {
    if (span.west - reach > widest) {
      widest = span.west - reach;
      answer = { west: span.west, east: reach + 360 };
    }
    reach = Math.max(reach, span.east);
  }
  return widest <= 0 ? { west: -180, east: 180 } : answer;
}

/** How often a longitude goes around the world. Those within ±180 stay as they are, to the last bit. */
function turnsOf(lon: number): number {
  return lon >= -180 && lon < 180 ? 0 : Math.floor((lon + 180) / 360);
}

/** The box of longitudes that may lie beyond 180° either way. */
function box(west: number, south: number, east: number, north: number): Bounds {
  if (east - west >= 360) return { west: -180, south, east: 180, north };
  const turns = turnsOf(west);
  const start = west - 360 * turns;
  const end = east - 360 * turns;
  return { west: start, south, east: end > 180 ? end - 360 : end, north };
}

function least(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => Math.min(a, b), Infinity);
}

function greatest(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => Math.max(a, b), -Infinity);
}
