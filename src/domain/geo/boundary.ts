import type { MultiPolygon, Polygon } from 'geojson';

/** A polygon prepared for measuring. */
export interface Boundary {
  readonly geometry: Polygon | MultiPolygon;
}
