import { gpx as toGeoJson } from '@tmcw/togeojson';
import { DOMParser, type Element } from '@xmldom/xmldom';
import fc from 'fast-check';
import { aBlock, anAnswer, type Answer, NASTY_NAMES, rowsOf, written } from '../../../test/factories/track-parts.ts';
import { doubtNames } from '../../domain/quality/doubt.ts';
import { GPX } from './gpx.ts';
import { xmlRead } from '../../../test/support/xml-read.ts';

async function read(answer: Answer) {
  const text = (await written(GPX, answer)).toString();
  return new DOMParser({
    onError: (level, message) => {
      // Of a name that holds U+FFFD to begin with.
      if (level !== 'warning') throw new Error(`${level}: ${message}`);
    },
  }).parseFromString(text, 'application/xml');
}

const all = (node: { getElementsByTagName(name: string): Iterable<Element> }, name: string) => [
  ...node.getElementsByTagName(name),
];
const text = (node: Element, name: string) => all(node, name)[0]?.textContent ?? undefined;
const number = (node: Element, name: string) => Number(text(node, name) ?? 'NaN');

/** The order that the schema of GPX 1.1 prescribes. */
const ORDER = ['ele', 'time', 'cmt', 'sat', 'hdop', 'extensions'];
const DECIMAL = /^-?\d+(\.\d+)?$/;

describe('GPX', () => {
  it('is read back by another reader: times, places, sensors, names', async () => {
    await fc.assert(
      fc.asyncProperty(anAnswer(), async (answer) => {
        const document = await read(answer);
        const tracks = all(document, 'trk');
        expect(tracks.map((track) => [text(track, 'name'), text(track, 'cmt'), text(track, 'desc')])).toEqual(
          answer.about.animals.map(({ id, name, species }) => [xmlRead(name), id, species && xmlRead(species)]),
        );
        const found = tracks.flatMap((track, index) =>
          all(track, 'trkseg').flatMap((segment, number_) =>
            all(segment, 'trkpt').map((point) => ({
              animal: answer.about.animals[index]!.id,
              segment: number_,
              at: Date.parse(text(point, 'time')!),
              lon: Number(point.getAttribute('lon')),
              lat: Number(point.getAttribute('lat')),
              doubts: text(point, 'cmt')?.replace('doubts: ', '') ?? '',
              altM: number(point, 'ele'),
              satellites: number(point, 'sat'),
              hdop: number(point, 'hdop'),
              temperatureC: number(point, 'gpxtpx:atemp'),
              speedMps: number(point, 'gpxtpx:speed'),
            })),
          ),
        );
        const expected = rowsOf(answer).map((row) => ({
          animal: row.animal.id,
          segment: row.segment,
          at: row.at,
          lon: row.lon === 180 ? -180 : row.lon + 0,
          lat: row.lat + 0,
          doubts: doubtNames(row.doubts).join(' '),
          altM: row.sensor('altM'),
          satellites: row.sensor('satellites'),
          hdop: row.sensor('hdop'),
          temperatureC: row.sensor('temperatureC'),
          speedMps: row.sensor('speedMps'),
        }));
        expect(found).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });

  it('keeps the order of elements and the ranges of the schema', async () => {
    await fc.assert(
      fc.asyncProperty(anAnswer(), async (answer) => {
        for (const point of all(await read(answer), 'trkpt')) {
          const names = [...point.childNodes].map(({ nodeName }) => nodeName);
          expect(names).toEqual(ORDER.filter((name) => names.includes(name)));
          expect(point.getAttribute('lon')).toMatch(DECIMAL);
          expect(point.getAttribute('lat')).toMatch(DECIMAL);
          expect(Number(point.getAttribute('lon'))).toBeGreaterThanOrEqual(-180);
          expect(Number(point.getAttribute('lon'))).toBeLessThan(180);
          expect(text(point, 'time')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
          if (text(point, 'gpxtpx:course') !== undefined) expect(number(point, 'gpxtpx:course')).toBeLessThan(360);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('draws a line for each segment, none across a gap', async () => {
    const animal = { id: 'sofia', name: NASTY_NAMES[0]! };
    const row = (minute: number, lon: number) => ({ at: minute * 60_000, lon, lat: 43, doubts: 0, sensors: {} });
    const parts = [
      { animal, segment: 0, block: aBlock([row(0, 131), row(5, 131.1)]) },
      { animal, segment: 0, block: aBlock([row(10, 131.2)], 'another') },
      { animal, segment: 1, block: aBlock([row(500, 132), row(505, 132.1)]) },
    ];
    const { features } = toGeoJson(await read({ about: { animals: [animal], several: false }, parts }));
    expect(features).toHaveLength(1);
    expect(features[0]).toMatchObject({
      properties: {
        name: animal.name,
        coordinateProperties: {
          times: [
            ['1970-01-01T00:00:00.000Z', '1970-01-01T00:05:00.000Z', '1970-01-01T00:10:00.000Z'],
            ['1970-01-01T08:20:00.000Z', '1970-01-01T08:25:00.000Z'],
          ],
        },
      },
      geometry: {
        type: 'MultiLineString',
        coordinates: [
          [
            [131, 43],
            [131.1, 43],
            [131.2, 43],
          ],
          [
            [132, 43],
            [132.1, 43],
          ],
        ],
      },
    });
  });

  it('says its version and its creator', async () => {
    const { documentElement: root } = await read({ about: { animals: [], several: true }, parts: [] });
    expect(root!.namespaceURI).toBe('http://www.topografix.com/GPX/1/1');
    expect([root!.getAttribute('version'), root!.getAttribute('creator')]).toEqual(['1.1', 'Collarwatch']);
  });
});
