import type { EpochMs } from '../../src/domain/fix.ts';

/*
 * The numbers of the simulated female. Where they come from: published and computed tracks of leopards and of other large
 * cats, put together as the project's calibration; docs/decisions/0007-simulated-movement.md quotes it line by line, and each
 * number below repeats its line. `fitted` numbers are ours: found by simulation so that a quoted figure comes out.
 */

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** "Two states … per 2 h": the animal decides anew at every even hour, UTC. */
export const STEP_MS = 2 * HOUR_MS;
/** "P(rest→rest) 0.70". */
export const REST_TO_REST = 0.7;
/** "P(move→move) 0.60". */
export const MOVE_TO_MOVE = 0.6;
/** "moving step Weibull k 1.05". */
export const STEP_SHAPE = 1.05;
/** "λ 600 m". */
export const STEP_SCALE_M = 600;
/** "turning von Mises κ 0.4". */
export const TURN_KAPPA = 0.4;
/**
 * "with a pull to a home centre so that the 95 % kernel range is 60–70 km²". Fitted: concentration of the heading towards
 * home for each kilometre away from it. Over 180 days of 2 h positions the median range of many seeds is 67 km² without a farm in
 * reach and 62 km² with visits to one; 0.01 less or more moves it by about 4 km².
 */
export const HOME_PULL_PER_KM = 0.142;
/** Fitted: the walk begins this far (standard deviation on each axis) from home, as if it had gone on before. */
export const START_SPREAD_M = 1_500;

/** "a kill about every 8 days". */
export const KILL_EVERY_MS = 8 * DAY_MS;
/** "stay 48–96 h". */
export const STAY_MS = [48 * HOUR_MS, 96 * HOUR_MS] as const;
/** "within 150 m". */
export const STAY_RADIUS_M = 150;
/** "with short trips". How many and how far is ours: to water and back within one step of 2 h, about one a day. */
export const TRIP_CHANCE = 0.08;
export const TRIP_M = [200, 700] as const;

/** "(UTC+10)": local time of the activity weights, of night and of day. */
export const LOCAL_OFFSET_MS = 10 * HOUR_MS;
/** "activity weight 1.5 at 5–9 h and 15–20 h, 1.0 by day, 0.6 at night": from the hour on, the weight. */
export const ACTIVITY = [
  [0, 0.6],
  [5, 1.5],
  [9, 1],
  [15, 1.5],
  [20, 0.6],
] as const;
/** The hours that the weights call night; a visit to a farm ends with it. */
export const NIGHTFALL_H = 20;
export const DAWN_H = 5;

/** Local hour of the day, 0 … 24 with its fraction. */
export function localHour(at: EpochMs): number {
  return ((((at + LOCAL_OFFSET_MS) % DAY_MS) + DAY_MS) % DAY_MS) / HOUR_MS;
}

/** Number of the local day since 1970. */
export function localDay(at: EpochMs): number {
  return Math.floor((at + LOCAL_OFFSET_MS) / DAY_MS);
}

export function isNight(at: EpochMs): boolean {
  const hour = localHour(at);
  return hour >= NIGHTFALL_H || hour < DAWN_H;
}

/** The first moment at or after `at` when a local clock shows the hour. */
export function nextLocalHour(at: EpochMs, hour: number): EpochMs {
  const wait = (hour - localHour(at) + 24) % 24;
  return at + Math.round(wait * HOUR_MS);
}

/** The activity weight at a moment, as the calibration states it. */
export function activityWeight(at: EpochMs): number {
  const hour = localHour(at);
  let weight: number = ACTIVITY[0][1];
  for (const [from, value] of ACTIVITY) if (hour >= from) weight = value;
  return weight;
}

/** Mean of the activity weight over a whole day. */
const DAILY_WEIGHT = ACTIVITY.reduce(
  (sum, [from, weight], i) => sum + (((ACTIVITY[i + 1]?.[0] ?? 24) - from) * weight) / 24,
  0,
);

/**
 * How much longer than the day's mean a moving step beginning at `at` is: the mean weight of its two hours over the day's mean,
 * so that the weights shift movement to dusk and dawn and leave the mean step what the Weibull says.
 */
export function stepFactor(at: EpochMs): number {
  const PARTS = 8;
  let sum = 0;
  for (let part = 0; part < PARTS; part += 1) sum += activityWeight(at + ((part + 0.5) * STEP_MS) / PARTS);
  return sum / PARTS / DAILY_WEIGHT;
}
