import { UnreadableFile } from '../import-item.ts';
import type { Measurement } from './column-names.ts';
import {
  columnName,
  MOVEBANK_EXTRA,
  MOVEBANK_OUTLIER,
  MOVEBANK_SENSOR,
  MOVEBANK_SENSORS,
  OWN_NAMES,
  saysUtc,
} from './column-names.ts';
import { Columns } from './columns.ts';
import type { Field, ReadingOptions } from './options.ts';
import type { Question, Recognised } from './recognised.ts';

/** A measurement and the columns it is read from: the first of them that has a value. */
export interface SensorColumns {
  /** Its name in `Reading`. */
  readonly name: string;
  readonly columns: readonly number[];
  readonly factor: number;
}

/** Which column of a CSV file is what; −1: none is. */
export interface Layout {
  readonly format: 'movebank' | 'csv';
  readonly dialect: Recognised['dialect'];
  readonly header: readonly string[];
  readonly at: number;
  readonly date: number;
  readonly time: number;
  /** Times that name no zone are UTC, as Movebank has it or the column's name says. */
  readonly utc: boolean;
  readonly lat: number;
  readonly lon: number;
  readonly tag: number;
  readonly animal: number;
  /** Which sensor measured; the first that has a value. */
  readonly sensor: readonly number[];
  readonly visible: number;
  readonly outlier: readonly number[];
  /** Overrides the marks of `outlier`. */
  readonly valid: number;
  readonly sensors: readonly SensorColumns[];
  /** What is kept beside, under these names. */
  readonly extra: readonly { readonly name: string; readonly columns: readonly number[] }[];
}

/** Our name and what one unit is in ours, of fields that are written in another unit. */
const OTHER_UNITS: Partial<Record<Field, { readonly name: string; readonly factor: number }>> = {
  speedKmh: { name: 'speedMps', factor: 1 / 3.6 },
  batteryMv: { name: 'batteryV', factor: 0.001 },
};

/**
 * Finds out what the columns of a header are.
 *
 * @param line of the header
 * @param questions takes what the header leaves open
 * @throws UnreadableFile when options name columns that are not there
 */
export function layoutOf(
  header: readonly string[],
  line: number,
  options: ReadingOptions,
  questions: Question[],
): Layout {
  const columns = new Columns(header, line, options, questions);
  return isMovebank(header, options) ? movebankLayout(columns, options) : csvLayout(columns, options);
}

function isMovebank(header: readonly string[], options: ReadingOptions): boolean {
  if (options.format !== undefined) return options.format === 'movebank';
  const names = new Set(header.map(columnName));
  return names.has('timestamp') && names.has('location-long') && names.has('location-lat');
}

/** The columns of time: those that were said, else those that say it. */
function timeOf(columns: Columns, found: { at: number[]; date: number[]; time: number[] }): Pick<Layout, TimeColumn> {
  const said = { at: columns.said('at'), date: columns.said('date'), time: columns.said('time') };
  const utc = (...indices: number[]): boolean => indices.some((i) => saysUtc(columns.header[i] ?? ''));
  if (said.at >= 0) return { ...said, date: -1, time: -1, utc: utc(said.at) };
  if (said.date >= 0 && said.time >= 0) return { ...said, utc: utc(said.date, said.time) };
  if (said.date >= 0 || said.time >= 0) {
    throw new UnreadableFile('columns: date and time go together: say both, or the one column that holds both as at');
  }
  if (found.at.length > 0) {
    const at = columns.one(found.at, 'at');
    return { at, date: -1, time: -1, utc: utc(at) };
  }
  const [date, time] = [columns.one(found.date, 'date'), columns.one(found.time, 'time')];
  if (date >= 0 && time >= 0) return { at: -1, date, time, utc: utc(date, time) };
  const at = Math.max(date, time);
  if (at < 0) columns.lacking('at');
  return { at, date: -1, time: -1, utc: utc(at) };
}
type TimeColumn = 'at' | 'date' | 'time' | 'utc';

function placeOf(columns: Columns, field: 'lat' | 'lon', own: readonly number[]): number {
  const said = columns.said(field);
  if (said >= 0) return said;
  const found = columns.one([...new Set([...own, ...columns.saying(field)])], field);
  if (found < 0) columns.lacking(field);
  return found;
}

