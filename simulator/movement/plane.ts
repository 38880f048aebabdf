import type { Position } from '../../src/domain/fix.ts';

/** Metres east (x) and north (y) of a plane's origin. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** WGS84: equatorial radius, metres, and first eccentricity squared. */
const A = 6_378_137;
const E2 = 6.694_379_990_14e-3;
const RADIANS = Math.PI / 180;

/**
 * A plane that touches the ellipsoid at an origin: degrees become metres by the radii of curvature there
 * (Bowring's M and N). A line that is straight in longitude and latitude is straight in it. Within 15 km of the origin,
 * at the latitudes of leopards, a distance is right to 0.3 %.
 */
export class Plane {
  private readonly metresPerLon: number;
  private readonly metresPerLat: number;

  constructor(readonly origin: Position) {
    const φ = origin.lat * RADIANS;
    const w2 = 1 - E2 * Math.sin(φ) ** 2;
    this.metresPerLon = (A / Math.sqrt(w2)) * Math.cos(φ) * RADIANS;
    this.metresPerLat = ((A * (1 - E2)) / w2 ** 1.5) * RADIANS;
  }

  toPoint({ lon, lat }: Position): Point {
    let east = lon - this.origin.lon;
    if (east > 180) east -= 360;
    if (east < -180) east += 360;
    return { x: east * this.metresPerLon, y: (lat - this.origin.lat) * this.metresPerLat };
  }

  toPosition({ x, y }: Point): Position {
    let lon = this.origin.lon + x / this.metresPerLon;
    if (lon > 180) lon -= 360;
    if (lon < -180) lon += 360;
    return { lon, lat: this.origin.lat + y / this.metresPerLat };
  }
}

/** Metres between two points of one plane. */
export function distance(a: Point, b: Point): number {
  return Math.hypot(b.x - a.x, b.y - a.y);
}

/** The point at a share 0 … 1 of the way from a to b. */
export function along(a: Point, b: Point, share: number): Point {
  return { x: a.x + (b.x - a.x) * share, y: a.y + (b.y - a.y) * share };
}

/** The point so many metres from `from` in the direction of `to`; when the two coincide, to the north. */
export function towards(from: Point, to: Point, metres: number): Point {
  const length = distance(from, to);
  if (length === 0) return { x: from.x, y: from.y + metres };
  return along(from, to, metres / length);
}
