import type { EpochMs } from '../../domain/fix.ts';
import { UnreadableFile } from '../import-item.ts';

const DAY = 86_400_000;
const MINUTE = 60_000;
/** Days of which the offset is remembered; some forty years. */
const MAX_DAYS = 15_000;
const OFFSET = /^([+-])(\d{2}):?(\d{2})$/;

/** What is said of a local time that its zone's clocks never showed, or showed twice. */
export type OddTime = 'skipped' | 'repeated';

/** Local times of one zone. */
export interface Zone {
  /** As it was said. */
  readonly name: string;
  /** @param local the local time, as if it were UTC */
  toUtc(local: EpochMs): EpochMs | OddTime;
}

/**
 * @param repeated which moment is meant by a local time that happened twice; undefined: neither
 * @throws UnreadableFile when there is no such zone
 */
export function zoneNamed(name: string, repeated: 'earlier' | 'later' | undefined): Zone {
  if (/^(?:utc|gmt|z)$/i.test(name)) return { name, toUtc: (local) => local };
  const [, sign, hours, minutes] = OFFSET.exec(name) ?? [];
  if (sign !== undefined && Number(hours) <= 14 && Number(minutes) < 60) {
    const offset = (Number(hours) * 60 + Number(minutes)) * MINUTE * (sign === '-' ? -1 : 1);
    return { name, toUtc: (local) => local - offset };
  }
  try {
    return new NamedZone(name, repeated);
  } catch {
    throw new UnreadableFile(`zone=${name}: expected a time zone's name such as Asia/Vladivostok, or +10:00, or UTC`);
  }
}

class NamedZone implements Zone {
  private readonly clock: Intl.DateTimeFormat;
  /** The offset of days on which it does not change, by day; null: it may. */
  private readonly days = new Map<number, number | null>();

  constructor(
    readonly name: string,
    private readonly repeated: 'earlier' | 'later' | undefined,
  ) {
    this.clock = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  }

  toUtc(local: EpochMs): EpochMs | OddTime {
    const steady = this.steadyOffset(Math.floor(local / DAY));
    if (steady !== null) return local - steady;
    // Whatever the offset is, it is that of a day before or of a day after.
    const before = local - this.offset(local - DAY);
    const after = local - this.offset(local + DAY);
    const earlier = Math.min(before, after);
    const later = Math.max(before, after);
    const moments = [earlier, later].filter((at) => at + this.offset(at) === local);
    if (moments.length === 0) return 'skipped';
    if (moments.length === 1 || earlier === later) return moments[0] ?? 'skipped';
    return this.repeated === undefined ? 'repeated' : this.repeated === 'earlier' ? earlier : later;
  }

  /** The offset from a day before the local day to a day after it, where it is the same all along. */
  private steadyOffset(day: number): number | null {
    const known = this.days.get(day);
    if (known !== undefined) return known;
    const [before, middle, after] = [day - 1, day + 0.5, day + 2].map((at) => this.offset(at * DAY));
    const steady = before === middle && middle === after ? (middle ?? null) : null;
    if (this.days.size >= MAX_DAYS) this.days.clear();
    this.days.set(day, steady);
    return steady;
  }

  /** Milliseconds that the zone's clocks are ahead of UTC at a moment. */
  private offset(at: EpochMs): number {
    const whole = Math.floor(at / 1_000) * 1_000;
    const parts: Record<string, number> = {};
    for (const { type, value } of this.clock.formatToParts(whole)) parts[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second) - whole;
  }
}
