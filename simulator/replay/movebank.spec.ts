import { jest } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describeWithRealData } from '../../test/support/real-data.ts';
import { Census } from './census.ts';
import { columnName } from './movebank.ts';
import type { Row } from './movebank.ts';
import { readMovebank } from './read-csv.ts';
import { gatewayOf, reserveOf } from './registration.ts';

jest.setTimeout(60_000); // a busy machine is slow, not wrong

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'collarwatch-movebank-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

async function rowsOf(file: string): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const { row } of readMovebank(file)) rows.push(row);
  return rows;
}

async function rowsOfText(content: string | Buffer): Promise<Row[]> {
  const file = path.join(folder, 'study.csv');
  writeFileSync(file, content);
  return rowsOf(file);
}

const COLUMNS = [
  ...['event-id', 'visible', 'timestamp', 'location-long', 'location-lat', 'gps:hdop', 'gps:satellite-count'],
  ...['ground-speed', 'heading', 'height-above-ellipsoid', 'tag-voltage', 'external-temperature', 'sensor-type'],
  ...['individual-taxon-canonical-name', 'tag-local-identifier', 'individual-local-identifier', 'study-name'],
];
const CELLS = [
  [
    '1',
    'true',
    '2014-02-11 21:35:42.511',
    '-112.0255436',
    '38.2853475',
    '1.4',
    '6',
    '0.5',
    '12',
    '1800',
    '3615',
    '9.0',
  ],
  ['2', 'true', '2014-02-11 23:01:01', '', '', '', '', '', '', '', '3600', ''],
];
const TAIL = ['gps', 'Puma concolor', 'F 53/a', 'Ōkami, the 1st', '"Site fidelity, Utah"'];
const csv = (name: (column: string) => string, end: string, empty = '') =>
  [COLUMNS.map(name), ...CELLS.map((cells) => [...cells, ...TAIL.slice(0, 3), '"Ōkami, the 1st"', TAIL[4] ?? ''])]
    .map((cells) => cells.map((cell) => (cell === '' ? empty : cell)).join(','))
    .join(end) + end;

const EXPECTED = [
  {
    kind: 'report',
    wearer: { tag: 'F 53/a', individual: 'Ōkami, the 1st', taxon: 'Puma concolor' },
    report: {
      ...{ at: Date.UTC(2014, 1, 11, 21, 35, 42, 511), lat: 38.2853475, lon: -112.0255436, altM: 1800, hdop: 1.4 },
      ...{ satellites: 6, speedMps: 0.5, headingDeg: 12, temperatureC: 9, batteryV: 3.615 },
    },
  },
  {
    kind: 'report',
    wearer: { tag: 'F 53/a', individual: 'Ōkami, the 1st', taxon: 'Puma concolor' },
    report: { at: Date.UTC(2014, 1, 11, 23, 1, 1), extra: { batteryV: 3.6 } },
  },
];

