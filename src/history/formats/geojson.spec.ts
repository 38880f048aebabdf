import fc from 'fast-check';
import { aBlock, anAnswer, type Answer, rowsOf, written } from '../../../test/factories/track-parts.ts';
import { doubtBit, doubtNames } from '../../domain/quality/doubt.ts';
import { GEOJSON } from './geojson.ts';
import type { TrackAbout } from './track-format.ts';

type Nested = readonly (number | Nested)[];
interface Feature {
  readonly type: string;
  readonly id: string;
  readonly geometry: null | { readonly type: string; readonly coordinates: Nested };
  readonly properties: { readonly name: string; readonly times: Nested; readonly doubts?: Nested };
}

const read = async (answer: Answer): Promise<{ type: string; features: Feature[] } & Feature> =>
  JSON.parse((await written(GEOJSON, answer)).toString()) as never;

const isPosition = (value: unknown): boolean =>
  Array.isArray(value) && value.length === 2 && value.every((one) => Number.isFinite(one));

/** Whether a geometry is as RFC 7946, 3.1 has it. */
function isValid(geometry: Feature['geometry']): boolean {
  if (geometry === null) return true;
  const { type, coordinates } = geometry;
  const isLine = (line: unknown) => Array.isArray(line) && line.length >= 2 && line.every(isPosition);
  if (type === 'Point') return isPosition(coordinates);
  if (type === 'LineString') return isLine(coordinates);
  return type === 'MultiLineString' && coordinates.every(isLine);
}

/** Lines of a geometry or of what is nested alike, lone fixes told once. */
function lines<Item>(nested: unknown, type: string | undefined): Item[][] {
  if (type === undefined) return [];
  if (type === 'Point') return [[nested as Item]];
  if (type === 'LineString') return [nested as Item[]];
  return (nested as Item[][]).map((line) =>
    line.length === 2 && JSON.stringify(line[0]) === JSON.stringify(line[1]) ? line.slice(0, 1) : line,
  );
}

const about = (over: Partial<TrackAbout> = {}): TrackAbout => ({
  animals: [{ id: 'sofia', name: 'Sofia' }],
  several: false,
  ...over,
});

describe('GEOJSON', () => {
  it('tells every fix of every animal, in valid geometries, with its time beside it', async () => {
    await fc.assert(
      fc.asyncProperty(anAnswer(), fc.boolean(), async (drawn, doubted) => {
        const answer = { ...drawn, about: { ...drawn.about, doubted } };
        const { type, features } = await read(answer);
        expect(type).toBe('FeatureCollection');
        expect(features.map(({ id }) => id)).toEqual(answer.about.animals.map(({ id }) => id));
        for (const { id, geometry, properties } of features) {
          expect(isValid(geometry)).toBe(true);
          const rows = rowsOf(answer).filter(({ animal }) => animal.id === id);
          const segments = [...new Set(rows.map(({ segment }) => segment))].map((number) =>
            rows.filter(({ segment }) => segment === number),
          );
          const shape = geometry?.type;
          expect(lines(geometry?.coordinates, shape)).toEqual(
            segments.map((segment) => segment.map(({ lon, lat }) => [lon + 0, lat + 0])),
          );
          const times = shape === 'Point' ? properties.times[0] : properties.times;
          expect(lines(times, shape)).toEqual(
            segments.map((segment) => segment.map(({ at }) => new Date(at).toISOString())),
          );
          if (!doubted) expect(properties.doubts).toBeUndefined();
          else if (shape === 'LineString')
            expect(properties.doubts).toEqual(rows.map(({ doubts }) => doubtNames(doubts)));
        }
      }),
      { numRuns: 50 },
    );
  });

  const fix = (at: number, lon: number, doubts = 0) => ({ at, lon, lat: 43, doubts, sensors: {} });
  const part = (segment: number, rows: ReturnType<typeof fix>[]) => ({
    animal: { id: 'sofia', name: 'Sofia' },
    segment,
    block: aBlock(rows),
  });

  it('is a line where no data is missing, lines where some is, with times nested alike', async () => {
    const parts = [part(0, [fix(0, 1), fix(1_000, 2)]), part(0, [fix(2_000, 3)])];
    const one = await read({ parts, about: about() });
    expect(one.geometry).toEqual({
      type: 'LineString',
      coordinates: [
        [1, 43],
        [2, 43],
        [3, 43],
      ],
    });
    expect(one.properties.times).toEqual([
      '1970-01-01T00:00:00.000Z',
      '1970-01-01T00:00:01.000Z',
      '1970-01-01T00:00:02.000Z',
    ]);
    const bits = doubtBit('poor-accuracy');
    const more = [...parts, part(1, [fix(9_000, 4, bits)]), part(2, [fix(20_000, 5), fix(21_000, 6)])];
    const several = await read({ parts: more, about: about({ doubted: true }) });
    expect(several.geometry).toEqual({
      type: 'MultiLineString',
      coordinates: [
        [
          [1, 43],
          [2, 43],
          [3, 43],
        ],
        [
          [4, 43],
          [4, 43],
        ],
        [
          [5, 43],
          [6, 43],
        ],
      ],
    });
    expect(several.properties.times).toHaveLength(3);
    expect(several.properties.times[1]).toEqual(['1970-01-01T00:00:09.000Z', '1970-01-01T00:00:09.000Z']);
    expect(several.properties.doubts).toEqual([
      [[], [], []],
      [['poor-accuracy'], ['poor-accuracy']],
      [[], []],
    ]);
  });

  it('is a point of one fix, and nothing of none', async () => {
    const one = await read({ parts: [part(0, [fix(0, 1)])], about: about() });
    expect(one.geometry).toEqual({ type: 'Point', coordinates: [1, 43] });
    expect(one.properties.times).toEqual(['1970-01-01T00:00:00.000Z']);
    const none = await read({ parts: [], about: about({ doubted: true }) });
    expect(none.geometry).toBeNull();
    expect(none.properties.times).toEqual([]);
    expect(none.properties.doubts).toEqual([]);
  });

  it('says what there is to say when the track has been written', async () => {
    let told = 0;
    const said = () => ({ thinning: { kept: ++told }, nothing: undefined });
    const answer = await read({ parts: [part(0, [fix(0, 1), fix(1, 2)])], about: about({ said }) });
    expect(answer.properties).toMatchObject({ animal: 'sofia', name: 'Sofia', thinning: { kept: 1 } });
  });
});
