import { DOMParser } from '@xmldom/xmldom';
import { geodesicMetres } from '../../../src/domain/geo/ellipsoid.ts';
import { doubtBit } from '../../../src/domain/quality/doubt.ts';
import { aFarm } from '../../factories/reserve.ts';
import { startRestApp, type RestApp } from '../../support/rest-app.ts';

const HOUR = 3_600_000;
const BEGIN = Date.parse('2026-03-01T00:00:00Z');
const iso = (at: number) => new Date(at).toISOString();

/** Elements that charts are made of. */
const DRAWN: ReadonlySet<string> = new Set([
  'svg',
  'rect',
  'path',
  'text',
  'g',
  'defs',
  'clipPath',
  'style',
  'circle',
  'use',
  'tspan',
]);

interface TestFix {
  at: number;
  lon: number;
  lat: number;
  doubts?: number;
  activity?: number;
  receivedAt?: number;
}

describe('summaries', () => {
  let rest: RestApp;
  let ranger: string;
  /** Hourly for ten days, round and round a place beside the farm; by night at double speed. */
  const walk: TestFix[] = Array.from({ length: 240 }, (_, hour) => ({
    at: BEGIN + hour * HOUR,
    lon: 131.5 + 0.03 * Math.cos(hour / 3),
    lat: 43.1 + 0.03 * Math.sin(hour / 3) + 0.001 * Math.sin(hour),
    activity: hour % 24,
  }));
  const stray: TestFix = { at: BEGIN + HOUR / 2, lon: 140, lat: 50, doubts: doubtBit('impossible-speed') };

  beforeAll(async () => {
    rest = await startRestApp();
    ranger = await rest.tokenFor('ranger');
    const put = await rest.ask('PUT', '/api/v1/reserve', {
      body: {
        farms: {
          type: 'FeatureCollection',
          features: [aFarm('olenevod', { lon: 131.54, lat: 43.1 }), aFarm('far-away', { lon: 100, lat: 50 })],
        },
        animals: [
          { id: 'sofia', name: '<img src=x onerror=alert(1)> & "Sofia"' },
          { id: 'leo', name: 'Леопард Лео' },
          { id: 'unseen', name: 'Unseen' },
        ],
        collars: [{ serial: 'one', fixIntervalS: 3_600 }, { serial: 'two' }, { serial: 'three' }],
        deployments: [
          { animal: 'sofia', collar: 'one', from: '2026-01-01T00:00:00Z' },
          { animal: 'leo', collar: 'two', from: '2026-01-01T00:00:00Z' },
        ],
      },
    });
    expect(put.status).toBe(200);
    await store('one', [...walk, stray]);
    await store('two', [
      { at: BEGIN, lon: 10, lat: 10 },
      { at: BEGIN + HOUR, lon: 10, lat: 10 },
    ]);
    await rest.test.database.client.$executeRaw`
      INSERT INTO failed_attempt (collar_id, at, received_at)
      SELECT id, ${iso(BEGIN)}::timestamptz + n * interval '1 day' + interval '10 minutes', now() FROM collar, generate_series(0, 3) n
      WHERE serial = 'one'`;
  });
  afterAll(() => rest.close());

  async function store(collar: string, fixes: readonly TestFix[]): Promise<void> {
    const { database } = rest.test;
    await database.ensureMonths(fixes.map(({ at }) => at));
    const rows = fixes.map(({ at, receivedAt, ...fix }) => ({
      at: iso(at),
      received: iso(receivedAt ?? at + 60_000),
      doubts: 0,
      ...fix,
    }));
    await database.client.$executeRaw`
      INSERT INTO fix (at, received_at, lon, lat, collar_id, doubts, late, activity)
      SELECT r.at, r.received, r.lon, r.lat, c.id, r.doubts, false, r.activity FROM collar c,
        json_to_recordset(${JSON.stringify(rows)}::json)
          AS r(at timestamptz, received timestamptz, lon float8, lat float8, doubts int, activity float4)
      WHERE c.serial = ${collar}`;
  }
  const ask = (path: string, token = ranger) => rest.ask('GET', `/api/v1/animals/${path}`, { token });

  it('tells how an animal moved, from its trusted fixes', async () => {
    const { status, json } = await ask('sofia/summary?zone=Asia/Vladivostok');
    expect(status).toBe(200);
    expect(json).toMatchObject({
      animal: 'sofia',
      zone: 'Asia/Vladivostok',
      from: null,
      to: null,
      asOf: null,
      fixes: { trusted: 240, doubted: 1, first: iso(BEGIN), last: iso(BEGIN + 239 * HOUR) },
    });
    const length = walk.reduce((sum, fix, i) => sum + (i === 0 ? 0 : geodesicMetres(walk[i - 1]!, fix)), 0);
    expect(json.distance).toMatchObject({ gaps: 0, gapMetres: 0, metres: Number(length.toFixed(1)) });
    expect(json.distance.days).toHaveLength(11);
    expect(json.distance.days[0]).toMatchObject({ date: '2026-03-01', fixes: 14, longestGapS: 3_600 });
    expect(json.distance.days[1]).toMatchObject({ date: '2026-03-02', fixes: 24 });

    const { phases, byHour } = json.activity;
    expect(phases.day.hours + phases.twilight.hours + phases.night.hours).toBeCloseTo(239, 3);
    expect(byHour[10].activity).toBe(0);

    expect(json.farms).toMatchObject({ withinM: 25_000, leftOut: 0 });
    expect((json.farms.farms as { farm: string }[]).map(({ farm }) => farm)).toEqual(['olenevod']);
    expect(json.farms.farms[0].days).toHaveLength(11);

    expect(json.homeRange).toMatchObject({ sampledEvery: 1, kde: { kernel: 'bivariate normal' } });
    const sizes = (json.homeRange.mcp as { km2: number }[]).map(({ km2 }) => km2);
    expect([...sizes].sort((a, b) => a - b)).toEqual(sizes);
    const all = sizes[2];
    // A circle of 0.03° is an ellipse of π · 2.44 km · 3.33 km.
    expect(all).toBeGreaterThan(24);
    expect(all).toBeLessThan(28);

    const hours = json.fixSuccess.byHour;
    expect(hours[10]).toMatchObject({ hour: 10, fixes: 10, doubted: 1, failed: 4, success: 0.7333 });
    expect(hours[11]).toMatchObject({ fixes: 10, failed: 0, expected: 10, yield: 1 });
  });

  it('tells of a part of the time, as known then', async () => {
    const query = `from=${iso(BEGIN)}&to=${iso(BEGIN + 24 * HOUR)}`;
    const { json } = await ask(`sofia/summary?${query}&asOf=${iso(BEGIN + 12 * HOUR)}`);
    expect(json.fixes).toMatchObject({ trusted: 12 });
    expect(json.fixes.last).toBe(iso(BEGIN + 11 * HOUR));
    expect(json.distance.days).toHaveLength(1);
    // Failed attempts were received later.
    expect(json.fixSuccess.byHour[0].failed).toBe(0);
  });

  it('tells of an animal that nothing is known of', async () => {
    const { status, json } = await ask('unseen/summary');
    expect(status).toBe(200);
    expect(json).toMatchObject({
      fixes: { trusted: 0, doubted: 0, first: null, last: null },
      distance: { days: [], metres: 0 },
      activity: { nightToDay: null },
      farms: { farms: [] },
      homeRange: { reason: 'fewer than 5 trusted fixes' },
    });
  });

  it('gives home ranges as GeoJSON', async () => {
    for (const [method, percent] of [
      ['mcp', 100],
      ['kde', 50],
    ] as const) {
      const answer = await ask(`sofia/home-range?method=${method}&percent=${percent}`);
      expect(answer.headers['content-type']).toBe('application/geo+json; charset=utf-8');
      expect(answer.json).toMatchObject({ type: 'Feature', properties: { animal: 'sofia', method, percent } });
      const ring: number[][] =
        answer.json.geometry.type === 'Polygon'
          ? answer.json.geometry.coordinates[0]
          : answer.json.geometry.coordinates[0][0];
      expect(ring.at(-1)).toEqual(ring[0]);
      expect(ring.every(([lon, lat]) => Math.abs(lon! - 131.5) < 0.1 && Math.abs(lat! - 43.1) < 0.1)).toBe(true);
      expect(answer.json.properties.km2).toBeGreaterThan(5);
    }
    expect((await ask('leo/home-range')).json).toMatchObject({
      geometry: null,
      properties: { km2: null, reason: 'fewer than 5 trusted fixes' },
    });
  });

  it.each([
    ['sofia/summary?zone=Nowhere/Land', 'zone'],
    ['sofia/summary?zone=%2B03:00', 'zone'],
    ['sofia/summary?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', 'to'],
    ['sofia/summary?from=2026-01-02', 'from'],
    ['sofia/summary?colour=red', 'colour'],
    ['sofia/home-range?percent=0', 'percent'],
    ['sofia/home-range?percent=101', 'percent'],
    ['sofia/home-range?method=kde&percent=100', 'percent'],
    ['sofia/home-range?method=locoh', 'method'],
  ])('refuses %s with the field that is wrong', async (path, field) => {
    const { status, json } = await ask(path);
    expect([status, json.errors?.[0]?.field]).toEqual([400, field]);
  });

  describe('charts', () => {
    const CHARTS = ['daily-distance', 'activity', 'home-range', 'farm-distance', 'fix-success'];
    const picture = async (path: string) => {
      const answer = await fetch(`http://127.0.0.1:${rest.port}/api/v1/animals/${path}`, {
        headers: { authorization: `Bearer ${ranger}` },
      });
      return { answer, bytes: Buffer.from(await answer.arrayBuffer()) };
    };

    it('are SVG that holds the name as text and no element of it, and the same bytes each time', async () => {
      for (const chart of CHARTS) {
        const { answer, bytes } = await picture(`sofia/charts/${chart}.svg?zone=Asia/Vladivostok`);
        expect([chart, answer.status, answer.headers.get('content-type')]).toEqual([
          chart,
          200,
          'image/svg+xml; charset=utf-8',
        ]);
        const document = new DOMParser({
          onError: (level, message) => {
            throw new Error(`${level}: ${message}`);
          },
        }).parseFromString(bytes.toString(), 'image/svg+xml');
        const elements = [...document.getElementsByTagName('*')];
        expect(elements.map(({ tagName }) => tagName).filter((name) => !DRAWN.has(name))).toEqual([]);
        expect(
          elements.flatMap(({ attributes }) => [...attributes]).filter(({ name }) => name.startsWith('on')),
        ).toEqual([]);
        const texts = [...document.getElementsByTagName('text')].map(({ textContent }) => textContent ?? '');
        expect(texts).toContain('<img src=x onerror=alert(1)> & "Sofia"');
        expect(texts.join('\n')).toContain('2026-03-01 – 2026-03-11 · Asia/Vladivostok · 240 fixes');
        expect((await picture(`sofia/charts/${chart}.svg?zone=Asia/Vladivostok`)).bytes.equals(bytes)).toBe(true);
      }
    });

    it('are PNG of the size asked for, in Russian too', async () => {
      for (const query of ['width=640&height=360', 'width=640&height=360&lang=ru&theme=dark']) {
        const { answer, bytes } = await picture(`leo/charts/daily-distance.png?${query}`);
        expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/png']);
        expect(bytes.subarray(1, 4).toString()).toBe('PNG');
        expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([640, 360]);
      }
    });

    it('say so where there is nothing to show', async () => {
      for (const chart of CHARTS) {
        const { answer, bytes } = await picture(`unseen/charts/${chart}.svg?lang=ru`);
        expect([chart, answer.status]).toEqual([chart, 200]);
        expect(bytes.toString()).toMatch(/нет надёжных точек|Слишком мало точек|Ближе 25 км/);
      }
    });

    it.each([
      ['sofia/charts/pie.svg', 'the whole'],
      ['sofia/charts/activity.gif', 'the whole'],
      ['sofia/charts/activity.svg.png', 'the whole'],
      ['sofia/charts/activity.svg?width=1e9', 'width'],
      ['sofia/charts/activity.svg?width=99999', 'width'],
      ['sofia/charts/activity.svg?height=0', 'height'],
      ['sofia/charts/activity.svg?lang=de', 'lang'],
      ['sofia/charts/activity.svg?theme=pink', 'theme'],
      ['sofia/charts/activity.svg?zone=Mars/Crater', 'zone'],
    ])('refuse %s', async (path, field) => {
      const { status, json } = await ask(path);
      expect([status, json.errors?.[0]?.field]).toEqual([400, field]);
    });
  });

  it('is for those alone who may see positions', async () => {
    const farmer = await rest.tokenFor('farmer', ['olenevod']);
    for (const path of ['sofia/summary', 'sofia/home-range', 'sofia/charts/home-range.svg'])
      expect((await ask(path, farmer)).status).toBe(403);
    expect((await ask('nobody/summary')).status).toBe(404);
  });
});
