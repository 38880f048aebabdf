import type { EpochMs, Position } from '../../src/domain/fix.ts';
import { activityWeight, DAY_MS, localHour } from '../movement/calibration.ts';
import type { State } from '../movement/leg.ts';
import type { Random } from '../random.ts';
import { round } from './gps-error.ts';

/** "Battery falls over 16 months": then the collar is silent. */
export const BATTERY_LIFE_MS = Math.round(16 * 30.44 * DAY_MS);
/** Volts of a fresh and of an empty lithium cell. Ours, as are all numbers below: they only have to look like a collar's. */
const FRESH_V = 3.65;
const EMPTY_V = 3;

/** Volts after a time of wear: a slow fall, and a quick one in the last month; less in the cold. */
export function batteryV(ageMs: number, temperatureC: number): number {
  const used = Math.min(1, Math.max(0, ageMs / BATTERY_LIFE_MS));
  const fall = 0.4 * used + 0.6 * used ** 12;
  return round(FRESH_V - (FRESH_V - EMPTY_V) * fall - 0.002 * Math.max(0, 10 - temperatureC), 3);
}

/** Air of southern Primorye by season and hour, warmed by the animal under the collar, °C. */
export function temperatureC(at: EpochMs, random: Random): number {
  const dayOfYear = (at / DAY_MS) % 365.25;
  const season = 5 + 16 * Math.cos((2 * Math.PI * (dayOfYear - 213)) / 365.25);
  const hour = 4 * Math.cos((2 * Math.PI * (localHour(at) - 15)) / 24);
  return round(season + hour + 4 + random.normal(), 1);
}

/** Counts of the activity sensor, 0 … 255. */
export function activityCount(at: EpochMs, state: State, random: Random): number {
  const level = { rest: 6, kill: 45, visit: 100, move: 80 }[state];
  return Math.min(255, Math.round(random.logNormal(level, 0.4) * activityWeight(at)));
}

/** Hills that do not exist, metres above the ellipsoid: smooth, the same for the same place. */
export function altitudeM({ lon, lat }: Position): number {
  return 190 + 90 * Math.sin(lon * 190) * Math.cos(lat * 230) + 60 * Math.sin(lon * 71 + lat * 93);
}
