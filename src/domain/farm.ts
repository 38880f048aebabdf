import type { MultiPolygon, Polygon } from 'geojson';

/** The rings of a farm from the outermost to the deepest. `inside` is the polygon itself. */
export const RINGS = ['near', 'close', 'inside'] as const;
export type Ring = (typeof RINGS)[number];

/** A polygon to protect. */
export interface Farm {
  readonly id: string;
  readonly name: string;
  /** Metres from the fence. */
  readonly nearM: number;
  /** Metres from the fence, at most `nearM`. */
  readonly closeM: number;
  /** Degrees WGS84, GeoJSON (RFC 7946): edges are straight in longitude and latitude. */
  readonly boundary: Polygon | MultiPolygon;
}
