import { readFileSync } from 'node:fs';
import path from 'node:path';
import { inChunks, readAll } from '../../../test/support/import-files.ts';

const fixtures = path.resolve(import.meta.dirname, '../../../test/fixtures/imports');
const file = (name: string): Buffer => readFileSync(path.join(fixtures, name));
const point = '<trkpt lat="43.1" lon="131.4"><time>2021-04-03T04:05:00Z</time></trkpt>\n';
const gpx = (inner: string): string =>
  `<?xml version="1.0"?>\n<gpx version="1.1"><trk><name>A</name><trkseg>\n${inner}</trkseg></trk></gpx>`;

describe('GPX', () => {
  it('reads tracks, and nothing of extensions', async () => {
    const { items, recognised, error } = await readAll(file('tracks.gpx'));
    expect(error).toBeUndefined();
    expect(recognised).toMatchObject({ format: 'gpx', columns: [], questions: [] });
    const sofia = { tag: 'Sofia & kits', animal: 'Sofia & kits' };
    expect(items).toEqual([
      { kind: 'other', line: 3, what: 'waypoint' },
      { kind: 'other', line: 4, what: 'route point' },
      {
        kind: 'fix',
        line: 8,
        ...sofia,
        outlier: false,
        reading: {
          at: Date.parse('2021-04-03T04:05:00Z'),
          lat: 43.1012,
          lon: 131.487,
          altM: 212.5,
          hdop: 1.4,
          satellites: 7,
          extra: { fixType: '3d' },
        },
      },
      {
        kind: 'bad',
        line: 11,
        column: 'time',
        expected: 'a time of the point',
        raw: expect.stringContaining('43.1013'),
      },
      {
        kind: 'fix',
        line: 11,
        ...sofia,
        outlier: false,
        reading: { at: Date.parse('2021-04-02T20:05:00.250Z'), lat: 43.1014, lon: 131.489 },
      },
      {
        kind: 'bad',
        line: 12,
        column: 'lat',
        expected: 'a latitude from −90 to 90, not 131.4 (are the columns swapped?)',
        raw: expect.any(String),
      },
    ]);
  });

  it('reads the same wherever the bytes are cut', async () => {
    const bytes = file('tracks.gpx');
    const whole = await readAll(bytes);
    for (const pieceBytes of [1, 2, 7, 64]) {
      const cut = await readAll(inChunks(bytes, [1, 100]), {}, { pieceBytes });
      expect(cut.items).toEqual(whole.items);
    }
  });

  it('reads GPX 1.0 with its course and speed, and attempts that got no position', async () => {
    const { items } = await readAll(file('tracks-1-0.gpx'), { tag: '30211', animal: 'Sofia' });
    expect(items).toEqual([
      expect.objectContaining({
        tag: '30211',
        animal: 'Sofia',
        reading: expect.objectContaining({ headingDeg: 213, speedMps: 0.4 }),
      }),
      expect.objectContaining({ kind: 'attempt', attempt: { at: Date.parse('2005-04-03T06:05:00Z'), extra: {} } }),
    ]);
  });

  it('asks whose a track without a name is', async () => {
    const { error } = await readAll(file('tracks-1-0.gpx'));
    expect(error?.message).toBe('line 3: a track without a name: say tag=… for the collar whose fixes these are');
    const later = await readAll(gpx(point).replace('</gpx>', `<trk>${'<trkseg>'}${point}</trkseg></trk></gpx>`));
    expect(later.items.map(({ kind }) => kind)).toEqual(['fix', 'bad']);
    expect(later.items[1]).toMatchObject({ column: 'name' });
  });

  it('reads waypoints when they are said to be fixes', async () => {
    const { items } = await readAll(file('tracks.gpx'), { waypoints: true, tag: 'A' });
    expect(items[0]).toMatchObject({ kind: 'fix', tag: 'A', reading: { lat: 43, lon: 131 } });
    expect((await readAll(file('tracks.gpx'), { waypoints: true })).error?.message).toMatch(
      /^waypoints are nobody’s: say tag=/,
    );
  });

  it('reads the encoding that is declared', async () => {
    const text = gpx(point).replace('"1.0"?>', '"1.0" encoding="windows-1251"?>').replace('>A<', '>Ж<');
    const bytes = Buffer.from(text);
    const at = bytes.indexOf('Ж');
    const { items } = await readAll(Buffer.concat([bytes.subarray(0, at), Buffer.of(0xc6), bytes.subarray(at + 2)]));
    expect(items[0]).toMatchObject({ tag: 'Ж' });
  });

  it('takes no other element for a point', async () => {
    const { items } = await readAll(gpx(`<constructor/><toString lat="1" lon="1"/>${point}`));
    expect(items.map(({ kind }) => kind)).toEqual(['fix']);
  });

  it.each([
    ['a bad time', point.replace('2021-04-03T', '2021-04-31T'), 'time', /a day that there is/],
    ['no latitude', '<trkpt lon="1"><time>2021-04-03T04:05:00Z</time></trkpt>', 'lat', /decimal degrees/],
    ['a height in words', point.replace('<time>', '<ele>high</ele><time>'), 'ele', /^a number$/],
  ])('takes %s for a bad row', async (_, inner, column, expected) => {
    const { items } = await readAll(gpx(inner + point));
    expect(items[0]).toMatchObject({ kind: 'bad', line: 3, column, expected: expect.stringMatching(expected) });
    expect(items[1]).toMatchObject({ kind: 'fix' });
  });

  it('gives what came before the file is cut off or no XML, and says where', async () => {
    const whole = gpx(point.repeat(3_000));
    const cut = await readAll(whole.slice(0, -40));
    expect(cut.items).toHaveLength(2_999);
    expect(cut.error?.message).toMatch(/^line 3002, character \d+: the file is cut off here: /);
    const crossed = await readAll(gpx(`${point.repeat(2_500)}<trkpt lat="1"></ele>${point}`));
    expect(crossed.items.filter(({ kind }) => kind === 'fix')).toHaveLength(2_500);
    expect(crossed.error?.message).toMatch(/^line 2503, character \d+: .*\(expected GPX, well-formed XML\)$/);
  });

  it('is not made to hold everything', async () => {
    const endless = await readAll(gpx(`<trkpt lat="1" lon="1"><name>${'x'.repeat(3_000_000)}</name></trkpt>`));
    expect(endless.error?.message).toMatch(/no tag within 1048576 characters/);
    const deep = await readAll(gpx('<a>'.repeat(100)));
    expect(deep.error?.message).toMatch(/more than 64 elements within each other/);
    const entities = await readAll(`<?xml version="1.0"?><!DOCTYPE gpx [<!ENTITY a "aaaa">]>${gpx('&a;').slice(21)}`);
    expect(entities.error?.message).toMatch(/undefined entity/);
  });
});
