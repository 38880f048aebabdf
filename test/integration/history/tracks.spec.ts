import { TRACK_FORMATS } from '../../../src/history/formats/index.ts';
import { doubtBit } from '../../../src/domain/quality/doubt.ts';
import { startRestApp, type RestApp } from '../../support/rest-app.ts';

const at = (text: string): string => `2026-${text}Z`;

/** A track as GeoJSON, as far as a test looks into it. */
interface Track {
  readonly id: string;
  readonly geometry: { readonly type: string; readonly coordinates: readonly unknown[] } | null;
  readonly properties: {
    readonly times: readonly (readonly string[])[];
    readonly doubts?: unknown;
    readonly asOf?: string;
    readonly thinning: { readonly kept: number; readonly deviationM: number; readonly method: string };
  };
}

let rest: RestApp;
let ranger: string;

beforeAll(async () => {
  rest = await startRestApp();
  ranger = await rest.tokenFor('ranger');
  await put({
    animals: [
      { id: 'sofia', name: 'Sofia "the first"', species: 'Panthera pardus orientalis' },
      { id: 'leo', name: 'Leo' },
      { id: 'unseen', name: 'Unseen' },
    ],
    collars: [{ serial: 'one', fixIntervalS: 3_600 }, { serial: 'two', fixIntervalS: 7_200 }, { serial: 'three' }],
    deployments: [
      { animal: 'sofia', collar: 'one', from: at('01-01T00:00:00'), to: at('01-03T00:00:00') },
      { animal: 'sofia', collar: 'two', from: at('01-03T00:00:00') },
      { animal: 'leo', collar: 'three', from: at('01-01T00:00:00') },
    ],
  });
  // One gap within the first collar; between the collars the longer interval counts, and 5 hours are no gap.
  await store('one', at('01-02T10:00:00'), 131.1, 43.1);
  await store('one', at('01-02T11:00:00'), 131.2, 43.1);
  await store('one', at('01-02T12:00:00'), 131.3, 44, 'impossible-speed');
  await store('one', at('01-02T14:00:00'), 131.3, 43.2);
  await store('one', at('01-02T17:00:00.001'), 131.4, 43.3);
  await store('one', at('01-02T20:00:00'), 131.5, 43.1);
  await store('two', at('01-03T01:00:00'), 131.6, 43.2);
  await store('three', at('01-05T00:00:00'), 132, 44);
});
afterAll(() => rest.close());

async function put(reserve: object): Promise<void> {
  expect((await rest.ask('PUT', '/api/v1/reserve', { body: reserve })).status).toBe(200);
}

async function store(
  collar: string,
  time: string,
  lon: number,
  lat: number,
  doubt?: 'impossible-speed',
  received = time,
) {
  await rest.test.database.ensureMonths([Date.parse(time)]);
  await rest.test.database.client.$executeRaw`
    INSERT INTO fix (at, received_at, lon, lat, collar_id, doubts, late)
    SELECT ${time}::timestamptz, ${received}::timestamptz, ${lon}, ${lat}, id, ${doubt ? doubtBit(doubt) : 0}, false
    FROM collar WHERE serial = ${collar}`;
}

const ask = (path: string, headers: Record<string, string> = {}) =>
  rest.ask('GET', `/api/v1${path}`, { token: ranger, headers });
const track = async (query = '') => (await ask(`/animals/sofia/track${query}`)).json as Track;
const idsOf = (json: unknown) => (json as { features: Track[] }).features.map(({ id }) => id);

