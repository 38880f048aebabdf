import type { Position } from '../fix.ts';
import { ECCENTRICITY_2, EQUATOR_M, RADIANS, shortWay } from '../geo/ellipsoid.ts';

const E = Math.sqrt(ECCENTRICITY_2);
/** Snyder 3-12 for a latitude, given its sine. */
const q = (sin: number): number =>
  (1 - ECCENTRICITY_2) *
  (sin / (1 - ECCENTRICITY_2 * sin * sin) - (1 / (2 * E)) * Math.log((1 - E * sin) / (1 + E * sin)));
const Q_POLE = q(1);
/** Radius of the sphere of the same surface, metres (Snyder 3-13). */
const AUTHALIC_M = EQUATOR_M * Math.sqrt(Q_POLE / 2);

/**
 * Lambert's azimuthal equal-area projection of WGS84 around a place: J. P. Snyder, Map Projections: A Working Manual (USGS 1395, 1987),
 * formulas 24-17 to 24-26. Areas are true everywhere; distances near the place are, to 0.1 % at 300 km.
 */
export class EqualArea {
  private readonly sinβ1: number;
  private readonly cosβ1: number;
  private readonly d: number;

  /** @param centre not within a degree of a pole */
  constructor(readonly centre: Position) {
    const sinφ = Math.sin(centre.lat * RADIANS);
    const β1 = Math.asin(q(sinφ) / Q_POLE);
    this.sinβ1 = Math.sin(β1);
    this.cosβ1 = Math.cos(β1);
    const m1 = Math.cos(centre.lat * RADIANS) / Math.sqrt(1 - ECCENTRICITY_2 * sinφ * sinφ);
    this.d = (EQUATOR_M * m1) / (AUTHALIC_M * this.cosβ1);
  }

  /** Writes metres east and north of the centre of a position to `into[index]` and `into[index + 1]`. */
  project(lon: number, lat: number, into: Float64Array, index: number): void {
    const λ = shortWay(lon - this.centre.lon) * RADIANS;
    const sinβ = q(Math.sin(lat * RADIANS)) / Q_POLE;
    const cosβ = Math.sqrt(Math.max(0, 1 - sinβ * sinβ));
    const cosλ = Math.cos(λ);
    const b = AUTHALIC_M * Math.sqrt(2 / (1 + this.sinβ1 * sinβ + this.cosβ1 * cosβ * cosλ));
    into[index] = b * this.d * cosβ * Math.sin(λ);
    into[index + 1] = (b / this.d) * (this.cosβ1 * sinβ - this.sinβ1 * cosβ * cosλ);
  }

  /** The position at metres east and north of the centre; its longitude is within 180° of the centre's, and may exceed ±180. */
  position(x: number, y: number): Position {
    const ρ = Math.hypot(x / this.d, this.d * y);
    if (ρ === 0) return this.centre;
    const c = 2 * Math.asin(Math.min(1, ρ / (2 * AUTHALIC_M)));
    const [sinC, cosC] = [Math.sin(c), Math.cos(c)];
    const sinβ = cosC * this.sinβ1 + (this.d * y * sinC * this.cosβ1) / ρ;
    const λ = Math.atan2(x * sinC, this.d * ρ * this.cosβ1 * cosC - this.d * this.d * y * this.sinβ1 * sinC);
    return {
      lon: this.centre.lon + λ / RADIANS,
      lat: latitudeOf(Math.asin(Math.min(1, Math.max(-1, sinβ)))) / RADIANS,
    };
  }
}

/** The latitude of an authalic one, radians (Snyder 3-18): to 2 cm. */
function latitudeOf(β: number): number {
  const e2 = ECCENTRICITY_2;
  return (
    β +
    (e2 / 3 + (31 * e2 ** 2) / 180 + (517 * e2 ** 3) / 5_040) * Math.sin(2 * β) +
    ((23 * e2 ** 2) / 360 + (251 * e2 ** 3) / 3_780) * Math.sin(4 * β) +
    ((761 * e2 ** 3) / 45_360) * Math.sin(6 * β)
  );
}
