import type { MultiPolygon, Polygon, Position as Coordinates } from 'geojson';
import { type Bounds, bounds, boundsOverlap, halves, unwrapped } from '../../domain/geo/bounds.ts';

/** A ring as x and y in degrees, going on beyond 180°. */
interface Ring {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** Whether a polygon and a box have a point in common. Edges are straight in degrees, as GeoJSON has them. */
export function reachesBox(geometry: Polygon | MultiPolygon, box: Bounds): boolean {
  if (!boundsOverlap(bounds(geometry), box)) return false;
  const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
  const rectangles = halves(box).flatMap((half) => [-360, 0, 360].map((turn) => shifted(half, turn)));
  return polygons.some((polygon) => {
    const rings = ringsOf(polygon);
    return rectangles.some((rectangle) => touches(rings, rectangle));
  });
}

function shifted({ west, south, east, north }: Bounds, degrees: number): Bounds {
  return { west: west + degrees, south, east: east + degrees, north };
}

/** Holes are turned to where their shell is. */
function ringsOf(polygon: readonly (readonly Coordinates[])[]): Ring[] {
  const shellAt = polygon[0]?.[0]?.[0] ?? 0;
  return polygon.map((ring) => {
    const longitudes = unwrapped(ring.map(([lon = NaN]) => lon));
    const turn = 360 * Math.round((shellAt - longitudes[0]!) / 360);
    return { x: longitudes.map((lon) => lon + turn), y: ring.map(([, lat = NaN]) => lat) };
  });
}

/** An edge passes the rectangle, or the whole rectangle is inside: then one corner tells it. */
function touches(rings: readonly Ring[], box: Bounds): boolean {
  const passes = rings.some(({ x, y }) =>
    x.some((_, i) => i > 0 && segmentMeets(x[i - 1]!, y[i - 1]!, x[i]!, y[i]!, box)),
  );
  return passes || isOdd(rings, box.west, box.south);
}

/** Liang and Barsky's way of cutting a segment to a rectangle; it is met if anything is left. */
function segmentMeets(x0: number, y0: number, x1: number, y1: number, { west, south, east, north }: Bounds): boolean {
  const [dx, dy] = [x1 - x0, y1 - y0];
  let [first, last] = [0, 1];
  for (const [step, room] of [
    [-dx, x0 - west],
    [dx, east - x0],
    [-dy, y0 - south],
    [dy, north - y0],
  ] as const) {
    if (step === 0 && room < 0) return false;
    if (step < 0) first = Math.max(first, room / step);
    if (step > 0) last = Math.min(last, room / step);
  }
  return first <= last;
}

/** Whether a ray to the east crosses the rings an odd number of times: inside the shell, and in no hole. */
function isOdd(rings: readonly Ring[], px: number, py: number): boolean {
  let odd = false;
  for (const { x, y } of rings) {
    for (let i = 1; i < x.length; i++) {
      const [y0, y1] = [y[i - 1]!, y[i]!];
      if (y0 > py !== y1 > py && px < x[i - 1]! + ((py - y0) / (y1 - y0)) * (x[i]! - x[i - 1]!)) odd = !odd;
    }
  }
  return odd;
}