describe('the track of an animal', () => {
  it('is drawn where data is, over collars, without doubted fixes; gaps are told', async () => {
    const answer = await ask('/animals/sofia/track');
    expect(answer.headers).toMatchObject({
      'content-type': 'application/geo+json; charset=utf-8',
      'content-disposition': 'inline; filename="sofia.geojson"',
      'cache-control': 'private, no-cache',
      vary: 'accept, authorization, cookie',
    });
    expect(answer.json).toEqual({
      type: 'Feature',
      id: 'sofia',
      geometry: {
        type: 'MultiLineString',
        coordinates: [
          [
            [131.1, 43.1],
            [131.2, 43.1],
            [131.3, 43.2],
          ],
          [
            [131.4, 43.3],
            [131.5, 43.1],
            [131.6, 43.2],
          ],
        ],
      },
      properties: {
        animal: 'sofia',
        name: 'Sofia "the first"',
        times: [
          ['2026-01-02T10:00:00.000Z', '2026-01-02T11:00:00.000Z', '2026-01-02T14:00:00.000Z'],
          ['2026-01-02T17:00:00.001Z', '2026-01-02T20:00:00.000Z', '2026-01-03T01:00:00.000Z'],
        ],
        thinning: { method: 'none', fixes: 6, kept: 6 },
        gaps: [{ from: '2026-01-02T14:00:00.000Z', to: '2026-01-02T17:00:00.001Z', s: 10_800.001 }],
        gapFactor: 3,
        intervals: [
          { collar: 'one', s: 3_600, of: 'collar' },
          { collar: 'two', s: 7_200, of: 'collar' },
        ],
      },
    });
  });

  it('has gaps as the caller sees them', async () => {
    const four = await track('?gapFactor=4');
    expect(four.geometry?.type).toBe('LineString');
    expect(four.properties.times).toHaveLength(6);
    expect((await track('?gapFactor=1')).properties.times.map(({ length }) => length)).toEqual([2, 2, 2, 2, 2]);
    const none = await track('?gapFactor=none&from=2026-01-02T13:00:00Z');
    expect(none.geometry?.coordinates).toHaveLength(4);
    expect(none.properties).toMatchObject({ gaps: [], gapFactor: null });
  });

  it('shows doubted fixes to whoever asks for them', async () => {
    const { geometry, properties } = await track('?doubts=with&to=2026-01-02T15:00:00Z');
    expect(geometry?.coordinates).toEqual([
      [131.1, 43.1],
      [131.2, 43.1],
      [131.3, 44],
      [131.3, 43.2],
    ]);
    expect(properties.doubts).toEqual([[], [], ['impossible-speed'], []]);
  });

  it('is a point of one fix and nothing of none', async () => {
    expect((await track('?from=2026-01-02T20:00:00Z&to=2026-01-02T20:00:00.001Z')).geometry).toEqual({
      type: 'Point',
      coordinates: [131.5, 43.1],
    });
    expect((await track('?from=2027-01-01T00:00:00Z')).geometry).toBeNull();
    expect((await ask('/animals/unseen/track')).json).toMatchObject({ geometry: null, properties: { times: [] } });
  });

  it('is thinned, never across a gap', async () => {
    const six = await track('?maxPoints=6');
    expect(six).toEqual(await track());
    const four = await track('?maxPoints=4');
    expect(four.geometry?.coordinates).toEqual([
      [
        [131.1, 43.1],
        [131.3, 43.2],
      ],
      [
        [131.4, 43.3],
        [131.6, 43.2],
      ],
    ]);
    expect(four.properties.thinning).toMatchObject({ method: 'douglas-peucker', fixes: 6, kept: 4, maxPoints: 4 });
    expect(four.properties.thinning.deviationM).toBeGreaterThan(10_000);
    const near = await track('?toleranceM=30000');
    expect(near.properties.thinning).toMatchObject({ toleranceM: 30_000, fixes: 6 });
    expect(near.properties.thinning.deviationM).toBeLessThanOrEqual(30_000);
    expect((await track('?simplify=shape')).properties.thinning.kept).toBe(6);
    expect((await track('?simplify=none')).properties.thinning.method).toBe('none');
  });

  it('is told as it was known then', async () => {
    await store('two', at('01-03T02:00:00'), 131.7, 43.2, undefined, at('01-10T00:00:00'));
    const then = await track('?asOf=2026-01-09T00:00:00Z&from=2026-01-03T00:00:00Z');
    expect(then.geometry).toEqual({ type: 'Point', coordinates: [131.6, 43.2] });
    expect(then.properties.asOf).toBe('2026-01-09T00:00:00.000Z');
    expect((await track('?asOf=2026-01-10T00:00:00Z&from=2026-01-03T00:00:00Z')).geometry?.coordinates).toHaveLength(2);
  });

  it.each(TRACK_FORMATS.map((format) => [format.name, format] as const))('is to be had as %s', async (name, format) => {
    const answer = await ask(`/animals/sofia/track?format=${name}`);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe(format.type);
    expect(answer.headers['content-disposition']).toMatch(
      new RegExp(`^(inline|attachment); filename="sofia\\.${format.extension}"$`),
    );
    expect(Number(answer.headers['content-length'])).toBeGreaterThan(100);
  });
});

