import { doubtBit } from '../../../src/domain/quality/doubt.ts';
import { startRestApp, type RestApp } from '../../support/rest-app.ts';

/** More fixes than an answer holds as a whole. */
const LONG = 66_000;
const SOFIA_FROM = '2026-01-03T00:00:00Z';
const RUTA_FROM = '2020-01-01T00:00:00Z';

/** A track as GeoJSON, as far as a test looks into it. */
interface Track {
  readonly geometry: { readonly type: string; readonly coordinates: readonly unknown[] };
  readonly properties: {
    readonly times: readonly string[];
    readonly thinning: { readonly kept: number; readonly deviationM: number };
  };
}

let rest: RestApp;
let ranger: string;

beforeAll(async () => {
  rest = await startRestApp();
  ranger = await rest.tokenFor('ranger');
  await put({
    animals: [
      { id: 'sofia', name: 'Sofia' },
      { id: 'ruta', name: 'Ruta' },
    ],
    collars: [{ serial: 'two', fixIntervalS: 7_200 }, { serial: 'four' }],
    deployments: [
      { animal: 'sofia', collar: 'two', from: SOFIA_FROM },
      { animal: 'ruta', collar: 'four', from: RUTA_FROM },
    ],
  });
  for (const hour of [1, 2, 3, 5]) await store('two', `2026-01-03T0${hour}:00:00Z`, 131 + hour / 10, 43 + (hour % 2));
  const { database } = rest.test;
  await database.ensureMonths([0, 1, 2, 3, 4, 5, 6, 7, 8].map((month) => Date.UTC(2020, month)));
  await database.client.$executeRaw`
    INSERT INTO fix (at, received_at, lon, lat, collar_id, doubts, late)
    SELECT ${RUTA_FROM}::timestamptz + i * interval '5 min', ${RUTA_FROM}::timestamptz + i * interval '5 min',
      131 + sin(i * 0.01) / 10 + i % 7 * 1e-4, 43 + cos(i * 0.013) / 10, id, 0, false
    FROM collar, generate_series(0, ${LONG - 1}) i WHERE serial = 'four'`;
}, 60_000);
afterAll(() => rest.close());

async function put(reserve: object): Promise<void> {
  expect((await rest.ask('PUT', '/api/v1/reserve', { body: reserve })).status).toBe(200);
}

async function store(collar: string, time: string, lon: number, lat: number) {
  await rest.test.database.ensureMonths([Date.parse(time)]);
  await rest.test.database.client.$executeRaw`
    INSERT INTO fix (at, received_at, lon, lat, collar_id, doubts, late)
    SELECT ${time}::timestamptz, ${time}::timestamptz, ${lon}, ${lat}, id, 0, false FROM collar WHERE serial = ${collar}`;
}

const ask = (path: string, headers: Record<string, string> = {}) =>
  rest.ask('GET', `/api/v1${path}`, { token: ranger, headers });
const track = async (path: string) => (await ask(path)).json as Track;

