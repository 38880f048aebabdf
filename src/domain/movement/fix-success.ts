import type { EpochMs } from '../fix.ts';
import { DAY_MS, HOUR_MS, type ZoneClock } from './zone-clock.ts';

/** How often collars found where they were, in one hour of the local day. */
export interface HourSuccess {
  readonly hour: number;
  /** Trusted fixes. */
  readonly fixes: number;
  /** Fixes with a doubt. */
  readonly doubted: number;
  /** Attempts that got no position, as collars reported them. */
  readonly failed: number;
  /** Fixes, doubted ones too, of all reported attempts, 0 to 1; null: nothing was reported. */
  readonly success: number | null;
  /** Attempts that there were to be, by the interval of the collars; null: no collar has one. */
  readonly expected: number | null;
  /** Trusted fixes of the expected ones, 0 to 1 and a little more; null: none were expected. */
  readonly yield: number | null;
}

/** A collar that was to report every so often, for a while. Half open. */
export interface Duty {
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly intervalS: number;
}

/** Fixes and failed attempts by the hour of the local day. */
export class FixSuccess {
  private readonly hours = Array.from({ length: 24 }, () => ({ fixes: 0, doubted: 0, failed: 0 }));

  constructor(private readonly clock: ZoneClock) {}

  add(at: EpochMs, isDoubted: boolean): void {
    this.hours[this.clock.hourOf(at)]![isDoubted ? 'doubted' : 'fixes']++;
  }

  addFailed(hour: number, count: number): void {
    this.hours[hour]!.failed += count;
  }

  /** @param duties when reports were due, at what interval */
  result(duties: readonly Duty[]): HourSuccess[] {
    const due = expectedByHour(this.clock, duties);
    return this.hours.map(({ fixes, doubted, failed }, hour) => {
      const attempts = fixes + doubted + failed;
      const expected = due === null ? null : due[hour]!;
      return {
        hour,
        fixes,
        doubted,
        failed,
        success: attempts === 0 ? null : (fixes + doubted) / attempts,
        expected,
        yield: expected === null || expected === 0 ? null : fixes / expected,
      };
    });
  }
}

function expectedByHour(clock: ZoneClock, duties: readonly Duty[]): number[] | null {
  if (duties.length === 0) return null;
  const expected = new Array<number>(24).fill(0);
  for (const { from, to, intervalS } of duties)
    for (const period of clock.periods(from, to))
      for (let hour = 0; hour < 24; hour++) {
        const ms = msUntil(period.to + period.offsetMs, hour) - msUntil(period.from + period.offsetMs, hour);
        expected[hour]! += ms / (intervalS * 1_000);
      }
  return expected;
}

/** Milliseconds of an hour of the day, over all days from 1970 to a local moment. */
function msUntil(local: number, hour: number): number {
  const day = Math.floor(local / DAY_MS);
  return day * HOUR_MS + Math.min(HOUR_MS, Math.max(0, local - day * DAY_MS - hour * HOUR_MS));
}
