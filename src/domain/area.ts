import type { MultiPolygon, Polygon } from 'geojson';

/** What is watched at the border of an area. */
export const WATCHES = ['leaves', 'enters'] as const;
export type Watch = (typeof WATCHES)[number];

/** A polygon that is not a farm: a reserve, a state border, village land. */
export interface Area {
  readonly id: string;
  readonly name: string;
  /** `leaves`: animals are to stay in it; `enters`: they are to stay out of it. */
  readonly watch: Watch;
  /** Degrees WGS84, GeoJSON (RFC 7946): edges are straight in longitude and latitude. */
  readonly boundary: Polygon | MultiPolygon;
}