describe('a tag', () => {
  const tagOf = async (path: string) => (await ask(path)).headers.etag ?? '';

  /** Whether a client that holds an answer is sent another one. */
  async function isStale(path: string, tag: string): Promise<boolean> {
    const answer = await ask(path, { 'if-none-match': `"other", W/${tag}` });
    expect([200, 304]).toContain(answer.status);
    if (answer.status === 304) {
      expect(answer.text).toBe('');
      expect(answer.headers).toMatchObject({ etag: tag, 'cache-control': 'private, no-cache' });
    }
    return answer.status === 200;
  }

  it.each([
    '/animals/sofia/track',
    '/animals/ruta/track',
    '/tracks?animals=sofia,ruta',
    '/animals/ruta/track?asOf=2026-02-01T00:00:00Z',
  ])(
    'of %s changes with what it is of, and with nothing else',
    async (path) => {
      const changed = async (change: () => Promise<unknown>) => {
        const tag = await tagOf(path);
        expect(tag).toMatch(/^"[\w-]+"$/);
        expect(await isStale(path, tag)).toBe(false);
        await change();
        expect(await isStale(path, tag)).toBe(true);
      };
      const { client } = rest.test.database;
      const [animal, serial, from, late] = path.includes('sofia')
        ? (['sofia', 'two', SOFIA_FROM, '2026-01-03T04:00:00Z'] as const)
        : (['ruta', 'four', RUTA_FROM, '2020-03-01T00:01:00Z'] as const);
      await changed(() => store(serial, late, 131.9, 43.3));
      await changed(
        () =>
          client.$executeRaw`UPDATE fix SET doubts = ${doubtBit('impossible-speed')} FROM collar
            WHERE collar.id = collar_id AND serial = ${serial} AND at = ${late}::timestamptz`,
      );
      await changed(() => put({ animals: [{ id: animal, name: `Another ${animal}` }] }));
      await changed(() => put({ deployments: [{ animal, collar: serial, from, to: '2026-01-03T02:30:00Z' }] }));
      await changed(() => put({ deployments: [{ animal, collar: serial, from, to: null }] }));
      await client.$executeRaw`DELETE FROM fix USING collar WHERE collar.id = collar_id AND serial = ${serial} AND at = ${late}::timestamptz`;
    },
    60_000,
  );

  it('is another one for each format and question', async () => {
    const paths = ['', '?format=gpx', '?maxPoints=3', '?gapFactor=none'].map((query) => `/animals/sofia/track${query}`);
    expect(new Set(await Promise.all(paths.map(tagOf))).size).toBe(paths.length);
    const long = ['', '?format=trips', '?to=2020-08-30T00:00:00Z'].map((query) => `/animals/ruta/track${query}`);
    expect(new Set(await Promise.all(long.map(tagOf))).size).toBe(long.length);
  });
});

describe('a long track', () => {
  it('is never refused: it is sent while it is read', async () => {
    const answer = await ask('/animals/ruta/track');
    const { geometry, properties } = answer.json as Track;
    expect(answer.headers['transfer-encoding']).toBe('chunked');
    expect(geometry.type).toBe('LineString');
    expect(geometry.coordinates).toHaveLength(LONG);
    expect(properties.times).toHaveLength(LONG);
    expect(properties.times[LONG - 1]).toBe(new Date(Date.UTC(2020, 0) + (LONG - 1) * 300_000).toISOString());
    expect(properties).toMatchObject({
      thinning: { method: 'none', fixes: LONG, kept: LONG },
      intervals: [{ collar: 'four', s: 300, of: 'data' }],
    });
  });

  it('is thinned to what was asked for', async () => {
    const { properties, geometry } = await track('/animals/ruta/track?maxPoints=500');
    expect(geometry.coordinates).toHaveLength(500);
    expect(properties.thinning).toMatchObject({ fixes: LONG, kept: 500, maxPoints: 500 });
    const near = (await track('/animals/ruta/track?toleranceM=100')).properties.thinning;
    expect(near.kept).toBeLessThan(LONG / 2);
    expect(near.deviationM).toBeLessThanOrEqual(100);
  });

  it('reads the same side by side as in a row', async () => {
    const whole = await track('/animals/ruta/track?from=2020-02-03T00:00:00Z&to=2020-07-01T00:00:00Z');
    const pieces = await Promise.all(
      ['02-03 03-01', '03-01 05-01', '05-01 07-01'].map((span) => {
        const [from, to] = span.split(' ');
        return track(`/animals/ruta/track?from=2020-${from}T00:00:00Z&to=2020-${to}T00:00:00Z`);
      }),
    );
    expect(whole.geometry.coordinates).toEqual(pieces.flatMap(({ geometry }) => geometry.coordinates));
    expect(whole.properties.times).toEqual(pieces.flatMap(({ properties }) => properties.times));
  });
});