describe('readMovebank', () => {
  it.each([
    ['hyphens, LF', (name: string) => name, '\n', ''],
    ['hyphens, CRLF', (name: string) => name, '\r\n', ''],
    ['hyphens, bare CR', (name: string) => name, '\r', ''],
    ['dots and NA, quoted', (name: string) => `"${name.replace(/[-:]/g, '.')}"`, '\n', 'NA'],
    ['underscores', (name: string) => name.replace(/[-:]/g, '_'), '\n', ''],
  ])('reads the dialect of %s, plain and compressed', async (_dialect, name, end, empty) => {
    const content = csv(name, end, empty);
    expect(await rowsOfText(content)).toEqual(EXPECTED);
    expect(await rowsOfText(`\uFEFF${content}`)).toEqual(EXPECTED);
    expect(await rowsOfText(gzipSync(content))).toEqual(EXPECTED);
  });

  it.each(['\n', '\r\n', '\r'])('reads more rows than one buffer holds, line end %j', async (end) => {
    const count = 5_000;
    const lines = ['timestamp,location-long,location-lat,tag-local-identifier'];
    for (let i = 0; i < count; i += 1) {
      lines.push(`${new Date(i * 60_000).toISOString().slice(0, 19).replace('T', ' ')},${i / 100},1.5,t`);
    }
    const rows = await rowsOfText(lines.join(end));
    expect(rows).toHaveLength(count);
    expect(rows.map((row) => (row.kind === 'report' && 'lon' in row.report ? row.report.lon : NaN))).toEqual(
      Array.from({ length: count }, (_, i) => i / 100),
    );
  });

  it('passes over other sensors, and says what it cannot read', async () => {
    const header = 'timestamp,location-long,location-lat,sensor-type,tag-local-identifier';
    const rows = await rowsOfText(
      [
        header,
        '2014-02-11 21:35:42,1,2,acceleration,t',
        '11.02.2014 21:35,1,2,gps,t',
        '2014-02-30 21:35:42,1,2,gps,t',
        '2014-02-11 21:35:42,1,,gps,t',
        '2014-02-11 21:35:42,east,2,gps,t',
        '2014-02-11 21:35:42,1,2,gps,',
        '2014-02-11 21:35:42.9999,1,2,gps,t',
      ].join('\n'),
    );
    expect(rows.map((row) => (row.kind === 'unreadable' ? row.reason : row.kind))).toEqual([
      'other-sensor',
      'timestamp: expected yyyy-MM-dd HH:mm:ss, UTC',
      'timestamp: expected yyyy-MM-dd HH:mm:ss, UTC',
      'location-long, location-lat: expected two numbers or none',
      'location-long, location-lat: expected two numbers or none',
      'neither tag nor individual is named',
      'report',
    ]);
    expect(rows[6]).toMatchObject({ report: { at: Date.UTC(2014, 1, 11, 21, 35, 42, 999) } });
  });

  it.each([
    ['', 'is empty'],
    ['a,b\n1,2\n', 'no column timestamp: is it a Movebank file?'],
    ['timestamp,location-long,location-lat\n', 'no column tag-local-identifier or individual-local-identifier'],
    ['timestamp,location-long,location-lat,tag-local-identifier\n"2014', 'Quote Not Closed'],
  ])('refuses %j', async (content, message) => {
    await expect(rowsOfText(content)).rejects.toThrow(message);
  });

  it('refuses a file that is not there, and one that is cut off', async () => {
    await expect(rowsOf(path.join(folder, 'nowhere.csv'))).rejects.toThrow('ENOENT');
    const whole = gzipSync(csv((name) => name, '\n').repeat(200));
    await expect(rowsOfText(whole.subarray(0, whole.length - 20))).rejects.toThrow('unexpected end of file');
  });

  it('brings every dialect of a column to one name', () => {
    expect(['location-long', 'location.long', 'location_long', 'Location Long '].map(columnName)).toEqual(
      Array<string>(4).fill('location-long'),
    );
    expect(columnName('eobs:horizontal-accuracy-estimate')).toBe('eobs-horizontal-accuracy-estimate');
  });
});

describeWithRealData('movebank-fisher', (place) => {
  it('reads leroy: 53.8 % of the attempts failed', async () => {
    const rows = await rowsOf(path.join(place, 'leroy.csv.gz'));
    const failed = rows.filter((row) => row.kind === 'report' && !('lat' in row.report)).length;
    expect(rows.every(({ kind }) => kind === 'report')).toBe(true);
    expect(Math.abs(failed / rows.length - 0.538)).toBeLessThan(0.0005);
  });

  it('reads the subset with dots in its header', async () => {
    const rows = await rowsOf(path.join(place, 'fishersSubset.csv.gz'));
    expect(rows.length).toBeGreaterThan(500);
    expect(rows.every((row) => row.kind === 'report' && 'lat' in row.report)).toBe(true);
    expect(rows[0]).toEqual({
      kind: 'report',
      wearer: { tag: '74', individual: 'Leroy', taxon: 'Martes pennanti' },
      report: {
        ...{ at: Date.UTC(2009, 1, 11, 12, 16, 45), lat: 42.7437001, lon: -73.8987953, altM: 79.3, accuracyM: 14.85 },
        ...{ speedMps: 2.1, headingDeg: 125.17, temperatureC: 20, batteryV: 3.615 },
      },
    });
  });
});

describeWithRealData('movebank-sample-cougar-coyote', (place) => {
  it('reads bare CR line ends: 30 positions of cougars and coyotes', async () => {
    const rows = await rowsOf(path.join(place, 'gps-data.csv'));
    expect(rows).toHaveLength(30);
    expect(rows.every((row) => row.kind === 'report' && 'lat' in row.report)).toBe(true);
  });

  it('takes none of the acceleration rows for an attempt', async () => {
    const rows = await rowsOf(path.join(place, 'acc-data.csv')).catch((error: Error) => error.message);
    expect(Array.isArray(rows) ? rows.map(({ kind }) => kind).filter((kind) => kind === 'report') : rows).toEqual(
      Array.isArray(rows) ? [] : 'no column location-long: is it a Movebank file?',
    );
  });
});

describeWithRealData('movebank-elephants-wall2014', (place) => {
  // A parser is slow within Jest: 6 s instead of 1.
  it('reads 23,494 fixes of two elephants', async () => {
    const census = new Census();
    let count = 0;
    for await (const { row } of readMovebank(path.join(place, 'elephants.csv.gz'))) {
      if (row.kind !== 'report') throw new Error(row.kind);
      census.add(row.wearer, row.report.at);
      count += 1;
    }
    expect(count).toBe(23_494);
    expect(census.all().map(({ animal, serial }) => `${animal} ${serial}`)).toHaveLength(2);
    expect(() => reserveOf(census.all(), gatewayOf('elephants.csv.gz'))).not.toThrow();
  });
});
