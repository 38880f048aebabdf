import { kml as toGeoJson } from '@tmcw/togeojson';
import { DOMParser, type Element } from '@xmldom/xmldom';
import fc from 'fast-check';
import type { Geometry, LineString } from 'geojson';
import { aBlock, anAnswer, type Answer, rowsOf, written } from '../../../test/factories/track-parts.ts';
import { xmlRead } from '../../../test/support/xml-read.ts';
import { doubtNames } from '../../domain/quality/doubt.ts';
import type { ColumnName } from '../fix-block.ts';
import { KML } from './kml.ts';

async function read(answer: Answer) {
  const text = (await written(KML, answer)).toString();
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
const childText = (node: Element, name: string) =>
  [...node.childNodes].find(({ nodeName }) => nodeName === name)?.textContent ?? undefined;

/** Values of a sensor in a gx:Track; NaN: not reported. */
function sensor(track: Element, name: string, length: number): number[] {
  const array = all(track, 'gx:SimpleArrayData').find((data) => data.getAttribute('name') === name);
  if (array === undefined) return Array.from({ length }, () => NaN);
  return all(array, 'gx:value').map(({ textContent }) => (textContent === '' ? NaN : Number(textContent)));
}

const SENSORS: readonly ColumnName[] = ['accuracyM', 'hdop', 'satellites', 'temperatureC', 'batteryV', 'seq'];

describe('KML', () => {
  it('is read back by another reader: times and places, a placemark for each segment', async () => {
    await fc.assert(
      fc.asyncProperty(anAnswer(), async (answer) => {
        const { features } = toGeoJson(await read(answer));
        const found = features.flatMap(({ geometry, properties }) => {
          const times = (properties!['coordinateProperties'] as { times: string[] | string[][] }).times.flat();
          return positionsOf(geometry!).map((position, i) => [Date.parse(times[i]!), ...position]);
        });
        expect(found).toEqual(
          rowsOf(answer).map((row) => {
            const alt = row.sensor('altM');
            return [row.at, row.lon + 0, row.lat + 0, ...(Number.isNaN(alt) ? [] : [alt + 0])];
          }),
        );
        const segments = new Set(rowsOf(answer).map(({ animal, segment }) => `${animal.id} ${segment}`));
        expect(features).toHaveLength(segments.size);
      }),
      { numRuns: 50 },
    );
  });

  it('tells sensors, doubts and names, times before places in each track', async () => {
    await fc.assert(
      fc.asyncProperty(anAnswer(), async (answer) => {
        const document = await read(answer);
        const { animals } = answer.about;
        const folders = all(document, 'Folder');
        expect(folders.map((folder) => [childText(folder, 'name'), childText(folder, 'description')])).toEqual(
          animals.map(({ name, species }) => [xmlRead(name), species && xmlRead(species)]),
        );
        expect(folders.map((folder) => all(folder, 'value')[0]?.textContent)).toEqual(animals.map(({ id }) => id));
        const tracks = all(document, 'gx:Track');
        expect(tracks).toHaveLength(answer.parts.length);
        for (const [index, track] of tracks.entries()) {
          const { block } = answer.parts[index]!;
          const names = [...track.childNodes].map(({ nodeName }) => nodeName).filter((name) => name !== '#text');
          const whens = Array.from(block.at, () => 'when');
          const coords = Array.from(block.at, () => 'gx:coord');
          expect(names.filter((name) => name !== 'ExtendedData')).toEqual([...whens, ...coords]);
          for (const name of SENSORS) expect(sensor(track, name, block.length)).toEqual([...block.columns[name]!]);
          const doubts = all(track, 'gx:SimpleArrayData').find((data) => data.getAttribute('name') === 'doubts');
          expect(doubts === undefined ? [] : all(doubts, 'gx:value').map(({ textContent }) => textContent)).toEqual(
            block.doubts.some((bits) => bits !== 0)
              ? Array.from(block.doubts, (bits) => doubtNames(bits).join(' '))
              : [],
          );
        }
      }),
      { numRuns: 50 },
    );
  });

  it('joins the tracks of a long segment and nothing else', async () => {
    const animal = { id: 'sofia', name: 'Sofia' };
    const rows = Array.from({ length: 4_500 }, (_, i) => ({ at: i, lon: i / 100, lat: 43, doubts: 0, sensors: {} }));
    const parts = [
      { animal, segment: 0, block: aBlock(rows) },
      { animal, segment: 1, block: aBlock(rows.slice(0, 2)) },
    ];
    const document = await read({ about: { animals: [animal], several: false }, parts });
    const multi = all(document, 'gx:MultiTrack');
    expect(multi.map((track) => all(track, 'gx:Track').length)).toEqual([3, 1]);
    expect(multi.map((track) => childText(track, 'gx:interpolate'))).toEqual(['1', '1']);
  });
});

function positionsOf(geometry: Geometry): number[][] {
  const simple = geometry.type === 'GeometryCollection' ? geometry.geometries : [geometry];
  return simple.flatMap((part) => (part.type === 'Point' ? [part.coordinates] : (part as LineString).coordinates));
}
