import { createReadStream } from 'node:fs';
import path from 'node:path';
import type { ImportItem } from '../../../src/imports/import-item.ts';
import { readReference } from '../../../src/imports/reading/reference.ts';
import { describeWithRealData } from '../../support/real-data.ts';
import { readAll } from '../../support/import-files.ts';

/** How many of each kind, and from when to when the fixes are. */
function census(items: readonly ImportItem[]): Record<string, unknown> {
  const counts: Record<string, number> = {};
  let [first, last] = [Infinity, -Infinity];
  for (const item of items) {
    counts[item.kind] = (counts[item.kind] ?? 0) + 1;
    if (item.kind !== 'fix') continue;
    first = Math.min(first, item.reading.at);
    last = Math.max(last, item.reading.at);
  }
  return { ...counts, first: new Date(first).toISOString(), last: new Date(last).toISOString() };
}

const of = (folder: string, file: string) => createReadStream(path.join(folder, file));

describeWithRealData('movebank-fisher', (folder) => {
  it('reads leroy: 53.8 % of his attempts got no position', async () => {
    const { items, recognised } = await readAll(of(folder, 'leroy.csv.gz'));
    expect(recognised).toMatchObject({ dialect: 'hyphens', lineEnds: 'CRLF', compression: 'gzip' });
    expect(census(items)).toEqual({
      attempt: 1_071,
      fix: 919,
      first: '2009-02-11T12:16:45.000Z',
      last: expect.stringMatching(/^2009-03-/),
    });
    expect(1_071 / items.length).toBeCloseTo(0.538, 3);
  });

  it('reads his local times as the same moments', async () => {
    const options = { columns: { at: 'study-local-timestamp' }, zone: 'America/New_York' };
    const [local, utc] = await Promise.all([
      readAll(of(folder, 'leroy.csv.gz'), options),
      readAll(of(folder, 'leroy.csv.gz')),
    ]);
    const moments = (items: readonly ImportItem[]): unknown[] =>
      items.map((item) => (item.kind === 'fix' ? item.reading.at : item.kind === 'attempt' ? item.attempt.at : item));
    expect(moments(local.items)).toEqual(moments(utc.items));
  });

  it('reads the subset, as R writes it', async () => {
    const { items, recognised } = await readAll(of(folder, 'fishersSubset.csv.gz'));
    expect(recognised).toMatchObject({ dialect: 'dots', lineEnds: 'LF' });
    expect(census(items)).toMatchObject({ fix: 1_200, last: '2010-02-16T04:28:08.000Z' });
    expect(new Set(items.map((item) => ('tag' in item ? item.tag : '')))).toEqual(new Set(['74', '1016']));
  });
});

describeWithRealData('movebank-elephants-wall2014', (folder) => {
  it('reads 23,494 fixes of two elephants', async () => {
    const { items } = await readAll(of(folder, 'elephants.csv.gz'));
    expect(census(items)).toMatchObject({
      fix: 23_494,
      first: expect.stringMatching(/^2008-/),
      last: expect.stringMatching(/^2014-/),
    });
    expect(items.filter((item) => 'animal' in item && item.animal === 'Habiba')).toHaveLength(1_522);
  });
});

describeWithRealData('movebank-sample-cougar-coyote', (folder) => {
  it('reads 30 rows with bare carriage returns', async () => {
    const { items, recognised } = await readAll(of(folder, 'gps-data.csv'));
    expect(recognised).toMatchObject({ lineEnds: 'CR', used: { satellites: 'gps:satellite-count' } });
    expect(census(items)).toEqual({ fix: 30, first: '2004-12-27T12:01:00.000Z', last: '2014-02-13T11:01:12.000Z' });
  });

  it('says that acceleration is no positions', async () => {
    const { error } = await readAll(of(folder, 'acc-data.csv'));
    expect(error?.message).toMatch(/^line 1: no column is the latitude: .*acceleration-x/);
  });

  it('reads who wore what', async () => {
    const { animals, collars, deployments, bad } = await readReference(of(folder, 'reference-data.csv'));
    expect(bad).toEqual([]);
    expect(animals).toEqual([
      { name: 'F53', taxon: 'Puma concolor', sex: 'female', line: 2 },
      { name: 'IdCoy_P3_1', taxon: 'Canis latrans', sex: null, line: 3 },
    ]);
    expect(collars.map(({ tag, maker }) => [tag, maker])).toEqual([
      ['F53', 'Lotek'],
      ['166760', 'Lotek'],
      ['166560', 'Lotek'],
    ]);
    expect(deployments.map(({ tag, animal }) => [tag, animal])).toEqual([
      ['F53', 'F53'],
      ['166760', 'IdCoy_P3_1'],
      ['166560', 'IdCoy_P3_1'],
    ]);
  });
});

describeWithRealData('raccoon-sftrack', (folder) => {
  it('reads 445 rows without being told a column, 168 of them missed', async () => {
    const { items, recognised } = await readAll(of(folder, 'raccoon.csv'));
    expect(recognised).toMatchObject({
      format: 'csv',
      used: { animal: 'animal_id' },
      unused: ['height', 'vdop', 'fix'],
    });
    expect(census(items)).toMatchObject({ fix: 277, attempt: 168, first: '2019-01-19T01:02:30.000Z' });
  });
});

describeWithRealData('gpx-kml', (folder) => {
  it('reads a track of a GPS receiver, and counts its waypoints', async () => {
    const { items } = await readAll(of(folder, 'gpsmap_data.gpx'));
    expect(census(items)).toMatchObject({ fix: 642, other: 14 });
  });
});
