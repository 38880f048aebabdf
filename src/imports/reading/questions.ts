import { UnreadableFile } from '../import-item.ts';
import type { Layout } from './layout.ts';
import { numberIn } from './numbers.ts';
import type { ReadingOptions } from './options.ts';
import { looksLikeMetres, RANGE } from './position-text.ts';
import type { Question } from './recognised.ts';
import { needsOrder, parseDate, readEpoch } from './time-text.ts';
import { DATE_AND_TIME } from './time-reader.ts';

/** A row from a file's beginning. */
export interface Sample {
  readonly line: number;
  readonly cells: readonly string[];
}

/** What first rows leave open that the header does not tell: the order of dates, the zone, the decimal comma. */
export function questionsOf(samples: readonly Sample[], layout: Layout, options: ReadingOptions): Question[] {
  return [
    orderQuestion(samples, layout, options),
    zoneQuestion(samples, layout, options),
    decimalQuestion(samples, layout, options),
  ].filter((question) => question !== null);
}

/** The column with the date, and the dates of some rows. */
function datesOf(
  samples: readonly Sample[],
  layout: Layout,
): { column: string; dates: { line: number; date: string }[] } {
  const index = layout.date >= 0 ? layout.date : layout.at;
  const dates = samples.map(({ line, cells }) => {
    const text = (cells[index] ?? '').trim().slice(0, 64);
    return { line, date: DATE_AND_TIME.exec(text)?.[1] ?? text };
  });
  return { column: layout.header[index] ?? '', dates };
}

function orderQuestion(samples: readonly Sample[], layout: Layout, options: ReadingOptions): Question | null {
  if (options.dateOrder !== undefined) return null;
  const { column, dates } = datesOf(samples, layout);
  const first = dates.find(({ date }) => needsOrder(date));
  if (first === undefined) return null;
  // What other rows prove is told, but not taken as said: a file may be made of several.
  const orders = (['dmy', 'mdy', 'ymd'] as const).filter((order) =>
    dates.every(({ date }) => !needsOrder(date) || typeof parseDate(date, order) === 'number'),
  );
  const hint = orders.length === 1 ? `; of the first rows all can only be ${orders[0]}` : '';
  return {
    option: 'dateOrder',
    line: first.line,
    column,
    message: `line ${first.line}, column ${column}: ${first.date} may be read in several ways: say dateOrder=dmy, mdy or ymd${hint}`,
  };
}

const WITH_ZONE = /\d\s*(?:Z|UTC|GMT|[+-]\d{1,2}:?\d{2}|[+-]\d{2})$/i;

function zoneQuestion(samples: readonly Sample[], layout: Layout, options: ReadingOptions): Question | null {
  if (options.zone !== undefined || layout.utc) return null;
  const index = layout.time >= 0 ? layout.time : layout.at;
  const column = layout.header[index] ?? '';
  for (const { line, cells } of samples) {
    const text = (cells[index] ?? '').trim().slice(0, 64);
    const time = layout.time >= 0 ? text : (DATE_AND_TIME.exec(text)?.[2] ?? '');
    if (time === '' || readEpoch(text) !== null || WITH_ZONE.test(time)) continue;
    const message = `line ${line}, column ${column}: ${text} says no time zone: say zone=Asia/Vladivostok, zone=+10:00 or zone=UTC`;
    return { option: 'zone', line, column, message };
  }
  return null;
}

function decimalQuestion(samples: readonly Sample[], layout: Layout, options: ReadingOptions): Question | null {
  if (options.decimal !== undefined) return null;
  for (const { line, cells } of samples) {
    for (const index of [layout.lat, layout.lon]) {
      const text = (cells[index] ?? '').trim();
      if (!/^[+-]?\d{1,9},\d{1,20}$/.test(text)) continue;
      const column = layout.header[index] ?? '';
      const message = `line ${line}, column ${column}: ${text} has a comma: say decimal=, if it is a decimal one`;
      return { option: 'decimal', line, column, message };
    }
  }
  return null;
}

/** @throws UnreadableFile when none of the first positions are degrees, and some can only be metres */
export function refuseMetres(samples: readonly Sample[], layout: Layout, options: ReadingOptions): void {
  const decimal = options.decimal === ',' ? 44 : 46;
  let first: { line: number; lat: string; lon: string } | undefined;
  for (const { line, cells } of samples) {
    const [lon = '', lat = ''] = [cells[layout.lon]?.trim(), cells[layout.lat]?.trim()];
    const [x, y] = [numberIn(lon, 0, lon.length, decimal), numberIn(lat, 0, lat.length, decimal)];
    if (Number.isNaN(x) || Number.isNaN(y)) continue;
    if (Math.abs(y) <= RANGE.lat && Math.abs(x) <= RANGE.lon) return;
    if (looksLikeMetres(x, y)) first ??= { line, lat, lon };
  }
  if (first === undefined) return;
  const column = layout.header[layout.lat] ?? '';
  throw new UnreadableFile(
    `line ${first.line}, column ${column}: ${first.lat} and ${first.lon} look like metres (UTM?): ` +
      'expected latitude and longitude in decimal degrees WGS84; convert the file before importing it',
    { line: first.line, column },
  );
}
