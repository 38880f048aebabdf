import type { EpochMs, FailedAttempt, Reading, Sensors } from '../domain/fix.ts';
import type { Fault } from '../formats/format.ts';

interface Limit {
  readonly min: number;
  readonly max: number;
  readonly whole?: true;
}

/**
 * The limits every fix must keep. They are what can be true of a collar on an animal on Earth, and what storage can hold;
 * what is true but not to be trusted is a doubt, not a fault.
 */
export const LIMITS: Readonly<Record<'lat' | 'lon' | keyof Sensors, Limit>> = {
  lat: { min: -90, max: 90 },
  lon: { min: -180, max: 180 },
  /** Receivers without a good fix report thousands of metres below the sea: wide, but not endless. */
  altM: { min: -12_000, max: 20_000 },
  accuracyM: { min: 0, max: 1_000_000 },
  hdop: { min: 0, max: 1_000 },
  satellites: { min: 0, max: 200, whole: true },
  speedMps: { min: 0, max: 400 },
  headingDeg: { min: 0, max: 360 },
  temperatureC: { min: -100, max: 150 },
  batteryV: { min: 0, max: 100 },
  activity: { min: -1e9, max: 1e9 },
  seq: { min: 0, max: Number.MAX_SAFE_INTEGER, whole: true },
};
const FIELDS = Object.keys(LIMITS) as (keyof typeof LIMITS)[];

/** GPS time begins here: no receiver can have measured before. */
const FIRST_AT: EpochMs = Date.UTC(1980, 0, 6);
/** Ahead of its receipt by more than this a time is no clock error but nonsense, and would make partitions for every year. */
const MAX_AHEAD_MS = 5 * 366 * 86_400_000;

function faultOfTime(at: EpochMs, receivedAt: EpochMs): Fault | null {
  if (at < FIRST_AT) return { field: 'at', expected: 'a time from 1980-01-06 on, where GPS time begins' };
  if (at > receivedAt + MAX_AHEAD_MS) return { field: 'at', expected: 'a time at most five years ahead' };
  return null;
}

/** The first limit that a reading breaks, or null: it keeps them all. */
export function faultOf(reading: Reading, receivedAt: EpochMs): Fault | null {
  for (const field of FIELDS) {
    const value = reading[field];
    if (value === undefined) continue;
    const { min, max, whole } = LIMITS[field];
    // Written so that NaN fails.
    if (!(value >= min && value <= max) || (whole && !Number.isInteger(value))) {
      return { field, expected: `a ${whole ? 'whole ' : ''}number from ${min} to ${max}` };
    }
  }
  return faultOfTime(reading.at, receivedAt);
}

/** As faultOf, for an attempt that got no position. */
export function faultOfAttempt(attempt: FailedAttempt, receivedAt: EpochMs): Fault | null {
  return faultOfTime(attempt.at, receivedAt);
}
