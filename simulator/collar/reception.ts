import type { EpochMs } from '../../src/domain/fix.ts';
import { localDay, localHour } from '../movement/calibration.ts';
import type { State } from '../movement/leg.ts';
import { Random } from '../random.ts';

/** "Fix success 0.85 at night". */
export const NIGHT_SUCCESS = 0.85;
/** "0.4–0.6 at midday": each day has its own value, for she lies up under another tree. */
export const MIDDAY_SUCCESS = [0.4, 0.6] as const;
/** "failures in runs (good/bad chain, mean run 3)": attempts, so that the chance to stay bad is 1 − 1/3. */
export const MEAN_RUN = 3;
/** Hours (UTC+10) between which success falls to the day's value, holds, and rises again. Ours. */
const FALLING = [5, 11] as const;
const RISING = [14, 20] as const;

/** Chance that an attempt gets a position: by the hour; at a farm as at night, because its fields lie open to the sky. */
export function successChance(at: EpochMs, state: State, seed: string | number): number {
  if (state === 'visit') return NIGHT_SUCCESS;
  const midday = new Random(seed, `cover of day ${localDay(at)}`).between(...MIDDAY_SUCCESS);
  const hour = localHour(at);
  const fallen = Math.min(1, Math.max(0, (hour - FALLING[0]) / (FALLING[1] - FALLING[0])));
  const risen = Math.min(1, Math.max(0, (hour - RISING[0]) / (RISING[1] - RISING[0])));
  return NIGHT_SUCCESS - (NIGHT_SUCCESS - midday) * (fallen - risen);
}

/**
 * A two-state chain, good and bad, of attempts. The chance to be good is exactly the one asked for at each attempt, however it
 * changes; the chance to stay bad is 1 − 1/MEAN_RUN unless success rises faster than runs of that length allow.
 */
export class Reception {
  private bad: boolean;
  private badChance: number;

  constructor(
    firstSuccess: number,
    private readonly random: Random,
  ) {
    this.badChance = 1 - firstSuccess;
    this.bad = random.chance(this.badChance);
  }

  /** Whether the next attempt gets a position. */
  attempt(success: number): boolean {
    const before = this.badChance;
    const after = 1 - success;
    const stayBad = Math.min(1 - 1 / MEAN_RUN, before === 0 ? 0 : after / before);
    const turnBad = before === 1 ? 1 : (after - before * stayBad) / (1 - before);
    this.bad = this.random.chance(this.bad ? stayBad : Math.min(1, turnBad));
    this.badChance = after;
    return !this.bad;
  }
}
