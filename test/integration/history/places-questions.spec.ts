import { startRestApp, type RestApp } from '../../support/rest-app.ts';
import { type PlacedFix, storeFixes } from './places.fixes.ts';

const H = 3_600_000;
const START = Date.parse('2026-05-01T00:00:00Z');
/** What a test looks at of an answer. */
interface Seen {
  readonly animal: string;
  readonly at: string;
  readonly m: number;
  readonly fixes: number;
  readonly visits: number;
}
interface Page {
  readonly items: readonly Seen[];
  readonly next: string | null;
}

const at = (hour: number) => new Date(START + hour * H).toISOString();

const SQUARE = [
  [131, 43],
  [131.1, 43],
  [131.1, 43.1],
  [131, 43.1],
  [131, 43],
];

/** A herd that walks round a circle through the square, some in time with each other; every fix differs from all others. */
function herd(): PlacedFix[] {
  const fixes: PlacedFix[] = [];
  for (let animal = 0; animal < 30; animal++) {
    for (let hour = 0; hour < 40; hour++) {
      const turn = (hour / 40) * 2 * Math.PI + animal;
      const lon = 131.1 + 0.1 * Math.cos(turn) + animal * 1e-5;
      fixes.push({ collar: `h${animal}`, at: at(hour + (animal % 5) / 10), lon, lat: 43.05 + 0.08 * Math.sin(turn) });
    }
  }
  return fixes;
}

