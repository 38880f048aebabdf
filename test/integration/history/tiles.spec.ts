import { VectorTile, type VectorTileFeature } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import { request } from 'node:http';
import { aFarm } from '../../factories/reserve.ts';
import { ADMIN_TOKEN, startRestApp, type RestApp } from '../../support/rest-app.ts';
import { SPEED, storeFixes, type TestFix } from './ogc-reserve.ts';

const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 1);
/** The tile that holds a place. */
function tileAt(z: number, lon: number, lat: number): [number, number] {
  const sine = Math.sin((lat * Math.PI) / 180);
  const across = 2 ** z;
  const y = 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
  return [Math.floor((lon / 360 + 0.5) * across), Math.floor(y * across)];
}

/** A walk around the Land of the Leopard: a fix an hour. */
function walk(collar: string, hours: number, from = START): TestFix[] {
  return Array.from({ length: hours }, (_, i) => ({
    collar,
    at: new Date(from + i * HOUR).toISOString(),
    lon: 131.3 + 0.1 * Math.sin(i / 9) + 0.03 * Math.sin(i * 1.7),
    lat: 43.1 + 0.08 * Math.cos(i / 7) + 0.02 * Math.cos(i * 2.3),
  }));
}

describe('tiles', () => {
  let rest: RestApp;
  let ranger: string;
  const fixes = [...walk('one', 100), ...walk('one', 50, START + 200 * HOUR)];
  beforeAll(async () => {
    rest = await startRestApp();
    ranger = await rest.tokenFor('ranger');
    const put = await rest.ask('PUT', '/api/v1/reserve', {
      body: {
        farms: { type: 'FeatureCollection', features: [aFarm()] },
        animals: ['sofia', 'leo', 'wrangel', 'unseen', 'many'].map((id) => ({ id, name: id })),
        collars: [{ serial: 'one', fixIntervalS: 3_600 }, { serial: 'two' }, { serial: 'far' }, { serial: 'many' }],
        deployments: [
          { animal: 'sofia', collar: 'one', from: '2026-01-01T00:00:00Z' },
          { animal: 'leo', collar: 'two', from: '2026-01-01T00:00:00Z' },
          { animal: 'wrangel', collar: 'far', from: '2026-01-01T00:00:00Z' },
          { animal: 'many', collar: 'many', from: '2024-01-01T00:00:00Z' },
        ],
      },
    });
    expect(put.status).toBe(200);
    await storeFixes(rest, [
      ...fixes,
      { collar: 'one', at: new Date(START + 10.5 * HOUR).toISOString(), lon: 100, lat: 10, doubts: SPEED },
      ...[179.8, 179.95, -179.9, -179.7].map((lon, i) => ({
        collar: 'far',
        at: new Date(START + i * HOUR).toISOString(),
        lon,
        lat: 66,
      })),
    ]);
  });
  afterAll(() => rest.close());

  /** As bytes, which `rest.ask` would make a text of. */
  function fetchTile(path: string, headers: Record<string, string> = {}, token = ranger) {
    return new Promise<{ status: number; headers: Record<string, unknown>; body: Buffer }>((resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port: rest.port, path, agent: false }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) }),
        );
      });
      asked.setHeader('authorization', `Bearer ${token}`);
      for (const [name, value] of Object.entries(headers)) asked.setHeader(name, value);
      asked.on('error', reject).end();
    });
  }
  async function layersOf(path: string): Promise<Record<string, VectorTileFeature[]>> {
    const { status, body } = await fetchTile(path);
    if (status !== 200) throw new Error(body.toString());
    const { layers } = new VectorTile(new PbfReader(body));
    return Object.fromEntries(
      Object.entries(layers).map(([name, layer]) => [
        name,
        Array.from({ length: layer.length }, (_, i) => layer.feature(i)),
      ]),
    );
  }
  /** All that is drawn of a place at a zoom, in degrees, from the tile that holds it. */
  const drawnAt = async (z: number, lon: number, lat: number, query = '') => {
    const [x, y] = tileAt(z, lon, lat);
    const layers = await layersOf(`/tiles/${z}/${x}/${y}.mvt${query}`);
    const linesOf = (feature: VectorTileFeature) => {
      const { geometry } = feature.toGeoJSON(x, y, z);
      if (geometry.type === 'LineString') return [geometry.coordinates];
      return geometry.type === 'MultiLineString' ? geometry.coordinates : [];
    };
    return {
      layers,
      lines: (layers['tracks'] ?? []).flatMap(linesOf),
      points: (layers['fixes'] ?? []).flatMap((feature) => {
        const { geometry } = feature.toGeoJSON(x, y, z);
        const coordinates = geometry.type === 'Point' ? [geometry.coordinates] : [];
        return coordinates.map(([lon, lat]) => ({ lon: lon!, lat: lat!, ...feature.properties }));
      }),
    };
  };
  /** Degrees of a pixel, of 512 across a tile. */
  const pixel = (z: number) => 360 / 2 ** z / 512;

  it('draws the track within a pixel, at any zoom', async () => {
    for (const z of [5, 8, 10]) {
      const { lines } = await drawnAt(z, 131.3, 43.1, '?animals=sofia');
      const [column, row] = tileAt(z, 131.3, 43.1);
      const inTile = fixes.filter(({ lon, lat }) => tileAt(z, lon, lat).join() === `${column},${row}`);
      expect(inTile.length).toBeGreaterThan(5);
      const stray = inTile.map(({ lon, lat }) => Math.min(...lines.map((line) => distance(lon, lat, line))));
      expect(Math.max(...stray) / pixel(z)).toBeLessThan(1);
    }
  });

  it('draws no line across a gap, and none to a doubted fix', async () => {
    const { layers, lines } = await drawnAt(8, 131.3, 43.1, '?animals=sofia');
    const parts = layers['tracks']!.map(({ properties }) => properties);
    expect(parts).toEqual([
      { animal: 'sofia', segment: 0, from: START, to: START + 99 * HOUR },
      { animal: 'sofia', segment: 1, from: START + 200 * HOUR, to: START + 249 * HOUR },
    ]);
    const { lon, lat } = fixes[99]!;
    const ends = lines.flatMap((line) => [line[0]!, line.at(-1)!]);
    expect(ends.some(([x, y]) => Math.abs(x! - lon) < pixel(8) && Math.abs(y! - lat) < pixel(8))).toBe(true);
    expect(Math.min(...lines.flat().map(([x]) => x!))).toBeGreaterThan(131);
  });

  it('shows each fix with its time where the map is close enough', async () => {
    const { lon, lat } = fixes[20]!;
    const [column, row] = tileAt(12, lon, lat);
    const { points } = await drawnAt(12, lon, lat, '?animals=sofia');
    const expected = fixes.filter((fix) => tileAt(12, fix.lon, fix.lat).join() === `${column},${row}`);
    expect(expected.length).toBeGreaterThan(0);
    for (const fix of expected) {
      const shown = points.find((point) => (point as { at?: number }).at === Date.parse(fix.at));
      expect(shown).toMatchObject({ animal: 'sofia' });
      expect(Math.abs(shown!.lon - fix.lon)).toBeLessThan(pixel(12));
      expect(Math.abs(shown!.lat - fix.lat)).toBeLessThan(pixel(12));
    }
    expect((await drawnAt(10, lon, lat)).layers['fixes']).toBeUndefined();
  });

  it('goes on across 180°', async () => {
    for (const lon of [179.97, -179.97]) {
      const { lines } = await drawnAt(9, lon, 66, '?animals=wrangel');
      expect(lines).toHaveLength(1);
      const xs = lines.flat().map(([x]) => x!);
      expect(Math.max(...xs) - Math.min(...xs)).toBeLessThan(1);
      // To the edge of the tile and beyond: the margin.
      expect(lon > 0 ? Math.max(...xs) > 180 : Math.min(...xs) < -180).toBe(true);
    }
    expect((await drawnAt(9, 0, 66, '?animals=wrangel')).lines).toEqual([]);
  });

  it('takes only the animals and the time asked for', async () => {
    expect((await drawnAt(8, 131.3, 43.1, '?animals=leo,unseen')).layers).toEqual({});
    const late = await drawnAt(8, 131.3, 43.1, '?from=2026-01-09T00:00:00Z&to=2026-01-10T00:00:00Z');
    expect(late.layers['tracks']!.map(({ properties }) => properties['from'])).toEqual([START + 200 * HOUR]);
    expect((await drawnAt(8, 131.3, 43.1)).layers['tracks']).toHaveLength(2);
  });

  it('answers what a client holds with 304, until a fix changes it', async () => {
    const [x, y] = tileAt(8, 131.3, 43.1);
    const path = `/api/v1/tiles/8/${x}/${y}.mvt?animals=leo`;
    const first = await fetchTile(path);
    expect(first.headers).toMatchObject({
      'content-type': 'application/vnd.mapbox-vector-tile',
      'cache-control': 'private, no-cache',
      vary: expect.stringContaining('authorization') as string,
    });
    const etag = String(first.headers['etag']);
    const held = await fetchTile(path, { 'if-none-match': etag });
    expect([held.status, held.body.length]).toEqual([304, 0]);
    await storeFixes(rest, walk('two', 10));
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    const changed = await fetchTile(path, { 'if-none-match': etag });
    expect(changed.status).toBe(200);
    expect(changed.headers['etag']).not.toBe(etag);
    expect(changed.body.length).toBeGreaterThan(first.body.length);
  });

  it('refuses tiles that the world does not have, and what it cannot read', async () => {
    const answers = {
      '/tiles/0/0/0.mvt': 200,
      '/tiles/1/2/0.mvt': 404,
      '/tiles/1/0/2.mvt': 404,
      '/tiles/23/0/0.mvt': 404,
      '/tiles/1/0/0.png': 404,
      '/tiles/1/0/0': 404,
      '/tiles/a/0/0.mvt': 400,
      '/tiles/1/-1/0.mvt': 400,
      '/tiles/1/0/1e0.mvt': 400,
      '/tiles/0/0/0.mvt?animals=nobody': 404,
      '/tiles/0/0/0.mvt?animals=': 400,
      '/tiles/0/0/0.mvt?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z': 400,
      '/tiles/0/0/0.mvt?colour=red': 400,
    };
    for (const [path, status] of Object.entries(answers))
      expect([path, (await fetchTile(path)).status]).toEqual([path, status]);
  });

  it('draws no more fixes than it can hold, and says so to everybody who asked', async () => {
    const { database } = rest.test;
    const begin = Date.UTC(2024, 0, 1);
    await database.ensureMonths([begin]);
    await database.client.$executeRaw`
      INSERT INTO fix (at, received_at, lon, lat, collar_id, doubts, late)
      SELECT t, t, 131, 43, c.id, 0, false FROM collar c,
        generate_series('2024-01-01Z'::timestamptz, '2024-01-06 18:53:20Z'::timestamptz, interval '1 s') t WHERE c.serial = 'many'`;
    const answers = await Promise.all([1, 2].map(() => fetchTile('/tiles/3/6/2.mvt?animals=many')));
    expect(answers.map(({ status }) => status)).toEqual([422, 422]);
    expect((await fetchTile('/tiles/3/6/2.mvt?animals=many&to=2024-01-02T00:00:00Z')).status).toBe(200);
  });

  it('shows nothing to who may see no position', async () => {
    const farmer = await rest.tokenFor('farmer', ['olenevod']);
    const answer = await fetchTile('/tiles/0/0/0.mvt', {}, farmer);
    expect(answer.status).toBe(403);
    expect((await fetchTile('/tiles/0/0/0.mvt?animals=sofia', {}, ADMIN_TOKEN)).status).toBe(200);
  });
});

/** Degrees from a place to a line, on the flat map. */
function distance(lon: number, lat: number, line: readonly (readonly number[])[]): number {
  let least = Infinity;
  for (let i = 1; i < line.length; i++) {
    const [[ax = 0, ay = 0], [bx = 0, by = 0]] = [line[i - 1]!, line[i]!];
    const [dx, dy] = [bx - ax, by - ay];
    const along = Math.max(0, Math.min(1, ((lon - ax) * dx + (lat - ay) * dy) / (dx * dx + dy * dy || 1)));
    least = Math.min(least, Math.hypot(lon - ax - along * dx, lat - ay - along * dy));
  }
  return least;
}
