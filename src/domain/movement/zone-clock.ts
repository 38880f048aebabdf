import type { EpochMs } from '../fix.ts';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
/** Zones differ from UTC by whole quarters of an hour, and change at one. */
const QUARTER_MS = HOUR_MS / 4;

/** Whether a name is one of the IANA time zone database, such as `Asia/Vladivostok`. */
export function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** For how long a zone keeps one distance from UTC. Half open. */
export interface OffsetPeriod {
  readonly from: EpochMs;
  readonly to: EpochMs;
  /** Local time less UTC, milliseconds. */
  readonly offsetMs: number;
}

/**
 * Local days and hours of a time zone, quickly: the zone's rules are asked twice a day of UTC, and every quarter of an hour only on days on
 * which clocks are changed.
 */
export class ZoneClock {
  private readonly format: Intl.DateTimeFormat;
  /** By day of UTC; NaN: clocks are changed on it. */
  private readonly days = new Map<number, number>();
  /** By quarter of an hour, on days on which clocks are changed. */
  private readonly quarters = new Map<number, number>();
  private last = { day: NaN, offset: NaN };

  /** @param zone one that isZone knows */
  constructor(readonly zone: string) {
    this.format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' });
  }

  /** Local time less UTC at a moment, milliseconds. */
  offsetAt(at: EpochMs): number {
    const offset = this.offsetOn(Math.floor(at / DAY_MS));
    if (!Number.isNaN(offset)) return offset;
    const quarter = Math.floor(at / QUARTER_MS);
    return remembered(this.quarters, quarter, () => this.ask(quarter * QUARTER_MS));
  }

  /** Number of the local day: days from 1970-01-01 by the local calendar. */
  dayOf(at: EpochMs): number {
    return Math.floor((at + this.offsetAt(at)) / DAY_MS);
  }

  /** Local hour, 0 to 23. */
  hourOf(at: EpochMs): number {
    const local = at + this.offsetAt(at);
    return Math.floor((local - Math.floor(local / DAY_MS) * DAY_MS) / HOUR_MS);
  }

  /** When a local day begins: its first moment, which is not midnight where clocks are changed then. */
  startOf(day: number): EpochMs {
    const midnight = day * DAY_MS - this.offsetAt(day * DAY_MS);
    if (this.dayOf(midnight) === day && this.dayOf(midnight - 1) === day - 1) return midnight;
    // Offsets lie between −16 and +16 hours: looked for by halves, in quarters of an hour.
    let low = (day * DAY_MS - 16 * HOUR_MS) / QUARTER_MS;
    let high = low + 33 * 4;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.dayOf(middle * QUARTER_MS) >= day) high = middle;
      else low = middle + 1;
    }
    return low * QUARTER_MS;
  }

  /** The periods of one offset that make up a time, in its order. */
  periods(from: EpochMs, to: EpochMs): OffsetPeriod[] {
    const periods: { from: EpochMs; to: EpochMs; offsetMs: number }[] = [];
    for (let at = from; at < to;) {
      const day = Math.floor(at / DAY_MS);
      const isWhole = !Number.isNaN(this.offsetOn(day));
      const next = Math.min(to, isWhole ? (day + 1) * DAY_MS : (Math.floor(at / QUARTER_MS) + 1) * QUARTER_MS);
      const offsetMs = this.offsetAt(at);
      const last = periods.at(-1);
      if (last?.offsetMs === offsetMs) last.to = next;
      else periods.push({ from: at, to: next, offsetMs });
      at = next;
    }
    return periods;
  }

  /** Of a day of UTC; NaN: clocks are changed on it. */
  private offsetOn(day: number): number {
    if (day === this.last.day) return this.last.offset;
    const offset = remembered(this.days, day, () => {
      const begin = this.ask(day * DAY_MS);
      return begin === this.ask((day + 1) * DAY_MS) ? begin : NaN;
    });
    this.last = { day, offset };
    return offset;
  }

  private ask(at: EpochMs): number {
    const name = this.format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const [, sign, hours = '0', minutes = '0', seconds = '0'] = /^GMT([+-])(\d+):(\d+)(?::(\d+))?/.exec(name) ?? [];
    const offset = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
    return (sign === '-' ? -offset : offset) * 1_000;
  }
}

function remembered(known: Map<number, number>, key: number, ask: () => number): number {
  const value = known.get(key);
  if (value !== undefined) return value;
  const asked = ask();
  known.set(key, asked);
  return asked;
}

/** The date of a local day, `2026-01-31`. */
export function dateText(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, -14);
}
