import type { EpochMs } from '../../domain/fix.ts';
import { DATE, parseDate, parseTime, readEpoch } from './time-text.ts';
import type { DateOrder } from './time-text.ts';
import type { Zone } from './zone.ts';

const [DASH, COLON, SPACE, POINT, ZERO, NINE, T, Z] = [45, 58, 32, 46, 48, 57, 84, 90];

/** No time is longer. */
const MAX_CHARACTERS = 64;
/** A date and a time of day, where a text holds both. */
export const DATE_AND_TIME = /^(\S+?|\d{1,2} [A-Za-z.]{3,10} \d{4})[T ,]+(\d{1,2}[:.h]\d.*)$/;

/** A time of a column as epoch milliseconds. Digits finer than those are cut off, never rounded. */
export class TimeReader {
  /** Why the last text read was no time, as a message's end. */
  expected = '';
  private day = '';
  private dayMs = 0;

  constructor(
    /** Of times that say none; null: such a time is refused. */
    private readonly zone: Zone | null,
    private readonly order: DateOrder | undefined,
  ) {}

  /** NaN: it is no time, and `expected` says what was expected. */
  read(text: string, from: number, to: number): EpochMs {
    const quick = this.quick(text, from, to);
    return Number.isNaN(quick) ? this.slow(text.slice(from, to)) : quick;
  }

  /** yyyy-MM-dd HH:mm:ss with or without a fraction, the form of a million rows. */
  private quick(text: string, from: number, to: number): EpochMs {
    const zulu = text.charCodeAt(to - 1) === Z;
    const end = zulu ? to - 1 : to;
    const between = text.charCodeAt(from + 10);
    if (
      end - from < 19 ||
      text.charCodeAt(from + 4) !== DASH ||
      text.charCodeAt(from + 7) !== DASH ||
      (between !== SPACE && between !== T) ||
      text.charCodeAt(from + 13) !== COLON ||
      text.charCodeAt(from + 16) !== COLON
    ) {
      return Number.NaN;
    }
    const hour = two(text, from + 11);
    const minute = two(text, from + 14);
    const second = two(text, from + 17);
    if (!(hour <= 23 && minute <= 59 && second <= 59)) return Number.NaN;
    let fraction = 0;
    if (end - from > 19) {
      if (text.charCodeAt(from + 19) !== POINT || end - from === 20) return Number.NaN;
      let unit = 100;
      for (let i = from + 20; i < end; i += 1) {
        const code = text.charCodeAt(i);
        if (!(code >= ZERO && code <= NINE)) return Number.NaN;
        fraction += (code - ZERO) * unit;
        unit = unit === 100 ? 10 : unit === 10 ? 1 : 0;
      }
    }
    const day = this.dayOf(text.slice(from, from + 10));
    return this.toUtc(day + ((hour * 60 + minute) * 60 + second) * 1_000 + fraction, zulu);
  }

  private dayOf(text: string): number {
    if (text !== this.day) {
      const date = parseDate(text, this.order);
      this.day = text;
      this.dayMs = typeof date === 'number' ? date : Number.NaN;
    }
    return this.dayMs;
  }

  private slow(text: string): EpochMs {
    const epoch = readEpoch(text);
    if (epoch !== null) return epoch;
    if (text.length > MAX_CHARACTERS) return this.fail(DATE);
    const [, dateText = text, timeText = ''] = DATE_AND_TIME.exec(text) ?? [];
    const date = parseDate(dateText, this.order);
    if (typeof date !== 'number') return this.fail(date.expected);
    if (timeText === '') return this.fail('a time of day too, after the date');
    const time = parseTime(timeText);
    if (time === null) return this.fail('a time of day such as 14:05:00 after the date');
    const local = date + time.ms;
    return time.offsetMs === null ? this.toUtc(local, false) : local - time.offsetMs;
  }

  private toUtc(local: EpochMs, zulu: boolean): EpochMs {
    if (zulu || Number.isNaN(local)) return local;
    if (this.zone === null) return this.fail('a time with its zone, or the zone said: zone=Asia/Vladivostok');
    const at = this.zone.toUtc(local);
    if (at === 'skipped') {
      return this.fail(`a time that there was: clocks in ${this.zone.name} were set forward over this one`);
    }
    if (at === 'repeated') {
      return this.fail(
        `a time that was once: clocks in ${this.zone.name} were set back and showed this one twice ` +
          '(say repeatedTime=earlier or later)',
      );
    }
    return at;
  }

  private fail(expected: string): number {
    this.expected = expected;
    return Number.NaN;
  }
}

function two(text: string, at: number): number {
  const tens = text.charCodeAt(at) - ZERO;
  const ones = text.charCodeAt(at + 1) - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}
