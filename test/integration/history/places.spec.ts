import { startRestApp, type RestApp } from '../../support/rest-app.ts';
import { storeFixes } from './places.fixes.ts';

/** A square of two degrees with a hole of one in its middle. */
const WITH_HOLE = {
  type: 'Polygon',
  coordinates: [
    [
      [130, 42],
      [132, 42],
      [132, 44],
      [130, 44],
      [130, 42],
    ],
    [
      [130.5, 42.5],
      [130.5, 43.5],
      [131.5, 43.5],
      [131.5, 42.5],
      [130.5, 42.5],
    ],
  ],
};

describe('where and who', () => {
  let rest: RestApp;
  let ranger: string;
  beforeAll(async () => {
    rest = await startRestApp();
    ranger = await rest.tokenFor('ranger');
    const put = await rest.ask('PUT', '/api/v1/reserve', {
      body: {
        animals: [
          { id: 'sofia', name: 'Sofia' },
          { id: 'leo', name: 'Leo' },
          { id: 'umka', name: 'Umka' },
        ],
        collars: [{ serial: 'one' }, { serial: 'two' }, { serial: 'three' }, { serial: 'spare' }],
        deployments: [
          { animal: 'sofia', collar: 'one', from: '2026-01-01T00:00:00Z', to: '2026-05-02T00:00:00Z' },
          { animal: 'leo', collar: 'one', from: '2026-05-02T00:00:00Z' },
          { animal: 'sofia', collar: 'two', from: '2026-05-03T00:00:00Z' },
          { animal: 'umka', collar: 'three', from: '2020-01-01T00:00:00Z' },
        ],
      },
    });
    expect(put.status).toBe(200);
    await storeFixes(rest.test.database, [
      { collar: 'one', at: '2026-05-01T00:00:00Z', lat: 43.1, lon: 131.9 },
      { collar: 'one', at: '2026-05-01T04:00:00Z', lat: 43.0, lon: 131.0 },
      { collar: 'one', at: '2026-05-01T08:00:00Z', lat: 43.2, lon: 131.8, received: '2026-06-01T00:00:00Z' },
      { collar: 'one', at: '2026-05-01T12:00:00Z', lat: 43.2, lon: 131.8, doubts: 16 },
      // The same collar, on another animal.
      { collar: 'one', at: '2026-05-02T00:00:00Z', lat: 43.3, lon: 131.7 },
      { collar: 'one', at: '2026-05-02T02:00:00Z', lat: 43.31, lon: 131.71 },
      { collar: 'one', at: '2026-05-02T09:00:00Z', lat: 43.32, lon: 131.72 },
      // On nobody.
      { collar: 'two', at: '2026-05-02T23:00:00Z', lat: 43.2, lon: 131.8 },
      { collar: 'spare', at: '2026-05-01T00:00:00Z', lat: 43.2, lon: 131.8 },
      { collar: 'two', at: '2026-05-03T00:00:00Z', lat: 43.2, lon: 131.8 },
      // Around 180°.
      { collar: 'three', at: '2025-01-31T23:00:00Z', lat: 71.2, lon: 179.9 },
      { collar: 'three', at: '2025-02-01T01:00:00Z', lat: 71.2, lon: 180 },
      { collar: 'three', at: '2025-02-01T03:00:00Z', lat: 71.2, lon: -180 },
      { collar: 'three', at: '2025-02-01T05:00:00Z', lat: 71.2, lon: -179.9 },
    ]);
  });
  afterAll(() => rest.close());

  const get = (path: string) => rest.ask('GET', `/api/v1${path}`, { token: ranger });
  const post = (path: string, body: unknown) => rest.ask('POST', `/api/v1${path}`, { token: ranger, body });
  const who = (answer: { json: { items: { animal: string; at: string }[] } }) =>
    answer.json.items.map(({ animal, at }) => `${animal} ${at.slice(5, 13)}`);

  it('tells who was in a box, by who wore the collar then, in the order of time', async () => {
    const answer = await get('/within?bbox=130,42,132,44&from=2026-05-01T00:00:00Z&to=2026-06-01T00:00:00Z');
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(who(answer)).toEqual([
      'sofia 05-01T00',
      'sofia 05-01T04',
      'sofia 05-01T08',
      'leo 05-02T00',
      'leo 05-02T02',
      'leo 05-02T09',
      'sofia 05-03T00',
    ]);
    expect(answer.json.items[0]).toEqual({
      animal: 'sofia',
      at: '2026-05-01T00:00:00.000Z',
      lat: 43.1,
      lon: 131.9,
      collar: 'one',
      receivedAt: '2026-05-01T00:01:30.000Z',
      doubts: [],
      late: false,
    });
    expect(answer.json.next).toBeNull();
  });

  it('leaves out what lies in a hole', async () => {
    expect(who(await post('/within', { geometry: WITH_HOLE, to: '2026-05-02T00:00:00Z' }))).toEqual([
      'sofia 05-01T00',
      'sofia 05-01T08',
    ]);
  });

  it('crosses 180°, whatever way the meridian was written', async () => {
    const times = async (bbox: string) => who(await get(`/within?bbox=${bbox}`)).map((text) => text.slice(-2));
    expect(await times('179.5,71,-179.5,72')).toEqual(['23', '01', '03', '05']);
    expect(await times('179.95,71,180,72')).toEqual(['01', '03']);
    expect(await times('-180,71,-179.95,72')).toEqual(['01', '03']);
    expect(await times('-180,71,180,72')).toEqual(['23', '01', '03', '05']);
    expect(await times('179.95,71,-179.95,72')).toEqual(['01', '03']);
    const ring = [
      [179.8, 71],
      [-179.95, 71],
      [-179.95, 72],
      [179.8, 72],
      [179.8, 71],
    ];
    const crossing = await post('/within', { geometry: { type: 'Polygon', coordinates: [ring] } });
    expect(who(crossing).map((text) => text.slice(-2))).toEqual(['23', '01', '03']);
  });

  it('shows doubted fixes when asked, and nothing that had not come by then', async () => {
    const bbox = 'bbox=130,42,132,44&to=2026-05-02T00:00:00Z';
    const doubted = await get(`/within?${bbox}&doubts=with`);
    expect(who(doubted)).toHaveLength(4);
    expect(doubted.json.items[3].doubts).toEqual(['impossible-speed']);
    expect(who(await get(`/within?${bbox}&asOf=2026-05-15T00:00:00Z`))).toEqual(['sofia 05-01T00', 'sofia 05-01T04']);
    expect(who(await get(`/within?${bbox}&asOf=2026-06-01T00:00:00Z`))).toHaveLength(3);
  });

  it('asks of some animals alone', async () => {
    expect(who(await get('/within?bbox=130,42,132,44&animals=leo,umka'))).toEqual([
      'leo 05-02T00',
      'leo 05-02T02',
      'leo 05-02T09',
    ]);
  });

  it('sums up who was there', async () => {
    const { json } = await get('/within?bbox=131.6,43,132,44&from=2026-05-01T00:00:00Z&summary=animals');
    expect(json).toEqual({
      items: [
        {
          animal: 'leo',
          name: 'Leo',
          first: '2026-05-02T00:00:00.000Z',
          last: '2026-05-02T09:00:00.000Z',
          fixes: 3,
          visits: 2,
        },
        {
          animal: 'sofia',
          name: 'Sofia',
          first: '2026-05-01T00:00:00.000Z',
          last: '2026-05-03T00:00:00.000Z',
          fixes: 3,
          visits: 3,
        },
      ],
      next: null,
    });
    const first = (await get('/within?bbox=131.6,43,132,44&from=2026-05-01T00:00:00Z&summary=animals&limit=1')).json;
    expect(first.items).toEqual([json.items[0]]);
    const rest = await get(`/within?bbox=131.6,43,132,44&summary=animals&limit=1&after=${first.next}`);
    expect(rest.json).toEqual({ items: [json.items[1]], next: null });
  });
});
