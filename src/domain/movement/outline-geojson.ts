import type { MultiPolygon, Polygon, Position as Coordinates } from 'geojson';
import type { RingPolygon } from './contour.ts';
import type { EqualArea } from './equal-area.ts';

/** Digits of a degree: a tenth of a metre. */
const DIGITS = 6;

/**
 * Polygons in metres as GeoJSON (RFC 7946): rings closed, shells counterclockwise; what lies across 180° is cut there.
 *
 * @returns null: there are none
 */
export function outlineGeometry(
  polygons: readonly RingPolygon[],
  projection: EqualArea,
): Polygon | MultiPolygon | null {
  const coordinates = polygons.flatMap((polygon) =>
    cut(polygon.map((ring) => degrees(ring, projection))).map((part) => part.map(closed)),
  );
  if (coordinates.length === 0) return null;
  return coordinates.length === 1
    ? { type: 'Polygon', coordinates: coordinates[0]! }
    : { type: 'MultiPolygon', coordinates };
}

type Corner = readonly [lon: number, lat: number];

function degrees(ring: Float64Array, projection: EqualArea): Corner[] {
  return Array.from({ length: ring.length / 2 }, (_, i): Corner => {
    const { lon, lat } = projection.position(ring[2 * i]!, ring[2 * i + 1]!);
    return [lon, lat];
  });
}

/** A polygon as the parts of it between −180° and 180°, and of what lies beyond, brought back by a turn. */
function cut(rings: readonly Corner[][]): Corner[][][] {
  const turns = [0, 1, -1].filter((turn) =>
    rings.some((ring) => ring.some(([lon]) => lon > 360 * turn - 180 && lon < 360 * turn + 180)),
  );
  if (turns.length === 1) return [rings.map((ring) => moved(ring, turns[0]!))];
  return turns.map((turn) =>
    rings
      .map((ring) => clipped(clipped(ring, 360 * turn - 180, 1), 360 * turn + 180, -1))
      .filter((ring) => ring.length > 2)
      .map((ring) => moved(ring, turn)),
  );
}

function moved(ring: readonly Corner[], turn: number): Corner[] {
  return ring.map(([lon, lat]) => [lon - 360 * turn, lat]);
}

/** The part of a ring on one side of a meridian (I. Sutherland and G. Hodgman 1974): 1 east of it, −1 west of it. */
function clipped(ring: readonly Corner[], meridian: number, side: 1 | -1): Corner[] {
  const isIn = ([lon]: Corner) => (lon - meridian) * side >= 0;
  return ring.flatMap((corner, i): Corner[] => {
    const before = ring.at(i - 1)!;
    const crossing: Corner[] = [];
    if (isIn(before) !== isIn(corner)) {
      const share = (meridian - before[0]) / (corner[0] - before[0]);
      crossing.push([meridian, before[1] + (corner[1] - before[1]) * share]);
    }
    return isIn(corner) ? [...crossing, corner] : crossing;
  });
}

function closed(ring: readonly Corner[]): Coordinates[] {
  const rounded = ring.map(([lon, lat]): Coordinates => [round(lon), round(lat)]);
  return [...rounded, rounded[0]!];
}

function round(degrees: number): number {
  return Number(degrees.toFixed(DIGITS));
}
