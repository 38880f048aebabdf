import type { Field } from './options.ts';

/** A column's name as Movebank's repository writes it, whatever the dialect: `location_long`, `location.long` … with hyphens. */
export function columnName(given: string): string {
  return given
    .trim()
    .toLowerCase()
    .replace(/[\s._:-]+/g, '-');
}

/** A field that is a measurement. */
export type Measurement = Exclude<
  Field,
  'at' | 'date' | 'time' | 'lat' | 'lon' | 'tag' | 'animal' | 'outlier' | 'sensor'
>;

/** The columns of Movebank's that a field is read from, the first that has a value, and what one unit of each is in ours. */
interface Source {
  readonly field: Measurement;
  readonly columns: readonly string[];
  readonly factor: number;
}

/** Movebank's attributes (www.movebank.org, Movebank Attribute Dictionary): metres, m/s, degrees, °C; volts in thousandths. */
export const MOVEBANK_SENSORS: readonly Source[] = [
  { field: 'altM', columns: ['height-above-ellipsoid', 'height-above-msl'], factor: 1 },
  { field: 'accuracyM', columns: ['location-error-numerical', 'eobs-horizontal-accuracy-estimate'], factor: 1 },
  { field: 'hdop', columns: ['gps-hdop'], factor: 1 },
  { field: 'satellites', columns: ['gps-satellite-count'], factor: 1 },
  { field: 'speedMps', columns: ['ground-speed'], factor: 1 },
  { field: 'headingDeg', columns: ['heading'], factor: 1 },
  { field: 'temperatureC', columns: ['external-temperature', 'internal-temperature', 'eobs-temperature'], factor: 1 },
  { field: 'batteryV', columns: ['tag-voltage', 'eobs-battery-voltage'], factor: 0.001 },
  { field: 'activity', columns: ['activity-count'], factor: 1 },
];

/** What else of a Movebank row is kept with the fix, under which name; everything else only where it is asked for (`keep`). */
export const MOVEBANK_EXTRA: readonly { readonly name: string; readonly columns: readonly string[] }[] = [
  { name: 'fixType', columns: ['gps-fix-type', 'eobs-type-of-fix'] },
  { name: 'dop', columns: ['gps-dop'] },
  { name: 'timeToFixS', columns: ['gps-time-to-fix', 'eobs-used-time-to-get-fix'] },
];

export const MOVEBANK_OUTLIER = ['manually-marked-outlier', 'algorithm-marked-outlier', 'import-marked-outlier'];
export const MOVEBANK_SENSOR = ['sensor-type', 'sensor-type-id', 'sensor'];

/**
 * Columns of other files that are read without being told: those whose unit is in their name, or that have none. A column
 * named `height` or `temp` must be mapped.
 */
export const OWN_NAMES: readonly Measurement[] = [
  'altM',
  'accuracyM',
  'hdop',
  'satellites',
  'speedMps',
  'speedKmh',
  'headingDeg',
  'temperatureC',
  'batteryV',
  'batteryMv',
];

const LAT = ['lat', 'latitude', 'latitud', 'широта'];
const LON = ['lon', 'long', 'lng', 'longitude', 'longitud', 'долгота'];
const DATE = ['date', 'fecha', 'datum', 'дата'];
const TIME = ['time', 'hora', 'uhrzeit', 'время'];
const MOMENT = ['timestamp', 'datetime', 'at'];
/** With one of these beside it, a column speaks of a coordinate without being one. */
const NOT_COORDINATES = [
  'error',
  'err',
  'accuracy',
  'uncertainty',
  'sd',
  'std',
  'min',
  'max',
  'hemisphere',
  'ns',
  'ew',
];
const TAG = [
  'tag',
  'tag id',
  'tag local identifier',
  'collar',
  'collar id',
  'collar serial',
  'serial',
  'serial number',
];
const DEVICE = ['device', 'device id', 'device name', 'unit id', 'id collar', 'tag name'];
const ANIMAL = ['animal', 'animal id', 'animal name', 'individual', 'individual id', 'individual local identifier'];
const SUBJECT = ['subject', 'subject name', 'track id'];

/** What columns are looked for under, for messages. */
export const LOOKED_FOR: Readonly<Record<'at' | 'lat' | 'lon' | 'tag', string>> = {
  at: 'timestamp, datetime, or date and time',
  lat: 'latitude, lat, location-lat',
  lon: 'longitude, lon, lng, location-long',
  tag: 'tag, collar, serial, device, animal, individual',
};

/** What a column says it is. */
export type Saying = 'lat' | 'lon' | 'at' | 'date' | 'time' | 'tag' | 'animal' | Measurement;

/** What a column's name says, in the words of people; null: nothing that is known. */
export function sayingOf(given: string): Saying | null {
  const words = wordsOf(given);
  const has = (known: readonly string[]): boolean => words.some((word) => known.includes(word));
  if (!has(NOT_COORDINATES)) {
    if (has(LAT) || words.join('').endsWith('decimallatitude')) return 'lat';
    if (has(LON) || words.join('').endsWith('decimallongitude')) return 'lon';
  }
  if (has(MOMENT) || (has(DATE) && has(TIME))) return 'at';
  if (has(DATE)) return 'date';
  if (has(TIME)) return 'time';
  const phrase = words.join(' ');
  if (TAG.includes(phrase) || DEVICE.includes(phrase)) return 'tag';
  if (ANIMAL.includes(phrase) || SUBJECT.includes(phrase)) return 'animal';
  return OWN_PHRASES.get(phrase) ?? null;
}

/** Whether a column's name says that its times are UTC. */
export function saysUtc(given: string): boolean {
  return wordsOf(given).some((word) => word === 'utc' || word === 'gmt');
}

function wordsOf(given: string): string[] {
  return given
    .normalize('NFKC')
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}

const OWN_PHRASES = new Map(OWN_NAMES.map((name) => [wordsOf(name).join(' '), name]));
