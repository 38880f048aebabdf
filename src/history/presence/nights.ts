import { getTimes } from 'suncalc';
import type { EpochMs, Position } from '../../domain/fix.ts';
import { DAY_MS, dateText, type ZoneClock } from '../../domain/movement/zone-clock.ts';

const MINUTE_MS = 60_000;

/** From sunset to sunrise at one place. Half open; whole minutes, for the sun's formula is no better than that. */
export interface Night {
  /** The local date on which it begins, `2026-05-31`. */
  readonly date: string;
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/** When a month begins and ends by a zone's clock. @param month `2026-05` */
export function monthOf(month: string, clock: ZoneClock): { readonly from: EpochMs; readonly to: EpochMs } {
  const [year, number] = month.split('-').map(Number) as [number, number];
  const start = (index: number) => clock.startOf(Date.UTC(year, index, 1) / DAY_MS);
  return { from: start(number - 1), to: start(number) };
}

/**
 * The nights that begin on a day of a month, each between two solar noons. The sun is down when its upper edge is below the horizon, as
 * almanacs have it (−0.833°).
 *
 * Near a pole there are days without a sunset or a sunrise. Where the sun does not set between two noons there is no night. Where it does not
 * rise, the night lasts until the next noon, so that each night stays a night of one date. On the last day before the sun stays up, and
 * on the first on which it sets again, one end of the night cannot be told, and midnight stands for it.
 *
 * @param month `2026-05`
 */
export function nightsOf(month: string, clock: ZoneClock, { lon, lat }: Position): Night[] {
  const { from, to } = monthOf(month, clock);
  const nights: Night[] = [];
  const noon = (day: number) => getTimes(new Date(from + day * DAY_MS), lat, lon);
  const days = Math.ceil((to - from) / DAY_MS) + 2;
  for (let day = -2; day < days; day++) {
    const [before, after] = [noon(day), noon(day + 1)];
    const evening = before.sunset ?? (before.alwaysDown === true ? before.solarNoon : null);
    const morning = after.sunrise ?? (after.alwaysDown === true ? after.solarNoon : null);
    if (evening === null && morning === null) continue;
    const begin = toMinute(evening ?? after.nadir);
    const end = toMinute(morning ?? after.nadir);
    const date = dateText(clock.dayOf(begin));
    if (begin < end && date.startsWith(`${month}-`)) nights.push({ date, from: begin, to: end });
  }
  return nights;
}

function toMinute(date: Date): EpochMs {
  return Math.round(date.getTime() / MINUTE_MS) * MINUTE_MS;
}
