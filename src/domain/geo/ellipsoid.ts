import type { Position } from '../fix.ts';

/** Semi-major axis of WGS84, metres. */
export const EQUATOR_M = 6_378_137;
const FLATTENING = 1 / 298.257223563;
/** First eccentricity squared of WGS84. */
export const ECCENTRICITY_2 = FLATTENING * (2 - FLATTENING);
/** Mean radius of the earth (IUGG), metres. */
export const MEAN_RADIUS_M = 6_371_008.8;
/** Least radius of curvature of WGS84, that of the meridian at the equator, metres: a distance spans no wider angle than with this. */
export const LEAST_RADIUS_M = EQUATOR_M * (1 - ECCENTRICITY_2);
export const RADIANS = Math.PI / 180;

/** A place in space: earth-centred, earth-fixed, metres. x through 0 E on the equator, y through 90 E, z through the north pole. */
export interface EarthCentred {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** Where a position on the ellipsoid is in space. */
export function earthCentred(lon: number, lat: number): EarthCentred {
  const λ = lon * RADIANS;
  const φ = lat * RADIANS;
  const sinφ = Math.sin(φ);
  const ν = EQUATOR_M / Math.sqrt(1 - ECCENTRICITY_2 * sinφ * sinφ);
  const fromAxis = ν * Math.cos(φ);
  return { x: fromAxis * Math.cos(λ), y: fromAxis * Math.sin(λ), z: ν * (1 - ECCENTRICITY_2) * sinφ };
}

/**
 * Metres along the ground for metres straight through it: the arc over a chord c, 2R·asin(c / 2R).
 *
 * The true radius of an arc on WGS84 lies between 6,335 and 6,400 km, within 0.6 % of R. As arc − chord is c³ / 24R², the
 * answer is off by 1.2 % of c² / 24R²: 1.2·10⁻⁷ of 100 km, 1.2·10⁻⁵ of 1,000 km. To 10,000 km it stays within 0.2 %; near
 * the antipodes it is an estimate only.
 */
export function arcMetres(chordM: number): number {
  return 2 * MEAN_RADIUS_M * Math.asin(Math.min(1, chordM / (2 * MEAN_RADIUS_M)));
}

/** Metres between two positions along WGS84; see arcMetres for the error. */
export function geodesicMetres(a: Position, b: Position): number {
  const p = earthCentred(a.lon, a.lat);
  const q = earthCentred(b.lon, b.lat);
  return arcMetres(Math.sqrt((p.x - q.x) ** 2 + (p.y - q.y) ** 2 + (p.z - q.z) ** 2));
}

/** The longest degree of latitude, at the poles, and of longitude, at the equator; metres. */
const LATITUDE_DEGREE_M = 111_694;
const LONGITUDE_DEGREE_M = 111_320;

/** Never less than the metres between two positions, and more the farther from the equator: a bound without trigonometry. */
export function metresAtMost(a: Position, b: Position): number {
  const north = (b.lat - a.lat) * LATITUDE_DEGREE_M;
  const east = shortWay(b.lon - a.lon) * LONGITUDE_DEGREE_M;
  return Math.sqrt(north * north + east * east);
}

/** The shortest degree of latitude, at the equator; metres. */
const LEAST_LATITUDE_DEGREE_M = 110_574;
/** sin x is never less than 2x/π for an angle up to 90°: what is left of metres along a parallel, however long they are. */
const LEAST_SINE = 2 / Math.PI;

/** Never more than the metres between two positions, and far less for some: a bound with one cosine. */
export function metresAtLeast(a: Position, b: Position): number {
  const north = Math.abs(b.lat - a.lat) * LEAST_LATITUDE_DEGREE_M;
  const farthest = Math.max(Math.abs(a.lat), Math.abs(b.lat));
  const east = Math.abs(shortWay(b.lon - a.lon)) * LEAST_LATITUDE_DEGREE_M * Math.cos(farthest * RADIANS) * LEAST_SINE;
  return Math.max(north, east);
}

/** A difference of longitudes the short way round: at least −180, less than 180 degrees. */
export function shortWay(degrees: number): number {
  if (degrees >= -180 && degrees < 180) return degrees;
  return degrees - 360 * Math.floor((degrees + 180) / 360);
}
