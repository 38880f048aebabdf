import { readFileSync } from 'node:fs';
import path from 'node:path';
import { readAll } from '../../../test/support/import-files.ts';

const fixtures = path.resolve(import.meta.dirname, '../../../test/fixtures/imports');
const HEADER = 'timestamp,location-long,location-lat,tag-local-identifier,individual-local-identifier';
const ROW = '2014-02-11 21:35:42.000,131.487,43.1012,T1,Sofia';

/** A file with a column more than the least, and its rows. */
const withColumn = (column: string, ...values: string[]): string =>
  [`${HEADER},${column}`, ...values.map((value) => `${ROW},${value}`)].join('\n');

describe('Movebank CSV', () => {
  it.each([
    ['movebank-hyphens-cr.csv', 'hyphens', 'CR'],
    ['movebank-dots-crlf.csv', 'dots', 'CRLF'],
    ['movebank-underscores-lf.csv', 'underscores', 'LF'],
  ])('reads %s', async (file, dialect, lineEnds) => {
    const { items, recognised, error } = await readAll(readFileSync(path.join(fixtures, file)));
    expect(error).toBeUndefined();
    expect(recognised).toMatchObject({ format: 'movebank', dialect, lineEnds, encoding: 'utf-8', compression: null });
    const sofia = { tag: 'T1', animal: 'Sofia' };
    expect(items).toEqual([
      {
        kind: 'fix',
        line: 2,
        ...sofia,
        outlier: false,
        reading: {
          at: Date.parse('2014-02-11T21:35:42Z'),
          lon: 131.487,
          lat: 43.1012,
          temperatureC: 9,
          satellites: 6,
          hdop: 1.4,
          accuracyM: 12.5,
          batteryV: 3.6,
          extra: { fixType: 3 },
        },
      },
      {
        kind: 'attempt',
        line: 3,
        ...sofia,
        attempt: {
          at: Date.parse('2014-02-11T23:35:42Z'),
          extra: { temperatureC: 10, satellites: 0, batteryV: 3.59, fixType: 1 },
        },
      },
      {
        kind: 'fix',
        line: 4,
        ...sofia,
        outlier: true,
        reading: {
          at: Date.parse('2014-02-12T01:35:42.001Z'),
          lon: 131.5,
          lat: 43.2,
          temperatureC: -4.5,
          satellites: 7,
          hdop: 2.1,
          batteryV: 3.58,
          extra: { fixType: 3 },
        },
      },
      { kind: 'other', line: 5, what: 'acceleration' },
    ]);
  });

  it.each([
    ['visible', 'false', true],
    ['visible', 'TRUE', false],
    ['visible', '', false],
    ['manually-marked-outlier', 'true', true],
    ['manually.marked.outlier', 'NA', false],
    ['algorithm_marked_outlier', '1', true],
    ['import-marked-outlier', 'TRUE', true],
    ['import-marked-outlier,manually-marked-valid', 'true,true', false],
    ['visible,manually-marked-valid', 'false,true', true],
  ])('%s = %s: outlier %p', async (column, value, outlier) => {
    const { items } = await readAll(withColumn(column, value));
    expect(items).toEqual([expect.objectContaining({ kind: 'fix', outlier })]);
  });

  it('takes a flag that is neither true nor false for a bad row', async () => {
    const { items } = await readAll(withColumn('visible', 'maybe'));
    expect(items).toEqual([
      { kind: 'bad', line: 2, column: 'visible', expected: 'true or false', raw: `${ROW},maybe` },
    ]);
  });

  it.each([
    ['tag-voltage', '3615', { batteryV: 3.615 }],
    ['eobs:battery-voltage', '3642', { batteryV: 3.642 }],
    ['tag-voltage,eobs:battery-voltage', ',3642', { batteryV: 3.642 }],
    ['height-above-ellipsoid,height-above-msl', ',79.3', { altM: 79.3 }],
    ['height-above-ellipsoid,height-above-msl', '81,79.3', { altM: 81 }],
    ['gps.hdop', '1.4', { hdop: 1.4 }],
    ['gps_satellite_count', '7', { satellites: 7 }],
    ['location-error-numerical', '14.85', { accuracyM: 14.85 }],
    ['ground-speed,heading', '2.1,125.17', { speedMps: 2.1, headingDeg: 125.17 }],
    ['external-temperature', '-11', { temperatureC: -11 }],
    ['activity-count', '41', { activity: 41 }],
    ['gps:dop,comments', '3.1,resting', { extra: { dop: 3.1 } }],
  ])('reads %s = %s in our units', async (columns, values, reading) => {
    const { items } = await readAll(withColumn(columns, values));
    expect(items).toEqual([
      expect.objectContaining({
        reading: { at: Date.parse('2014-02-11T21:35:42Z'), lon: 131.487, lat: 43.1012, ...reading },
      }),
    ]);
  });

  it('keeps further columns when they are asked for, under their own names', async () => {
    const { items } = await readAll(withColumn('comments,behavioural_classification', '"at a ""kill""",2'), {
      keep: ['comments', 'behavioural classification'],
    });
    expect(items).toEqual([
      expect.objectContaining({
        reading: expect.objectContaining({ extra: { comments: 'at a "kill"', behavioural_classification: 2 } }),
      }),
    ]);
  });

  it('keeps texts that only look like numbers, and columns of any name', async () => {
    const columns = ['__proto__', 'constructor', 'ring', 'chip'];
    const { items, error } = await readAll(withColumn(columns.join(','), 'a,b,007,12345678901234567890'), {
      keep: columns,
    });
    expect(error).toBeUndefined();
    const [item] = items;
    if (item?.kind !== 'fix') throw new Error('expected a fix');
    expect(Object.entries(item.reading.extra ?? {})).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
      ['ring', '007'],
      ['chip', '12345678901234567890'],
    ]);
  });

  it('takes what is too long to keep, or to be a name, for a bad row', async () => {
    const kept = await readAll(withColumn('comments', 'x'.repeat(1_001)), { keep: ['comments'] });
    expect(kept.items[0]).toMatchObject({ kind: 'bad', column: 'comments' });
    const named = await readAll(`${HEADER}\n${ROW.replace('Sofia', 'x'.repeat(201))}`);
    expect(named.items[0]).toMatchObject({ kind: 'bad', column: 'individual-local-identifier' });
  });

  it('takes a sensor that is no number for a bad row: nothing of a row is dropped silently', async () => {
    const { items } = await readAll(withColumn('heading', 'north', 'NA', 'NaN', '-', ' 7 '));
    expect(items.map(({ kind }) => kind)).toEqual(['bad', 'fix', 'fix', 'fix', 'fix']);
    expect(items[0]).toMatchObject({ line: 2, column: 'heading', expected: 'a number' });
    expect(items[4]).toMatchObject({ reading: { headingDeg: 7 } });
  });

  it('reads study-local times only when they are asked for, with their zone', async () => {
    const file = withColumn('study-local-timestamp', '2014-02-12 07:35:42.000', '2014-02-12 08:35:42.000');
    const utc = await readAll(file);
    expect(utc.items[1]).toMatchObject({ reading: { at: Date.parse('2014-02-11T21:35:42Z') } });
    const columns = { at: 'study-local-timestamp' };
    const local = await readAll(file, { columns, zone: 'Asia/Vladivostok' });
    expect(local.items[1]).toMatchObject({ reading: { at: Date.parse('2014-02-11T21:35:42Z') } });
    expect((await readAll(file, { columns })).error?.message).toMatch(
      /^line 2, column study-local-timestamp: 2014-02-12 07:35:42.000 says no time zone: say zone=/,
    );
    expect((await readAll(file, { zone: 'Asia/Vladivostok' })).error?.message).toBe(
      'zone=Asia/Vladivostok was said, but column timestamp is UTC: say no zone, ' +
        'or read the local times: {"at":"study-local-timestamp"}',
    );
  });

  it('goes by the tag where no animal is named, and by the animal where no tag is', async () => {
    const [noAnimal, noTag, neither] = await Promise.all([
      readAll(`${HEADER}\n${ROW.replace('Sofia', '')}`),
      readAll(`${HEADER}\n${ROW.replace('T1', 'NA')}`),
      readAll(`${HEADER}\n${ROW.replace('T1,Sofia', ',')}`),
    ]);
    expect(noAnimal.items[0]).toMatchObject({ tag: 'T1', animal: null });
    expect(noTag.items[0]).toMatchObject({ tag: 'Sofia', animal: 'Sofia' });
    expect(neither.items[0]).toMatchObject({ kind: 'bad', column: 'tag-local-identifier' });
  });

  it.each([
    ['131.487,', 'location-lat', /^a latitude beside the longitude/],
    [',43.1', 'location-long', /^a longitude beside the latitude/],
    ['43.1,131.4', 'location-lat', /^a latitude from −90 to 90, not 131.4 \(are the columns swapped\?\)$/],
    [
      '191.4,43.1',
      'location-long',
      /^a longitude from −180 to 180, not 191.4 \(0 to 360 is not meant: subtract 360\)$/,
    ],
    ['512345,5623456', 'location-lat', /not 5623456 \(degrees WGS84 are expected; these look like metres: UTM\?\)$/],
    [
      `131°29.22'E,43°06.07'N`,
      'location-lat',
      /^a latitude in decimal degrees such as 43.1012, not 43°06.07'N \(degrees and minutes\?\)$/,
    ],
    ['131 29.22,43.1', 'location-long', /decimal degrees .* \(degrees and minutes\?\)$/],
  ])('%s is a bad row', async (position, column, expected) => {
    // A good row before it, so that the file is not refused as a whole.
    const { items } = await readAll(`${HEADER}\n${ROW}\n2014-02-11 21:35:42.000,${position},T1,Sofia`);
    expect(items[1]).toMatchObject({ kind: 'bad', line: 3, column, expected: expect.stringMatching(expected) });
  });

  it('reads the edges of the world', async () => {
    const { items } = await readAll(
      `${HEADER}\n${ROW.replace('131.487,43.1012', '-180,90')}\n${ROW.replace('131.487,43.1012', '0,0')}`,
    );
    expect(items.map(({ kind }) => kind)).toEqual(['fix', 'fix']);
  });
});
