import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { readAll } from '../../../test/support/import-files.ts';
import { UnreadableFile } from '../import-item.ts';
import type { ReadingOptions } from './options.ts';
import { ReadingOptions as schema } from './options.ts';
import { recognise } from './recognise.ts';

const fixtures = path.resolve(import.meta.dirname, '../../../test/fixtures/imports');
const ask = (text: string, options: ReadingOptions = {}): string[] =>
  recognise(Buffer.from(text), options).questions.map(({ option, message }) => `${option}: ${message}`);
const refusal = (file: string | Uint8Array, options: ReadingOptions = {}): string => {
  try {
    const { questions } = recognise(Buffer.from(file), options);
    return `not refused; asked ${JSON.stringify(questions)}`;
  } catch (error) {
    if (error instanceof UnreadableFile) return error.message;
    throw error;
  }
};

describe('recognise', () => {
  it('says what a file is, packed or not, from its beginning alone', () => {
    const file = readFileSync(path.join(fixtures, 'movebank-hyphens-cr.csv'));
    const long = Buffer.concat([file, ...Array.from({ length: 2_000 }, () => file.subarray(file.indexOf('\r') + 1))]);
    const [plain, packed] = [recognise(long.subarray(0, 65_536)), recognise(gzipSync(long).subarray(0, 65_536))];
    expect(plain).toMatchObject({
      format: 'movebank',
      dialect: 'hyphens',
      compression: null,
      delimiter: ',',
      lineEnds: 'CR',
      used: {
        at: 'timestamp',
        lat: 'location-lat',
        lon: 'location-long',
        batteryV: 'tag-voltage',
        fixType: 'gps:fix-type',
      },
      unused: ['event-id', 'individual-taxon-canonical-name', 'study-name'],
      questions: [],
    });
    expect(packed).toEqual({ ...plain, compression: 'gzip' });
  });

  it.each([
    ['Tag,Date_Time,Latitude,Longitude\nA,2021-04-03T00:00:00Z,1,2', ','],
    ['Tag;Date Time;Latitude;Longitude\nA;2021-04-03T00:00:00Z;1;2', ';'],
    ['Tag\tDateTime\tLatitude\tLongitude\nA\t2021-04-03T00:00:00Z\t1\t2', '\t'],
    ['"Tag, of the collar";Timestamp;Lat;"Lon, E"', ';'],
  ])('%j has the delimiter %j', (text, delimiter) => {
    expect(recognise(Buffer.from(text), { tag: 'A' }).delimiter).toBe(delimiter);
  });

  it('asks which of several columns is meant, naming both', () => {
    const header = Array.from({ length: 68 }, (_, i) => `extra ${i}`);
    header[9] = 'GPS Latitude';
    header[40] = 'Iridium Latitude';
    const text = [...header, 'Longitude', 'Timestamp UTC'].join(',');
    expect(ask(text, { tag: 'A' })).toEqual([
      'columns: line 1: GPS Latitude (column 10) and Iridium Latitude (column 41) may both be the latitude: ' +
        'say which, {"lat":"GPS Latitude"}',
    ]);
    expect(ask(text, { tag: 'A', columns: { lat: 'GPS Latitude' } })).toEqual([]);
  });

  it('asks by number where two columns have one name', () => {
    const text = 'tag,at,lat,lat,lon\nA,2021-04-03T00:00:00Z,1,1,2';
    expect(ask(text)).toEqual([expect.stringMatching(/lat \(column 3\) and lat \(column 4\).*\{"lat":"#3"\}$/)]);
    expect(ask(text, { columns: { lat: '#4' } })).toEqual([]);
    expect(refusal(text, { columns: { lat: 'lat' } })).toMatch(
      /columns 3 and 4 in line 1 are both named so: say #3 or #4$/,
    );
  });

  it('asks for what a header lacks, with what was looked for and what was found', () => {
    expect(ask('Collar;Zeit;x;y')).toEqual([
      expect.stringMatching(
        /^columns: line 1: no column is the time: looked for .*; found Collar, Zeit, x, y; say which it is, \{"at":"…"\}$/,
      ),
      expect.stringMatching(/^columns: line 1: no column is the latitude/),
      expect.stringMatching(/^columns: line 1: no column is the longitude/),
    ]);
    expect(ask('at,lat,lon')).toEqual([expect.stringMatching(/^tag: line 1: whose fixes are these\?/)]);
    expect(refusal('at,lat,lon', { columns: { lat: 'Breite' } })).toBe(
      'columns.lat=Breite: line 1 has no such column; it has at, lat, lon',
    );
    expect(refusal('at,lat,lon', { tag: 'A', keep: ['Höhe'] })).toMatch(/^keep=Höhe: line 1 has no such column/);
  });

  it('asks for the order of dates whenever it matters, whatever other rows prove', () => {
    const file = (...dates: string[]): string =>
      ['tag,at,lat,lon', ...dates.map((date) => `A,${date} 10:00Z,1,2`)].join('\n');
    expect(ask(file('03/04/2021'))).toEqual([
      'dateOrder: line 2, column at: 03/04/2021 may be read in several ways: say dateOrder=dmy, mdy or ymd',
    ]);
    expect(ask(file('03/04/2021', '25/04/2021'))).toEqual([
      expect.stringMatching(/; of the first rows all can only be dmy$/),
    ]);
    expect(ask(file('03/04/2021'), { dateOrder: 'mdy' })).toEqual([]);
    expect(ask(file('2021/04/03', '3-Apr-2021'))).toEqual([]);
  });

  it('asks for the zone of times that name none, unless their column says UTC', () => {
    const file = (column: string, time: string): string => `tag,${column},lat,lon\nA,${time},1,2`;
    expect(ask(file('at', '2021-04-03 10:00:00'))).toEqual([
      'zone: line 2, column at: 2021-04-03 10:00:00 says no time zone: say zone=Asia/Vladivostok, zone=+10:00 or zone=UTC',
    ]);
    for (const column of ['DateTime (UTC)', 'timestamp_utc', 'GMT Date Time']) {
      expect(ask(file(column, '2021-04-03 10:00:00'))).toEqual([]);
    }
    for (const time of ['2021-04-03T10:00:00Z', '2021-04-03 10:00:00 +10:00', '1617444000']) {
      expect(ask(file('at', time))).toEqual([]);
    }
    expect(ask('tag,date,time,lat,lon\nA,2021-04-03,10:00:00,1,2')).toEqual([
      expect.stringMatching(/^zone: line 2, column time: 10:00:00 says no time zone/),
    ]);
  });

  it('asks whether a comma is a decimal one', () => {
    const text = 'tag;at;lat;lon\nA;2021-04-03T10:00:00Z;43,1012;131,487';
    expect(ask(text)).toEqual([
      'decimal: line 2, column lat: 43,1012 has a comma: say decimal=, if it is a decimal one',
    ]);
    expect(ask(text, { decimal: ',' })).toEqual([]);
  });

  it('refuses metres: no option makes degrees of them', () => {
    const text = 'tag,at,lat,lon\nA,2021-04-03T10:00:00Z,,\nA,2021-04-03T12:00:00Z,5623456,512345';
    expect(refusal(text)).toBe(
      'line 3, column lat: 5623456 and 512345 look like metres (UTM?): expected latitude and longitude in ' +
        'decimal degrees WGS84; convert the file before importing it',
    );
  });

  it.each([
    ['', 'the file is empty: expected CSV or GPX'],
    ['\n\r\n', 'line 1: expected a header of CSV, but there is no line at all'],
    ['{"type":"FeatureCollection"}', 'the file is JSON: expected CSV or GPX'],
    ['<kml xmlns="http://www.opengis.net/kml/2.2">', /^the file is XML but no GPX/],
    [Buffer.from('PK\u0003\u0004…'), /^the file is a zip archive or a spreadsheet \(.xlsx\)/],
    [gzipSync(gzipSync('tag,at')), 'the file is packed with gzip twice: unpack it once'],
    ['a,b;c\n1', 'line 1: , or ; may stand between the columns: say which as delimiter'],
    [Array.from({ length: 1_001 }, (_, i) => `c${i}`).join(','), 'line 1: 1001 columns: expected at most 1000'],
    ['a\0b', /^line 1, column number 1: a NUL byte/],
    ['"a,b\n1,2', /^line 1, column number 1: a quoted field begins here and is never closed/],
  ])('refuses %.30j', (file, message) => expect(refusal(file)).toMatch(message));

  it('has a schema for what is said that refuses what it does not know', () => {
    expect(schema.safeParse({ columns: { at: 'Fecha', lat: 'Latitud' }, dateOrder: 'dmy' }).success).toBe(true);
    for (const wrong of [{ columns: { latitude: 'x' } }, { dateOrder: 'ydm' }, { decimal: ';' }, { zon: 'UTC' }]) {
      expect(schema.safeParse(wrong).success).toBe(false);
    }
  });

  it('takes little time for a header of a thousand columns', () => {
    const header = ['at', 'lat', 'lon', ...Array.from({ length: 997 }, (_, i) => `Some Sensor (${i}) [°C]`)].join(',');
    const began = performance.now();
    expect(recognise(Buffer.from(header), { tag: 'A' }).columns).toHaveLength(1_000);
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it('reads nothing of what it asks about', async () => {
    const { items, error } = await readAll('tag,at,lat,lon\nA,03/04/2021 10:00Z,1,2');
    expect(items).toEqual([]);
    expect(error?.place).toEqual({ line: 2, column: 'at' });
  });
});
