import { geodesicMetres } from '../geo/ellipsoid.ts';
import { type Moved, piecesOf } from './step-pieces.ts';
import { DAY_MS, dateText, type ZoneClock } from './zone-clock.ts';

/** How an animal moved on one local day. */
export interface DayDistance {
  /** `2026-01-31`, local. */
  readonly date: string;
  readonly fixes: number;
  /** Metres, straight from fix to fix. null: no step of a day or less touches this day. */
  readonly metres: number | null;
  /** The longest part of the day without a fix, seconds, between the first and the last fix of the track. */
  readonly longestGapS: number;
}

/** Metres that an animal moved, day by day. */
export interface DailyDistances {
  readonly days: readonly DayDistance[];
  /** Of all days. */
  readonly metres: number;
  /** Straight over gaps of more than a day: of no day, for nobody knows when it went. */
  readonly gapMetres: number;
  readonly gaps: number;
}

/** Of a longer gap only the first and the last day are told. */
const LONGEST_TOLD_MS = 400 * DAY_MS;

interface Day {
  fixes: number;
  metres: number | null;
  longestGapMs: number;
}

/**
 * Distance by local day: geodesic from fix to fix. A step across midnight belongs to both days by its time in each; one of more than
 * a day to none. The sum of the days is the length of the track where no gap is that long. It is the least that the animal can have
 * gone: the fewer fixes, the more of its turns are cut.
 */
export class DailyDistance {
  private readonly days = new Map<number, Day>();
  private gapMetres = 0;
  private gaps = 0;

  constructor(private readonly clock: ZoneClock) {}

  /** @param before the fix before it; null: it is the first */
  add(fix: Moved, before: Moved | null): void {
    this.day(this.clock.dayOf(fix.at)).fixes++;
    if (before === null) return;
    const metres = geodesicMetres(before, fix);
    if (fix.at - before.at <= DAY_MS) this.addStep(before, fix, metres);
    else {
      this.gapMetres += metres;
      this.gaps++;
      this.addGap(before.at, fix.at);
    }
  }

  result(): DailyDistances {
    const numbers = [...this.days.keys()].sort((a, b) => a - b);
    const days = numbers.map((number): DayDistance => {
      const { fixes, metres, longestGapMs } = this.days.get(number)!;
      return { date: dateText(number), fixes, metres, longestGapS: Math.round(longestGapMs / 1_000) };
    });
    return {
      days,
      metres: days.reduce((sum, { metres }) => sum + (metres ?? 0), 0),
      gapMetres: this.gapMetres,
      gaps: this.gaps,
    };
  }

  private addStep(from: Moved, to: Moved, metres: number): void {
    const first = this.clock.dayOf(from.at);
    if (first === this.clock.dayOf(to.at)) {
      const day = this.day(first);
      day.metres = (day.metres ?? 0) + metres;
      day.longestGapMs = Math.max(day.longestGapMs, to.at - from.at);
      return;
    }
    for (const { from: begin, share } of piecesOf(from.at, to.at)) {
      const day = this.day(this.clock.dayOf(begin));
      day.metres = (day.metres ?? 0) + metres * share;
    }
    this.addGap(from.at, to.at);
  }

  private addGap(from: number, to: number): void {
    for (let begin = from; begin < to;) {
      if (to - from > LONGEST_TOLD_MS && begin !== from)
        begin = Math.max(begin, this.clock.startOf(this.clock.dayOf(to)));
      const number = this.clock.dayOf(begin);
      const end = Math.min(to, this.clock.startOf(number + 1));
      const day = this.day(number);
      day.longestGapMs = Math.max(day.longestGapMs, end - begin);
      begin = end;
    }
  }

  private day(number: number): Day {
    let day = this.days.get(number);
    if (!day) this.days.set(number, (day = { fixes: 0, metres: null, longestGapMs: 0 }));
    return day;
  }
}
