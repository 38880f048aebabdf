import type { MultiPolygon, Polygon } from 'geojson';

/** A polygon that is not a farm: a reserve, a border, the land of a village. */
export interface Area {
  readonly id: string;
  readonly name: string;
  /** Which way across its boundary people are told of. */
  readonly watch: 'leaves' | 'enters';
  /** Degrees WGS84, GeoJSON (RFC 7946): edges are straight in longitude and latitude. */
  readonly boundary: Polygon | MultiPolygon;
}
