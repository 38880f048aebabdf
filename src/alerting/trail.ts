import { errorMetres, type EpochMs, type Fix } from '../domain/fix.ts';
import type { Confirmation } from '../domain/quality/confirm.ts';
import type { JudgedFix } from '../rules/rule.ts';

/** A stored fix, as far as judging needs it. */
export type StoredFix = Pick<
  Fix,
  'collarId' | 'at' | 'lon' | 'lat' | 'doubts' | 'accuracyM' | 'hdop' | 'batteryV' | 'activity' | 'receivedAt'
>;

/** Where the judging of an animal stands, beside what rules remember. */
export interface Trail {
  readonly confirmation: Confirmation<StoredFix>;
  /** The trusted fix before the confirmation's last. */
  readonly before: StoredFix | null;
  /** See Scene. */
  readonly recent: readonly JudgedFix[];
}

export const NO_TRAIL: Trail = { confirmation: { last: null, unconfirmed: null }, before: null, recent: [] };

/** One fix in this time is enough to look back at. */
const RECENT_EVERY_MS = 5 * 60_000;

/** Sensors are stored with seven digits: the same are judged when a fix comes in as when it is read again. */
export function toJudged({ at, lon, lat, receivedAt, accuracyM, hdop, batteryV, activity }: StoredFix): JudgedFix {
  const reported = {
    ...(accuracyM !== undefined && { accuracyM: Math.fround(accuracyM) }),
    ...(hdop !== undefined && { hdop: Math.fround(hdop) }),
  };
  const sensors = {
    ...(batteryV !== undefined && { batteryV: Math.fround(batteryV) }),
    ...(activity !== undefined && { activity: Math.fround(activity) }),
  };
  return { at, lon, lat, errorM: errorMetres(reported), heardAt: receivedAt, ...sensors };
}

/** Of the fixes in one of these, the first is looked back at. */
export const bucket = (at: EpochMs): number => Math.floor(at / RECENT_EVERY_MS);

/** From when on fixes must be read so that looking back from `at` finds what it found when that was the present. */
export function lookbackStart(at: EpochMs, lookbackMs: number): EpochMs {
  return bucket(at - lookbackMs) * RECENT_EVERY_MS;
}

/**
 * Where judging goes on after these fixes.
 *
 * @param trusted in the order of time, from `lookbackStart` of the last on, and at least the last two if there are two
 */
export function trailAfter(trusted: readonly StoredFix[], unconfirmed: StoredFix | null, lookbackMs: number): Trail {
  const last = trusted.at(-1) ?? null;
  if (last === null) return NO_TRAIL;
  const recent = trusted
    .filter((fix, index) => index === 0 || bucket(fix.at) !== bucket(trusted[index - 1]!.at))
    .filter(({ at }) => lookbackMs > 0 && at >= last.at - lookbackMs)
    .map(toJudged);
  return { confirmation: { last, unconfirmed }, before: trusted.at(-2) ?? null, recent };
}