describe('several tracks', () => {
  it('come in one answer, in the order asked, each once', async () => {
    const { json, headers } = await ask('/tracks?animals=leo,sofia,leo,unseen');
    expect(json.type).toBe('FeatureCollection');
    expect(idsOf(json)).toEqual(['leo', 'sofia', 'unseen']);
    expect(json.features[1]).toEqual(await track());
    expect(headers['content-disposition']).toBe('inline; filename="tracks.geojson"');
    expect((await ask('/tracks?animals=leo')).json.features).toHaveLength(1);
  });

  it('are those of all animals where none is named', async () => {
    const { json } = await ask('/tracks?maxPoints=2');
    expect(idsOf(json).sort()).toEqual(['leo', 'sofia', 'unseen']);
  });
});

describe('what is asked for', () => {
  it.each([
    ['application/geo+json', 'application/geo+json; charset=utf-8'],
    ['*/*', 'application/geo+json; charset=utf-8'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'application/geo+json; charset=utf-8'],
    ['application/json;q=0.4, text/csv;q=0.5', 'text/csv'],
    ['application/gpx+xml, */*;q=0.1', 'application/gpx+xml'],
    ['application/*, application/geo+json;q=0, application/json;q=0', 'application/gpx+xml'],
  ])('Accept: %s is answered with %s', async (accept, type) => {
    const answer = await ask('/animals/leo/track', { accept });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toContain(type);
  });

  it.each(['image/png', 'text/csv;q=0', '', 'nonsense'])('Accept: %p is refused with what there is', async (accept) => {
    const answer = await ask('/animals/leo/track', { accept });
    expect(answer.json).toMatchObject({ status: 406, type: '/problems/unknown-format' });
    for (const { name } of TRACK_FORMATS) expect(answer.json.detail).toContain(name);
    expect((await ask('/animals/leo/track?format=gpx', { accept })).status).toBe(200);
  });

  it.each([
    ['/animals/nemo/track', 404, 'unknown-animal'],
    ['/tracks?animals=sofia,nemo', 404, 'unknown-animal'],
    ['/tracks?animals=', 400, 'invalid-input'],
    ['/tracks?animals=sofia,', 400, 'invalid-input'],
    ['/animals/UPPER/track', 400, 'invalid-input'],
    ['/animals/sofia/track?format=shapefile', 406, 'unknown-format'],
    ['/animals/sofia/track?from=yesterday', 400, 'invalid-input'],
    ['/animals/sofia/track?from=2026-01-01T00:00:00', 400, 'invalid-input'],
    ['/animals/sofia/track?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', 400, 'invalid-input'],
    ['/animals/sofia/track?from=2026-01-02T00:00:00Z&to=2026-01-02T00:00:00Z', 400, 'invalid-input'],
    ['/animals/sofia/track?maxPoints=0', 400, 'invalid-input'],
    ['/animals/sofia/track?maxPoints=1', 400, 'invalid-input'],
    ['/animals/sofia/track?maxPoints=1e3', 400, 'invalid-input'],
    ['/animals/sofia/track?toleranceM=-1', 400, 'invalid-input'],
    ['/animals/sofia/track?toleranceM=near', 400, 'invalid-input'],
    ['/animals/sofia/track?simplify=some', 400, 'invalid-input'],
    ['/animals/sofia/track?simplify=none&maxPoints=10', 400, 'invalid-input'],
    ['/animals/sofia/track?gapFactor=0.5', 400, 'invalid-input'],
    ['/animals/sofia/track?doubts=maybe', 400, 'invalid-input'],
    ['/animals/sofia/track?asOf=now', 400, 'invalid-input'],
    ['/animals/sofia/track?form=geojson', 400, 'invalid-input'],
    ['/animals/sofia/track?from=2026-01-01T00:00:00Z&from=2026-01-01T00:00:00Z', 400, 'invalid-input'],
  ])('%s is refused', async (path, status, code) => {
    const answer = await ask(path);
    expect(answer.json).toMatchObject({ status, type: `/problems/${code}` });
    expect(answer.json.detail).toMatch(/^.{10,}$/);
  });
});
