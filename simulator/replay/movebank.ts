import type { FailedAttempt, Reading } from '../../src/domain/fix.ts';

/** Which animal wore which tag. */
export interface Wearer {
  readonly tag: string;
  readonly individual: string;
  readonly taxon: string | undefined;
}

/** What a row of a Movebank file turned out to be. */
export type Row =
  | { readonly kind: 'report'; readonly wearer: Wearer; readonly report: Reading | FailedAttempt }
  /** A measurement of a sensor that gives no GPS position. */
  | { readonly kind: 'other-sensor' }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** Movebank's number of the sensor type GPS, where a file names sensors by number. */
const GPS_SENSOR_ID = '653';

/** Our field, the columns it may come from (first that has a value), and what one unit of the column is in ours. */
const SENSORS = [
  ['altM', ['height-above-ellipsoid', 'height-above-msl'], 1],
  ['accuracyM', ['eobs-horizontal-accuracy-estimate', 'location-error-numerical'], 1],
  ['hdop', ['gps-hdop'], 1],
  ['satellites', ['gps-satellite-count'], 1],
  ['speedMps', ['ground-speed'], 1],
  ['headingDeg', ['heading'], 1],
  ['temperatureC', ['external-temperature', 'internal-temperature', 'eobs-temperature'], 1],
  ['batteryV', ['tag-voltage', 'eobs-battery-voltage'], 0.001],
] as const;

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const TIME = /^(\d{4})-(\d{2})-(\d{2})[ T](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:Z| UTC|[+-]00:?00)?$/;

/** A column's name in any of Movebank's dialects as the repository has it: `eobs.battery.voltage`, `location_long` … with hyphens. */
export function columnName(given: string): string {
  return given
    .trim()
    .toLowerCase()
    .replace(/[\s._:-]+/g, '-');
}

/**
 * Reads rows by their header.
 *
 * @throws Error naming the column that is missing
 */
export function rowReader(header: readonly string[]): (cells: readonly string[]) => Row {
  const places = new Map(header.map((name, i) => [columnName(name), i] as const).reverse()); // the first of two alike
  for (const needed of ['timestamp', 'location-long', 'location-lat']) {
    if (!places.has(needed)) throw new Error(`no column ${needed}: is it a Movebank file?`);
  }
  if (!places.has('tag-local-identifier') && !places.has('individual-local-identifier')) {
    throw new Error('no column tag-local-identifier or individual-local-identifier: whose rows are these?');
  }
  return (cells) => {
    const cell = (column: string): string | undefined => {
      const value = cells[places.get(column) ?? -1]?.trim();
      return value === '' || value === 'NA' ? undefined : value;
    };
    return readRow(cell);
  };
}

type Cell = (column: string) => string | undefined;

function readRow(cell: Cell): Row {
  if (!isGps(cell)) return { kind: 'other-sensor' };
  const at = readTime(cell('timestamp'));
  if (at === undefined) return { kind: 'unreadable', reason: 'timestamp: expected yyyy-MM-dd HH:mm:ss, UTC' };
  const individual = cell('individual-local-identifier') ?? cell('tag-local-identifier');
  const tag = cell('tag-local-identifier') ?? individual;
  if (individual === undefined || tag === undefined) {
    return { kind: 'unreadable', reason: 'neither tag nor individual is named' };
  }
  const [lonText, latText] = [cell('location-long'), cell('location-lat')];
  const [lon, lat] = [readNumber(lonText), readNumber(latText)];
  if ((lonText ?? latText) !== undefined && (lon === undefined || lat === undefined)) {
    return { kind: 'unreadable', reason: 'location-long, location-lat: expected two numbers or none' };
  }
  const wearer = { tag, individual, taxon: cell('individual-taxon-canonical-name') };
  const sensors = readSensors(cell);
  if (lon === undefined || lat === undefined) return { kind: 'report', wearer, report: { at, extra: sensors } };
  return { kind: 'report', wearer, report: { at, lat, lon, ...sensors } };
}

function isGps(cell: Cell): boolean {
  const sensor = cell('sensor-type') ?? cell('sensor-type-id') ?? cell('sensor');
  return sensor === undefined || sensor.toLowerCase() === 'gps' || sensor === GPS_SENSOR_ID;
}

function readSensors(cell: Cell): Record<string, number> {
  const sensors: Record<string, number> = {};
  for (const [field, columns, unit] of SENSORS) {
    const text = columns.map(cell).find((value) => value !== undefined);
    const value = readNumber(text);
    if (value !== undefined) sensors[field] = unit === 1 ? value : Math.round(value * unit * 1e6) / 1e6;
  }
  return sensors;
}

function readNumber(text: string | undefined): number | undefined {
  return text !== undefined && NUMBER.test(text) ? Number(text) : undefined;
}

/** Epoch ms of a Movebank time, which is UTC; its finer digits are cut off, never rounded. */
function readTime(text: string | undefined): number | undefined {
  const [, year, month, day, hour, minute, second, fraction = ''] = TIME.exec(text ?? '') ?? [];
  if (year === undefined) return undefined;
  const [y, mo, d, h, mi, s] = [year, month, day, hour, minute, second].map(Number) as [number, ...number[]];
  if ((mo ?? 0) > 12 || (h ?? 0) > 23 || (mi ?? 0) > 59 || (s ?? 0) > 59) return undefined;
  const at = Date.UTC(y, (mo ?? 1) - 1, d, h, mi, s, Number(fraction.slice(0, 3).padEnd(3, '0')));
  return new Date(at).getUTCDate() === d ? at : undefined;
}
