import { createRequire } from 'node:module';
import type { MultiPolygon, Polygon } from 'geojson';
import type { Position } from '../../src/domain/fix.ts';

interface Inverse {
  readonly s12: number;
  readonly azi1: number;
}
interface Line {
  readonly s13: number;
  Position(metres: number): { readonly lat2: number; readonly lon2: number };
}
interface Geodesic {
  Inverse(lat1: number, lon1: number, lat2: number, lon2: number): Inverse;
  InverseLine(lat1: number, lon1: number, lat2: number, lon2: number): Line;
  Direct(lat1: number, lon1: number, azimuth: number, metres: number): { readonly lat2: number; readonly lon2: number };
}
const library = createRequire(import.meta.url)('geographiclib-geodesic') as {
  Geodesic: { WGS84: Geodesic };
};
const WGS84 = library.Geodesic.WGS84;

/**
 * Distances as they are, slowly: every answer is a minimum over geodesics computed by GeographicLib (exact to nanometres), found by
 * sampling and refining. It knows nothing of the code under test.
 */
export function trueMetres(a: Position, b: Position): number {
  return WGS84.Inverse(a.lat, a.lon, b.lat, b.lon).s12;
}

/** The position some metres away in a direction, degrees clockwise from north. */
export function trueOffset(from: Position, azimuthDeg: number, metres: number): Position {
  const { lat2, lon2 } = WGS84.Direct(from.lat, from.lon, azimuthDeg, metres);
  return { lon: lon2, lat: lat2 };
}

/** The position at a fraction of the geodesic between two others. */
export function trueWayPoint(from: Position, to: Position): (fraction: number) => Position {
  const line = WGS84.InverseLine(from.lat, from.lon, to.lat, to.lon);
  return (fraction) => {
    const { lat2, lon2 } = line.Position(fraction * line.s13);
    return { lon: lon2, lat: lat2 };
  };
}

/** An edge, straight in degrees, its end taken the short way from its beginning. */
interface Edge {
  readonly from: Position;
  readonly dLon: number;
  readonly dLat: number;
}

const shortest = (degrees: number) => degrees - 360 * Math.round(degrees / 360);

function ringsOf(geometry: Polygon | MultiPolygon): number[][][][] {
  return geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
}

function edgesOf(ring: readonly (readonly number[])[]): Edge[] {
  return ring.slice(1).map(([lon = NaN, lat = NaN], index) => {
    const [lon0 = NaN, lat0 = NaN] = ring[index] ?? [];
    return { from: { lon: lon0, lat: lat0 }, dLon: shortest(lon - lon0), dLat: lat - lat0 };
  });
}

const on = ({ from, dLon, dLat }: Edge, t: number): Position => ({
  lon: from.lon + t * dLon,
  lat: from.lat + t * dLat,
});

/** Even–odd rule for each ring: in a shell and in none of its holes. Says nothing sure about positions on an edge. */
export function isTrulyInside(position: Position, geometry: Polygon | MultiPolygon): boolean {
  const inRing = (ring: readonly (readonly number[])[]) =>
    ring.slice(1).filter(([lon1 = NaN, lat1 = NaN], index) => {
      const [lon0 = NaN, lat0 = NaN] = ring[index] ?? [];
      if (lat0 > position.lat === lat1 > position.lat) return false;
      return shortest(position.lon - lon0) < ((position.lat - lat0) / (lat1 - lat0)) * shortest(lon1 - lon0);
    }).length %
      2 ===
    1;
  return ringsOf(geometry).some(([shell = [], ...holes]) => inRing(shell) && !holes.some((hole) => inRing(hole)));
}

