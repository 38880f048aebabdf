import { DOUBTS, doubtBit } from '../../../src/domain/quality/doubt.ts';
import { startRestApp, type RestApp } from '../../support/rest-app.ts';

interface TestFix {
  collar: string;
  at: string;
  lat: number;
  lon: number;
  doubts?: number;
  late?: boolean;
  hdop?: number;
  batteryV?: number;
  extra?: object;
}

describe('history', () => {
  let rest: RestApp;
  let ranger: string;
  beforeAll(async () => {
    rest = await startRestApp();
    ranger = await rest.tokenFor('ranger');
    const put = await rest.ask('PUT', '/api/v1/reserve', {
      body: {
        animals: [
          { id: 'sofia', name: 'Sofia "the first"' },
          { id: 'leo', name: 'Leo' },
          { id: 'unseen', name: 'Unseen' },
        ],
        collars: [{ serial: 'one' }, { serial: 'two' }, { serial: 'three' }],
        deployments: [
          { animal: 'sofia', collar: 'one', from: '2008-03-01T00:00:00Z', to: '2026-01-03T00:00:00Z' },
          { animal: 'sofia', collar: 'two', from: '2026-01-03T00:00:00Z' },
          { animal: 'leo', collar: 'one', from: '2026-01-03T00:00:00Z' },
          { animal: 'unseen', collar: 'three', from: '2026-01-01T00:00:00Z' },
        ],
      },
    });
    expect(put.status).toBe(200);
    await store([
      { collar: 'one', at: '2008-03-15T12:00:00.001Z', lat: 43.5, lon: 131.5 },
      {
        collar: 'one',
        at: '2026-01-01T00:00:00Z',
        lat: 43.1,
        lon: 131.1,
        hdop: 1.4,
        batteryV: 3.58,
        extra: { mode: '3D' },
      },
      {
        collar: 'one',
        at: '2026-01-02T00:00:00Z',
        lat: 43.2,
        lon: 131.2,
        doubts: doubtBit('impossible-speed') | doubtBit('poor-accuracy'),
      },
      { collar: 'one', at: '2026-01-02T12:00:00Z', lat: 43.3, lon: 131.3, late: true },
      { collar: 'two', at: '2026-01-02T23:59:59.999Z', lat: 1, lon: 1 },
      { collar: 'two', at: '2026-01-03T00:00:00Z', lat: 43.4, lon: 131.4 },
      { collar: 'two', at: '2026-01-04T00:00:00Z', lat: 50, lon: 140, doubts: doubtBit('unconfirmed') },
      { collar: 'one', at: '2026-01-05T00:00:00Z', lat: 44, lon: 132 },
    ]);
  });
  afterAll(() => rest.close());

  async function store(fixes: TestFix[]): Promise<void> {
    const { database } = rest.test;
    await database.ensureMonths(fixes.map(({ at }) => Date.parse(at)));
    for (const { collar, at, lat, lon, doubts = 0, late = false, hdop, batteryV, extra } of fixes) {
      await database.client.$executeRaw`
        INSERT INTO fix (at, received_at, lon, lat, collar_id, doubts, late, hdop, battery_v, extra)
        SELECT ${at}::timestamptz, ${at}::timestamptz + interval '90 s', ${lon}, ${lat}, id, ${doubts}, ${late}, ${hdop ?? null},
          ${batteryV ?? null}, ${extra ? JSON.stringify(extra) : null}::jsonb FROM collar WHERE serial = ${collar}`;
    }
  }
  const ask = (path: string, headers: Record<string, string> = {}) =>
    rest.ask('GET', `/api/v1${path}`, { token: ranger, headers });

  it('answers where each animal is: its newest undoubted fix, by who wore the collar', async () => {
    const answer = await ask('/positions');
    expect(answer.headers['content-type']).toBe('application/geo+json; charset=utf-8');
    expect(answer.json).toEqual({
      type: 'FeatureCollection',
      features: [
        {
          type: 'Feature',
          id: 'leo',
          geometry: { type: 'Point', coordinates: [132, 44] },
          properties: {
            animal: 'leo',
            name: 'Leo',
            collar: 'one',
            at: '2026-01-05T00:00:00.000Z',
            late: false,
            doubts: [],
          },
        },
        {
          type: 'Feature',
          id: 'sofia',
          geometry: { type: 'Point', coordinates: [131.4, 43.4] },
          properties: {
            animal: 'sofia',
            name: 'Sofia "the first"',
            collar: 'two',
            at: '2026-01-03T00:00:00.000Z',
            late: false,
            doubts: [],
          },
        },
      ],
    });
  });

  it('answers every fix with its doubts, oldest first', async () => {
    const { json, headers } = await ask('/animals/sofia/fixes?from=2026-01-01T00:00:00Z');
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expect(json.next).toBeNull();
    expect(json.items).toEqual([
      {
        at: '2026-01-01T00:00:00.000Z',
        lat: 43.1,
        lon: 131.1,
        collar: 'one',
        receivedAt: '2026-01-01T00:01:30.000Z',
        doubts: [],
        late: false,
        hdop: 1.4,
        batteryV: 3.58,
        extra: { mode: '3D' },
      },
      expect.objectContaining({ at: '2026-01-02T00:00:00.000Z', doubts: ['poor-accuracy', 'impossible-speed'] }),
      expect.objectContaining({ at: '2026-01-02T12:00:00.000Z', late: true, doubts: [] }),
      expect.objectContaining({ at: '2026-01-03T00:00:00.000Z', collar: 'two' }),
      expect.objectContaining({ at: '2026-01-04T00:00:00.000Z', doubts: ['unconfirmed'] }),
    ]);
    expect(DOUBTS).toContain('unconfirmed');
  });

  it('pages through fixes: each once, in order, whatever the size of a page', async () => {
    const whole = (await ask('/animals/sofia/fixes')).json.items;
    expect(whole).toHaveLength(6);
    for (const limit of [1, 2, 3, 5, 6, 7]) {
      const items: unknown[] = [];
      let pages = 0;
      for (let next: string | null = ''; next !== null; pages++) {
        const page: { items: unknown[]; next: string | null } = (
          await ask(`/animals/sofia/fixes?limit=${limit}${next ? `&after=${next}` : ''}`)
        ).json;
        items.push(...page.items);
        next = page.next;
      }
      expect(items).toEqual(whole);
      expect(pages).toBe(Math.ceil(6 / limit));
    }
  });

  it.each([
    ['/animals/nemo/fixes', 404, 'unknown-animal'],
    ['/animals/UPPER/fixes', 400, 'invalid-input'],
    ['/animals/sofia/fixes?limit=0', 400, 'invalid-input'],
    ['/animals/sofia/fixes?limit=10001', 400, 'invalid-input'],
    ['/animals/sofia/fixes?limit=all', 400, 'invalid-input'],
    ['/animals/sofia/fixes?after=zzz', 400, 'invalid-input'],
    ["/animals/sofia/fixes?after=';DROP TABLE fix--".replaceAll(' ', '%20'), 400, 'invalid-input'],
  ])('refuses %s', async (path, status, code) => {
    const answer = await ask(path);
    expect(answer.json).toMatchObject({ status, type: `/problems/${code}` });
  });

  it('answers administrators with dead letters, newest first, page by page', async () => {
    const admin = (query: string) => rest.ask('GET', `/api/v1/dead-letters${query}`);
    expect((await admin('')).json).toEqual({ items: [], next: null });
    await rest.test.database.client.$executeRaw`
      INSERT INTO dead_letter (received_at, door, serial, reason, detail, payload, digest, times, resolved_at)
      SELECT '2026-01-01T00:00:00.123Z', 'embedded', 'c-' || i, CASE WHEN i < 3 THEN 'unreadable' ELSE 'invalid' END, 'why',
        convert_to(repeat(i::text, 100), 'UTF8'), convert_to(i::text, 'UTF8'), i, CASE WHEN i = 5 THEN now() END
      FROM generate_series(1, 5) i`;
    const first = (await admin('?limit=2')).json;
    expect(first.items[0]).toEqual({
      id: '5',
      receivedAt: '2026-01-01T00:00:00.123Z',
      door: 'embedded',
      serial: 'c-5',
      reason: 'invalid',
      detail: 'why',
      payload: Buffer.from('5'.repeat(100)).toString('base64'),
      times: 5,
      retriedAt: null,
      resolvedAt: expect.stringMatching(/Z$/),
    });
    const ids = (page: { items: { id: string }[] }) => page.items.map(({ id }) => id);
    const second = (await admin(`?limit=2&after=${first.next}`)).json;
    const third = (await admin(`?limit=2&after=${second.next}`)).json;
    expect([ids(first), ids(second), ids(third), third.next]).toEqual([['5', '4'], ['3', '2'], ['1'], null]);
    expect(ids((await admin('?resolved=false&reason=invalid')).json)).toEqual(['4', '3']);
    expect(ids((await admin('?serial=c-2')).json)).toEqual(['2']);
    expect((await admin('?limit=101')).status).toBe(400);
    expect((await ask('/dead-letters')).status).toBe(403);
  });
});
