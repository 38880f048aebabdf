/** Positions of one farm. Thousands are a border drawn by hand; more is a mistake in the export. */
const MAX_POSITIONS = 20_000;

/** What is wrong with the geometry of a farm, as a sentence that says what was expected; null: nothing. */
export function geometryFault(geometry: unknown): string | null {
  const { type, coordinates } = (geometry ?? {}) as { type?: unknown; coordinates?: unknown };
  const polygons = type === 'Polygon' ? [coordinates] : type === 'MultiPolygon' ? coordinates : null;
  if (!Array.isArray(polygons) || polygons.length === 0) return 'expected a Polygon or a MultiPolygon';
  let positions = 0;
  for (const polygon of polygons as unknown[]) {
    if (!Array.isArray(polygon) || polygon.length === 0)
      return 'expected each polygon to be a list of rings, one at least';
    for (const ring of polygon as unknown[]) {
      const fault = ringFault(ring);
      if (fault) return fault;
      positions += (ring as unknown[]).length;
    }
  }
  return positions > MAX_POSITIONS ? `expected at most ${MAX_POSITIONS} positions, not ${positions}` : null;
}

function ringFault(ring: unknown): string | null {
  if (!Array.isArray(ring) || ring.length < 4) return 'expected each ring to have four positions at least';
  const wrong = ring.findIndex((position) => !isPosition(position));
  if (wrong >= 0) return `expected position ${wrong} of a ring to be [longitude, latitude] in degrees`;
  const [first, last] = [ring[0] as number[], ring.at(-1) as number[]];
  if (first[0] !== last[0] || first[1] !== last[1]) return 'expected each ring to end where it began';
  return null;
}

function isPosition(position: unknown): boolean {
  if (!Array.isArray(position) || position.length < 2 || position.length > 3) return false;
  const [lon, lat, alt = 0] = position as unknown[];
  const numbers = [lon, lat, alt].every((value) => typeof value === 'number' && Number.isFinite(value));
  return numbers && Math.abs(lon as number) <= 180 && Math.abs(lat as number) <= 90;
}