/** The great-circle distance on a sphere, within 0.6 %: good enough to tell which edges can be the nearest. */
function roughMetres(a: Position, b: Position): number {
  const radians = Math.PI / 180;
  const h =
    Math.sin(((b.lat - a.lat) * radians) / 2) ** 2 +
    Math.cos(a.lat * radians) * Math.cos(b.lat * radians) * Math.sin(((b.lon - a.lon) * radians) / 2) ** 2;
  return 2 * 6_371_009 * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** Least value of a function of 0..1 between two places, by golden section, until they are `close` to each other. */
function refine(f: (t: number) => number, low: number, high: number, close: number): number {
  const golden = (Math.sqrt(5) - 1) / 2;
  let [a, b] = [Math.max(0, low), Math.min(1, high)];
  let [c, d] = [b - golden * (b - a), a + golden * (b - a)];
  let [fc, fd] = [f(c), f(d)];
  while (b - a > close) {
    if (fc <= fd) {
      [b, d, fd] = [d, c, fc];
      c = b - golden * (b - a);
      fc = f(c);
    } else {
      [a, c, fc] = [c, d, fd];
      d = a + golden * (b - a);
      fd = f(d);
    }
  }
  return Math.min(fc, fd, f(a), f(b));
}

const EDGE_SAMPLES = 16;
/** How near to the least point is near enough, metres: the distance there differs by much less. */
const CLOSE_M = 0.01;

/** Least distance to any edge, whether inside or not. */
export function trueMetresToEdges(position: Position, geometry: Polygon | MultiPolygon): number {
  const edges = ringsOf(geometry).flat().flatMap(edgesOf);
  const sampled = edges.map((edge) => {
    const samples = Array.from({ length: EDGE_SAMPLES + 1 }, (_, i) =>
      roughMetres(position, on(edge, i / EDGE_SAMPLES)),
    );
    const m = Math.min(...samples);
    return { edge, m, t: samples.indexOf(m) / EDGE_SAMPLES, length: roughMetres(edge.from, on(edge, 1)) };
  });
  const leastRough = Math.min(...sampled.map(({ m }) => m));
  const candidates = sampled
    .filter(({ m, length }) => m * 0.98 - length / EDGE_SAMPLES <= leastRough)
    .map(({ edge, t, length }) => ({ edge, t, length, m: trueMetres(position, on(edge, t)) }));
  const least = Math.min(...candidates.map(({ m }) => m));
  return Math.min(
    least,
    ...candidates
      .filter(({ m, length }) => m - length / EDGE_SAMPLES <= least)
      .map(({ edge, t, length }) =>
        refine(
          (s) => trueMetres(position, on(edge, s)),
          t - 1.5 / EDGE_SAMPLES,
          t + 1.5 / EDGE_SAMPLES,
          CLOSE_M / Math.max(CLOSE_M, length),
        ),
      ),
  );
}

export function trueDistance(position: Position, geometry: Polygon | MultiPolygon): number {
  return isTrulyInside(position, geometry) ? 0 : trueMetresToEdges(position, geometry);
}

/**
 * Least distance of the geodesic between two positions: samples of it, a golden section around each local least, and then, as
 * a path may be near two corners between two samples, every stretch of it in which something nearer could hide. From one end
 * of a stretch to the other no distance changes by more than its length.
 *
 * @returns within 10 cm and 0.003 %
 */
export function trueDistanceOfPath(
  from: Position,
  to: Position,
  geometry: Polygon | MultiPolygon,
  samples: number,
): number {
  const at = trueWayPoint(from, to);
  const distanceAt = (t: number) => trueDistance(at(t), geometry);
  const distances = Array.from({ length: samples + 1 }, (_, i) => distanceAt(i / samples));
  const length = trueMetres(from, to);
  let least = Math.min(...distances);
  const hopeful = [...distances.keys()].filter(
    (i) =>
      distances[i]! - length / samples <= least &&
      distances[i]! <= (distances[i - 1] ?? Infinity) &&
      distances[i]! <= (distances[i + 1] ?? Infinity),
  );
  const close = (10 * CLOSE_M) / Math.max(10 * CLOSE_M, length);
  for (const i of hopeful) least = Math.min(least, refine(distanceAt, (i - 1) / samples, (i + 1) / samples, close));
  const stretches = distances
    .slice(1)
    .map((m, i) => ({ t: i / samples, m: distances[i]!, t2: (i + 1) / samples, m2: m }));
  for (let one = stretches.pop(); one !== undefined && least > 0; one = stretches.pop()) {
    const couldBe = (one.m + one.m2 - (one.t2 - one.t) * length) / 2;
    if (couldBe >= least - 10 * CLOSE_M - 3e-5 * least) continue;
    const t = (one.t + one.t2) / 2;
    const m = distanceAt(t);
    least = Math.min(least, m);
    stretches.push({ ...one, t2: t, m2: m }, { ...one, t, m });
  }
  return least;
}
