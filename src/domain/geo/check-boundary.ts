import type { MultiPolygon, Polygon } from 'geojson';
import { bounds, unwrapped } from './bounds.ts';
import { geodesicMetres } from './ellipsoid.ts';
import { crossesItself } from './simple-ring.ts';

/** Positions of one boundary. Thousands are a border drawn by hand; more is a mistake in the export, and takes long to check. */
const MAX_POSITIONS = 10_000;
/** Nearer to a pole, edges that are straight in degrees are no fence any more. */
const MAX_LATITUDE = 85;
/** Longest border, metres. A longer one would be a large country, cut into tens of thousands of pieces. */
const MAX_LENGTH_M = 20_000_000;
/** Area below which a ring encloses nothing, square degrees: about 0.01 m² at the equator. */
const LEAST_AREA_DEG2 = 1e-12;

export type BoundaryCheck =
  | { readonly ok: true; readonly geometry: Polygon | MultiPolygon }
  | {
      readonly ok: false;
      /** Path in the geometry of what is wrong: `type`, `coordinates[0][2]`. */
      readonly field: string;
      /** What was expected there, as it follows on the word "expected". */
      readonly expected: string;
    };

type Fault = Extract<BoundaryCheck, { ok: false }>;
type Ring = readonly (readonly [number, number])[];

/**
 * Whether something is a boundary of a farm or an area that distances can be measured to: a GeoJSON Polygon or MultiPolygon of closed rings
 * that do not cross themselves, between 85° S and 85° N, less than half the world wide.
 *
 * Across 180° both ways of writing are taken: cut there into a MultiPolygon, and a ring that steps to the other sign. A ring may
 * touch itself at a corner, as rings in land registers do; whether a hole lies in its shell is not asked.
 */
export function checkBoundary(geometry: unknown): BoundaryCheck {
  const { type, coordinates } = (geometry ?? {}) as { type?: unknown; coordinates?: unknown };
  if (type !== 'Polygon' && type !== 'MultiPolygon') return fault('type', 'a Polygon or a MultiPolygon');
  const polygons = type === 'Polygon' ? [coordinates] : coordinates;
  if (!isFilled(polygons)) return fault('coordinates', 'a list of polygons, one at least');
  const rings: Ring[] = [];
  for (const [p, polygon] of polygons.entries()) {
    const field = type === 'Polygon' ? 'coordinates' : `coordinates[${p}]`;
    if (!isFilled(polygon)) return fault(field, 'each polygon to be a list of rings, one at least');
    for (const [r, ring] of polygon.entries()) {
      const wrong = shapeFault(ring, `${field}[${r}]`);
      if (wrong) return wrong;
      rings.push(ring as Ring);
    }
    if (rings.reduce((sum, { length }) => sum + length, 0) > MAX_POSITIONS)
      return fault('coordinates', `at most ${MAX_POSITIONS} positions`);
    for (const [r, ring] of polygon.entries()) {
      const wrong = ringFault(ring as Ring, `${field}[${r}]`);
      if (wrong) return wrong;
    }
  }
  return (
    extentFault(geometry as Polygon | MultiPolygon, rings) ?? { ok: true, geometry: geometry as Polygon | MultiPolygon }
  );
}

/** What keeps a value from being a closed ring of positions. */
function shapeFault(ring: unknown, field: string): Fault | null {
  if (!Array.isArray(ring) || ring.length < 4) return fault(field, 'each ring to have four positions at least');
  const wrong = ring.findIndex((position) => !isPosition(position));
  if (wrong >= 0)
    return fault(`${field}[${wrong}]`, `[longitude, latitude] in degrees, within ±180 and ±${MAX_LATITUDE}`);
  const [first, last] = [ring[0] as number[], ring.at(-1) as number[]];
  if (first[0] !== last[0] || first[1] !== last[1]) return fault(field, 'each ring to end where it began');
  return null;
}

function isPosition(position: unknown): boolean {
  if (!Array.isArray(position) || position.length < 2 || position.length > 3) return false;
  const [lon, lat, alt = 0] = position as unknown[];
  const areNumbers = [lon, lat, alt].every((value) => typeof value === 'number' && Number.isFinite(value));
  return areNumbers && Math.abs(lon as number) <= 180 && Math.abs(lat as number) <= MAX_LATITUDE;
}

/** What keeps a closed ring from enclosing a piece of land. */
function ringFault(ring: Ring, field: string): Fault | null {
  const x = unwrapped(ring.map(([lon]) => lon));
  const y = ring.map(([, lat]) => lat);
  if (Math.abs((x.at(-1) ?? NaN) - (x[0] ?? NaN)) > 1) return fault(field, 'a ring that does not go around the world');
  if (crossesItself(x, y)) return fault(field, 'a ring that does not cross itself');
  if (Math.abs(area(x, y)) < LEAST_AREA_DEG2) return fault(field, 'a ring that encloses an area');
  return null;
}

/** The shoelace formula from the first corner, square degrees. */
function area(x: readonly number[], y: readonly number[]): number {
  const [x0 = NaN, y0 = NaN] = [x[0], y[0]];
  let twice = 0;
  for (let i = 1; i < x.length; i++) twice += (x[i - 1]! - x0) * (y[i]! - y0) - (x[i]! - x0) * (y[i - 1]! - y0);
  return twice / 2;
}

function extentFault(geometry: Polygon | MultiPolygon, rings: readonly Ring[]): Fault | null {
  const { west, east } = bounds(geometry);
  if (east - west + (east < west ? 360 : 0) >= 180) return fault('coordinates', 'less than 180° of longitude');
  if (rings.reduce((sum, ring) => sum + lengthOf(ring), 0) > MAX_LENGTH_M)
    return fault('coordinates', `a border of at most ${MAX_LENGTH_M / 1_000} km`);
  return null;
}

function lengthOf(ring: Ring): number {
  return ring.slice(1).reduce((sum, [lon, lat], index) => {
    const [lon0, lat0] = ring[index] ?? [NaN, NaN];
    return sum + geodesicMetres({ lon: lon0, lat: lat0 }, { lon, lat });
  }, 0);
}

function isFilled(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.length > 0;
}

function fault(field: string, expected: string): Fault {
  return { ok: false, field, expected };
}