describe('questions of place', () => {
  let rest: RestApp;
  let ranger: string;
  const placed = herd();
  beforeAll(async () => {
    rest = await startRestApp();
    ranger = await rest.tokenFor('ranger');
    const ids = Array.from({ length: 30 }, (_, i) => `h${i}`);
    const put = await rest.ask('PUT', '/api/v1/reserve', {
      body: {
        animals: [...ids, 'sofia', 'leo'].map((id) => ({ id, name: id })),
        collars: [...ids, 'one', 'two'].map((serial) => ({ serial })),
        deployments: [...ids, ['sofia', 'one'], ['leo', 'two']].map((wearing) => {
          const [animal, collar] = typeof wearing === 'string' ? [wearing, wearing] : wearing;
          return { animal, collar, from: '2026-01-01T00:00:00Z' };
        }),
        farms: {
          type: 'FeatureCollection',
          features: [
            {
              type: 'Feature',
              id: 'olenevod',
              geometry: { type: 'Polygon', coordinates: [SQUARE] },
              properties: { name: 'Olenevod' },
            },
          ],
        },
        areas: {
          type: 'FeatureCollection',
          features: [
            {
              type: 'Feature',
              id: 'valley',
              geometry: { type: 'Polygon', coordinates: [SQUARE] },
              properties: { name: 'The valley', watch: 'enters' },
            },
          ],
        },
      },
    });
    expect(put.status).toBe(200);
    await storeFixes(rest.test.database, [
      ...placed,
      // Over the square from west to east in four hours, a quarter of the way on each side of it; back after a long gap.
      { collar: 'one', at: '2026-03-01T00:00:00Z', lat: 43.05, lon: 130.95 },
      { collar: 'one', at: '2026-03-01T04:00:00Z', lat: 43.05, lon: 131.15 },
      { collar: 'one', at: '2026-03-01T12:00:00Z', lat: 43.05, lon: 131.05 },
      { collar: 'one', at: '2026-03-01T13:00:00Z', lat: 43.05, lon: 131.06 },
      { collar: 'one', at: '2026-03-01T14:00:00Z', lat: 47, lon: 131.06, doubts: 16 },
      { collar: 'one', at: '2026-03-01T15:00:00Z', lat: 43.05, lon: 131.07 },
      { collar: 'two', at: '2026-03-01T12:10:00Z', lat: 43.0501, lon: 131.05 },
      { collar: 'two', at: '2026-03-01T13:10:00Z', lat: 43.05, lon: 131.061 },
      { collar: 'two', at: '2026-03-01T23:00:00Z', lat: 44, lon: 131.061 },
    ]);
  });
  afterAll(() => rest.close());
  const get = (path: string) => rest.ask('GET', `/api/v1${path}`, { token: ranger });
  const post = (path: string, body: unknown) => rest.ask('POST', `/api/v1${path}`, { token: ranger, body });
  const march = 'from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00Z';

  it.each([1, 7, 100, 999])('pages through a box: each fix once, in order, %i a page', async (limit) => {
    const bbox = 'bbox=131,43,131.15,43.1&from=2026-05-01T00:00:00Z';
    const expected = placed
      .filter(({ lon, lat }) => lon >= 131 && lon <= 131.15 && lat >= 43 && lat <= 43.1)
      .map((fix) => `${fix.at} ${fix.collar}`)
      .sort();
    expect(expected.length).toBeGreaterThan(250);
    // Small pages are looked at from the middle on: a cursor of one page goes on with pages of another size.
    const found: string[] = [];
    let after = '';
    for (let first = limit < 50, more = true; more; first = false) {
      const page = (await get(`/within?${bbox}&limit=${first ? 230 : limit}${after}`)).json as Page;
      found.push(...page.items.map((fix) => `${fix.at} ${fix.animal}`));
      more = page.next !== null && found.length < 240 + limit;
      after = `&after=${page.next}`;
      if (page.next === null) expect(found).toHaveLength(expected.length);
    }
    expect(new Set(found).size).toBe(found.length);
    expect(found.every((text) => expected.includes(text))).toBe(true);
    expect(found.map((text) => text.slice(0, 24))).toEqual([...found].map((text) => text.slice(0, 24)).sort());
  });

  it('answers the same of a box, of the polygon of it, of the area and of the farm', async () => {
    const items = async (answer: Promise<{ json: { items: unknown[] } }>) => (await answer).json.items;
    const box = await items(get('/within?bbox=131,43,131.1,43.1'));
    expect(box.length).toBeGreaterThan(100);
    expect(await items(post('/within', { geometry: { type: 'Polygon', coordinates: [SQUARE] } }))).toEqual(box);
    expect(await items(get('/within?area=valley'))).toEqual(box);
    expect(await items(get('/within?farm=olenevod&marginM=0'))).toEqual(box);
    expect((await items(get('/within?farm=olenevod&marginM=2000'))).length).toBeGreaterThan(box.length);
  });

  it('tells visits: when they began, when they ended, and why', async () => {
    const { json } = await get(`/visits?area=valley&${march}`);
    expect(json).toEqual({
      items: [
        {
          animal: 'leo',
          entered: '2026-03-01T12:10:00.000Z',
          left: '2026-03-01T13:10:00.000Z',
          fixes: 2,
          ended: 'gap',
        },
        // The doubted fix far away does not end it.
        {
          animal: 'sofia',
          entered: '2026-03-01T12:00:00.000Z',
          left: '2026-03-01T15:00:00.000Z',
          fixes: 3,
          ended: 'open',
        },
      ],
      next: null,
    });
    const one = (await get(`/visits?area=valley&${march}&limit=1`)).json;
    expect(one.items).toEqual([json.items[0]]);
    expect((await get(`/visits?area=valley&${march}&limit=1&after=${one.next}`)).json.items).toEqual([json.items[1]]);
    const geometry = { type: 'Polygon', coordinates: [SQUARE] };
    const body = { geometry, from: '2026-03-01T00:00:00Z', to: '2026-04-01T00:00:00Z' };
    expect((await post('/visits', body)).json).toEqual(json);
  });

  it('sums up the same visits whatever the size of a page', async () => {
    const whole = (await get('/visits?farm=olenevod&from=2026-05-01T00:00:00Z')).json.items;
    expect(whole.length).toBeGreaterThan(30);
    const found: unknown[] = [];
    for (let after = '', more = true; more;) {
      const page = (await get(`/visits?farm=olenevod&from=2026-05-01T00:00:00Z&limit=13${after}`)).json;
      found.push(...page.items);
      more = page.next !== null;
      after = `&after=${page.next}`;
    }
    expect(found).toEqual(whole);
    const summary = ((await get('/within?farm=olenevod&from=2026-05-01T00:00:00Z&summary=animals')).json as Page).items;
    const sum = (name: 'fixes' | 'visits') => summary.reduce((total, item) => total + item[name], 0);
    expect(sum('visits')).toBe(whole.length);
    expect(sum('fixes')).toBe((await get('/within?farm=olenevod&from=2026-05-01T00:00:00Z')).json.items.length);
  });

  it('finds what is nearest to a point, fixes or animals, and nothing beyond the limit', async () => {
    const near = async (query: string) =>
      ((await get(`/nearest?lon=131.05&lat=43.05&${march}${query}`)).json as Page).items;
    const fixes = await near('&limit=3');
    expect(fixes.map(({ animal, m }) => [animal, m])).toEqual([
      ['sofia', 0],
      ['leo', 11.1],
      ['sofia', 814.7],
    ]);
    expect(fixes[1]).toMatchObject({ at: '2026-03-01T12:10:00.000Z', lat: 43.0501, lon: 131.05, collar: 'two' });
    expect((await near('&of=animals')).map(({ animal }) => animal)).toEqual(['sofia', 'leo']);
    expect(await near('&maxM=11')).toHaveLength(1);
    expect(await near('&animals=leo&limit=1')).toMatchObject([{ animal: 'leo', m: 11.1 }]);
    expect((await get('/nearest?lon=-150&lat=0&maxM=200000')).json).toEqual({ items: [] });
  });

  it('counts the time spent, by one and by all', async () => {
    const one = await get(`/animals/sofia/time-spent?area=valley&from=2026-03-01T00:00:00Z&to=2026-03-02T00:00:00Z`);
    const expected = {
      animal: 'sofia',
      from: '2026-03-01T00:00:00.000Z',
      to: '2026-03-02T00:00:00.000Z',
      // Half of the four hours, and the three hours inside; the gaps of eight and of nine hours are nobody's.
      insideS: 5 * 3_600,
      outsideS: 2 * 3_600,
      unknownS: 17 * 3_600,
      fixes: 5,
    };
    expect(one.json).toEqual(expected);
    const all = await get('/time-spent?area=valley&from=2026-03-01T00:00:00Z&to=2026-03-02T00:00:00Z');
    expect((all.json as Page).items.map(({ animal }) => animal)).toEqual(['leo', 'sofia']);
    expect(all.json.items[1]).toEqual(expected);
    const page = await get('/time-spent?area=valley&from=2026-03-01T00:00:00Z&to=2026-03-02T00:00:00Z&limit=1');
    expect(page.json.items).toHaveLength(1);
    expect((await get(`/time-spent?area=valley&${march}&limit=1&after=${page.json.next}`)).json.items).toMatchObject([
      { animal: 'sofia' },
    ]);
  });

  it('tells encounters as lines', async () => {
    const answer = await get(`/encounters?${march}&windowS=900`);
    expect(answer.headers['content-type']).toBe('application/x-ndjson; charset=utf-8');
    const lines = answer.text
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(lines).toEqual([
      {
        animals: ['leo', 'sofia'],
        start: '2026-03-01T12:00:00.000Z',
        end: '2026-03-01T13:10:00.000Z',
        closest: {
          m: 11.1,
          fixes: [
            { animal: 'leo', at: '2026-03-01T12:10:00.000Z', lat: 43.0501, lon: 131.05 },
            { animal: 'sofia', at: '2026-03-01T12:00:00.000Z', lat: 43.05, lon: 131.05 },
          ],
        },
        pairs: 2,
      },
      { summary: { fixes: 8, encounters: 1 } },
    ]);
    expect((await get(`/encounters?${march}&animals=sofia,h1`)).text).toBe('{"summary":{"fixes":5,"encounters":0}}\n');
  });

  const square = { type: 'Polygon', coordinates: [SQUARE] };
  it.each([
    ['/within', 'bbox'],
    ['/within?bbox=131,43,132', 'bbox'],
    ['/within?bbox=131,43,132,44,1', 'bbox'],
    ['/within?bbox=131,43,132,north', 'bbox'],
    ['/within?bbox=131,44,132,43', 'bbox'],
    ['/within?bbox=43,131,44,132', 'bbox'],
    ['/within?bbox=-181,43,132,44', 'bbox'],
    ['/within?bbox=14620000,5300000,14630000,5310000', 'bbox'],
    ['/within?bbox=131,43,132,44&farm=olenevod', 'bbox'],
    ['/within?bbox=131,43,132,44&marginM=5', 'marginM'],
    ['/within?farm=olenevod&marginM=-1', 'marginM'],
    ['/within?farm=olenevod&marginM=NaN', 'marginM'],
    ['/within?bbox=131,43,132,44&from=2026-01-01T00:00:00', 'from'],
    ['/within?bbox=131,43,132,44&from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z', 'to'],
    ['/within?bbox=131,43,132,44&limit=0', 'limit'],
    ['/within?bbox=131,43,132,44&limit=10001', 'limit'],
    ['/within?bbox=131,43,132,44&after=zzz', 'after'],
    ['/within?bbox=131,43,132,44&summary=animals&after=cGxhY2U6MTox', 'after'],
    ['/within?bbox=131,43,132,44&doubts=yes', 'doubts'],
    ['/within?bbox=131,43,132,44&animals=Sofia', 'animals[0]'],
    ['/visits?bbox=131,43,132,44&summary=animals', 'summary'],
    ['/nearest?lon=131', 'lat'],
    ['/nearest?lon=131&lat=91', 'lat'],
    ['/nearest?lon=131&lat=43&maxM=0', 'maxM'],
    ['/encounters?distanceM=0', 'distanceM'],
    ['/encounters?windowS=21601', 'windowS'],
    ['/animals/sofia/time-spent', 'bbox'],
  ])('refuses %s and names %s', async (path, field) => {
    const answer = await get(path);
    expect(answer.json).toMatchObject({ status: 400, type: '/problems/invalid-input' });
    expect(answer.json.errors[0].field).toBe(field);
  });

  it.each([
    ['/within?area=nowhere', 'unknown-area'],
    ['/within?farm=nowhere', 'unknown-farm'],
    ['/visits?farm=olenevod&animals=nemo', 'unknown-animal'],
    ['/animals/nemo/time-spent?farm=olenevod', 'unknown-animal'],
    ['/encounters?animals=sofia,nemo', 'unknown-animal'],
  ])('does not know %s', async (path, code) => {
    expect((await get(path)).json).toMatchObject({ status: 404, type: `/problems/${code}` });
  });

  it.each([
    [{}, 'geometry.type'],
    [{ geometry: { type: 'Point', coordinates: [131, 43] } }, 'geometry.type'],
    [{ geometry: { ...square, coordinates: [SQUARE.slice(0, 4)] } }, 'geometry.coordinates[0]'],
    [
      { geometry: { ...square, coordinates: [[SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3], SQUARE[0]]] } },
      'geometry.coordinates[0]',
    ],
    [{ geometry: square, marginM: '5' }, 'marginM'],
    [{ geometry: square, limit: 1.5 }, 'limit'],
    [{ geometry: square, colour: 'red' }, 'colour'],
  ])('refuses the body %j and names %s', async (body, field) => {
    const answer = await post('/within', body);
    expect(answer.json).toMatchObject({ status: 422, type: '/problems/invalid-input' });
    expect(answer.json.errors[0].field).toBe(field);
  });

  it('refuses a polygon of ten megabytes, and one of too many positions', async () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, i) => {
        const turn = (i / (count - 1)) * 2 * Math.PI;
        return i === count - 1 ? [132, 43] : [131 + Math.cos(turn), 43 + Math.sin(turn)];
      });
    const large = await post('/within', { geometry: { type: 'Polygon', coordinates: [many(260_000)] } });
    expect(large.status).toBe(413);
    const short = many(10_002).map(([lon, lat]) => [Number(lon!.toFixed(4)), Number(lat!.toFixed(4))]);
    const long = await post('/within', { geometry: { type: 'Polygon', coordinates: [short] } });
    expect(long.json).toMatchObject({ status: 422, errors: [{ field: 'geometry.coordinates' }] });
  });
});