function movebankLayout(columns: Columns, options: ReadingOptions): Layout {
  const own = (name: string): number => columns.movebank([name])[0] ?? -1;
  const at = { at: columns.movebank(['timestamp']), date: [], time: [] };
  const time = timeOf(columns, at);
  const tag = columns.said('tag') >= 0 ? columns.said('tag') : own('tag-local-identifier');
  const animal = columns.said('animal') >= 0 ? columns.said('animal') : own('individual-local-identifier');
  if (tag < 0 && animal < 0 && options.tag === undefined && options.animal === undefined) columns.nobodys();
  const said = columns.said('outlier');
  return {
    format: 'movebank',
    dialect: dialectOf(columns.header),
    header: columns.header,
    ...time,
    utc: time.utc || (time.at >= 0 && time.at === at.at[0]),
    lat: placeOf(columns, 'lat', columns.movebank(['location-lat'])),
    lon: placeOf(columns, 'lon', columns.movebank(['location-long'])),
    tag,
    animal,
    sensor: columns.said('sensor') >= 0 ? [columns.said('sensor')] : columns.movebank(MOVEBANK_SENSOR),
    visible: own('visible'),
    outlier: [...columns.movebank(MOVEBANK_OUTLIER), ...(said >= 0 ? [said] : [])],
    valid: own('manually-marked-valid'),
    sensors: movebankSensors(columns),
    extra: [
      ...MOVEBANK_EXTRA.map(({ name, columns: names }) => ({ name, columns: columns.movebank(names) })),
      ...kept(columns, options),
    ].filter((extra) => extra.columns.length > 0),
  };
}

function dialectOf(header: readonly string[]): Recognised['dialect'] {
  const name = header.find((given) => columnName(given) === 'location-lat') ?? '';
  return name.includes('.') ? 'dots' : name.includes('_') ? 'underscores' : 'hyphens';
}

function csvLayout(columns: Columns, options: ReadingOptions): Layout {
  const said = { tag: columns.said('tag'), animal: columns.said('animal') };
  const tag = said.tag >= 0 || options.tag !== undefined ? said.tag : columns.one(columns.saying('tag'), 'tag');
  const animal =
    said.animal >= 0 || options.animal !== undefined ? said.animal : columns.one(columns.saying('animal'), 'animal');
  if (tag < 0 && animal < 0 && options.tag === undefined && options.animal === undefined) columns.nobodys();
  const [sensor, outlier] = [columns.said('sensor'), columns.said('outlier')];
  return {
    format: 'csv',
    dialect: null,
    header: columns.header,
    ...timeOf(columns, { at: columns.saying('at'), date: columns.saying('date'), time: columns.saying('time') }),
    lat: placeOf(columns, 'lat', []),
    lon: placeOf(columns, 'lon', []),
    tag,
    animal,
    sensor: sensor >= 0 ? [sensor] : [],
    visible: -1,
    outlier: outlier >= 0 ? [outlier] : [],
    valid: -1,
    sensors: csvSensors(columns),
    extra: kept(columns, options),
  };
}

type Known = (field: Measurement) => { readonly columns: readonly number[]; readonly factor: number };

/** Measurements: from the columns that were said, else from those that the file is known to have them in. */
function sensorsOf(columns: Columns, known: Known): SensorColumns[] {
  const fields = new Set([...MOVEBANK_SENSORS.map((source) => source.field), ...OWN_NAMES]);
  return [...fields]
    .map((field): SensorColumns => {
      const { name, factor } = OTHER_UNITS[field] ?? { name: field, factor: 1 };
      const said = columns.said(field);
      return said >= 0 ? { name, columns: [said], factor } : { name, ...known(field) };
    })
    .filter((sensor) => sensor.columns.length > 0);
}

function movebankSensors(columns: Columns): SensorColumns[] {
  return sensorsOf(columns, (field) => {
    const source = MOVEBANK_SENSORS.find((one) => one.field === field);
    return source ? { columns: columns.movebank(source.columns), factor: source.factor } : { columns: [], factor: 1 };
  });
}

function csvSensors(columns: Columns): SensorColumns[] {
  return sensorsOf(columns, (field) => {
    const found = columns.one(columns.saying(field), field);
    return { columns: found < 0 ? [] : [found], factor: OTHER_UNITS[field]?.factor ?? 1 };
  });
}

function kept(columns: Columns, options: ReadingOptions): Layout['extra'] {
  return (options.keep ?? []).map((name) => {
    const index = columns.named(name, 'keep');
    return { name: columns.header[index] ?? name, columns: [index] };
  });
}
