import { startRestApp, type RestApp } from '../../support/rest-app.ts';

const square = (lon: number, lat: number, size = 0.01) => ({
  type: 'Polygon',
  coordinates: [
    [
      [lon, lat],
      [lon + size, lat],
      [lon + size, lat + size],
      [lon, lat + size],
      [lon, lat],
    ],
  ],
});
const SECRET = 'a-secret-of-machine-made-length-0123456789';

const reserve = {
  farms: {
    type: 'FeatureCollection',
    features: [
      {
        type: 'Feature',
        id: 'olenevod',
        geometry: square(131.2, 42.6),
        properties: { name: 'Olenevod', nearM: 3000, closeM: 700, owner: 'kept as given', herd: { deer: 300 } },
      },
    ],
  },
  areas: {
    type: 'FeatureCollection',
    features: [
      {
        type: 'Feature',
        id: 'land-of-the-leopard',
        geometry: { type: 'MultiPolygon', coordinates: [square(131, 42.5, 0.5).coordinates] },
        properties: { name: 'Land of the Leopard', watch: 'leaves', since: 2012 },
        source: { kept: 'as given' },
      },
    ],
  },
  animals: [
    {
      id: 'sofia',
      name: 'Sofia',
      species: 'Panthera pardus orientalis',
      sex: 'female',
      namedAfter: 'the farmer’s daughter',
      group: 'females',
      maxSpeedKmh: 8.5,
      speedSlackM: 1200,
    },
    { id: 'leo', name: 'Leo' },
  ],
  collars: [
    { serial: '30211', format: 'json-v1', secret: SECRET, fixIntervalS: 7200, maker: 'kept' },
    { serial: '30212', format: 'json-v1', secret: 'short one' },
  ],
  deployments: [
    { animal: 'sofia', collar: '30211', from: '2026-01-01T00:00:00Z', to: null },
    { animal: 'leo', collar: '30212', from: '2026-01-01T03:00:00.123+03:00', to: '2026-06-01T00:00:00Z' },
  ],
  gateways: [
    { id: 'iridium', secret: SECRET, collars: ['30211'] },
    { id: 'lora', collars: '*' },
  ],
};

describe('PUT /reserve', () => {
  let rest: RestApp;
  beforeEach(async () => {
    rest = await startRestApp();
  });
  afterEach(() => rest.close());
  const put = (body: unknown) => rest.ask('PUT', '/api/v1/reserve', { body });

  it('takes a whole registry and gives it back without secrets', async () => {
    const answer = await put(reserve);
    expect(answer.text).toContain('"farms":1');
    expect(answer).toMatchObject({
      status: 200,
      json: { farms: 1, areas: 1, animals: 2, collars: 2, deployments: 2, gateways: 2 },
    });
    const back = await rest.ask('GET', '/api/v1/reserve');
    const withoutSecrets = JSON.parse(
      JSON.stringify(reserve, (key, value: unknown) => (key === 'secret' ? undefined : value)),
    ) as typeof reserve;
    withoutSecrets.animals.reverse(); // Ids are listed in their order.
    withoutSecrets.deployments[0]!.from = '2026-01-01T00:00:00.000Z';
    withoutSecrets.deployments[1] = {
      animal: 'leo',
      collar: '30212',
      from: '2026-01-01T00:00:00.123Z',
      to: '2026-06-01T00:00:00.000Z',
    };
    expect(back.json).toEqual(withoutSecrets);
    expect(back.text).not.toContain('secret');
    expect((await put(back.json)).status).toBe(200);
    expect((await rest.ask('GET', '/api/v1/reserve')).json).toEqual(back.json);
  });

  it('changes nothing at all when one part is wrong', async () => {
    await put(reserve);
    const before = await rest.ask('GET', '/api/v1/reserve');
    const wrong = [
      {
        ...reserve,
        animals: [{ id: 'new', name: 'New' }],
        deployments: [{ animal: 'nobody', collar: '30211', from: '2026-07-01T00:00:00Z' }],
      },
      {
        farms: { type: 'FeatureCollection', features: [{ ...reserve.farms.features[0], id: 'other' }] },
        deployments: [{ animal: 'leo', collar: '30211', from: '2026-07-01T00:00:00Z' }],
      },
      { collars: [{ serial: 'iridium' }] },
    ];
    expect((await put(wrong[0])).json).toMatchObject({
      status: 422,
      type: '/problems/unknown-animal',
      errors: [{ field: 'deployments[0].animal' }],
    });
    expect((await put(wrong[1])).json).toMatchObject({
      status: 409,
      type: '/problems/deployments-overlap',
      detail: expect.stringMatching(/sofia with collar 30211 .* and leo with collar 30211/),
    });
    expect((await put(wrong[2])).json).toMatchObject({ status: 409, type: '/problems/login-taken' });
    expect((await rest.ask('GET', '/api/v1/reserve')).json).toEqual(before.json);
  });

  it('moves the ends of known deployments in any direction, as long as the outcome has no overlap', async () => {
    await put(reserve);
    const end = (animal: string, collar: string, from: string, to?: string | null) => ({
      animal,
      collar,
      from,
      ...(to === undefined ? {} : { to }),
    });
    const exchange = await put({
      deployments: [
        end('leo', '30212', '2026-01-01T00:00:00.123Z', '2026-12-01T00:00:00Z'),
        end('sofia', '30211', '2026-01-01T00:00:00Z', '2026-12-01T00:00:00Z'),
        end('sofia', '30212', '2026-12-01T00:00:00Z'),
        end('leo', '30211', '2026-12-01T00:00:00Z'),
      ],
    });
    expect(exchange.text).toContain('"deployments":4');
    const { json } = await rest.ask('GET', '/api/v1/deployments?animal=sofia');
    const items = json.items as { collar: string; to: string | null }[];
    expect(items.map(({ collar, to }) => [collar, to])).toEqual([
      ['30211', '2026-12-01T00:00:00.000Z'],
      ['30212', null],
    ]);
  });

  it('stores secrets as hashes, keeps them when they are not given, and the hash when they are unchanged', async () => {
    await put(reserve);
    const hashes = async () =>
      rest.test.database.client.$queryRaw<{ serial: string; hash: string | null }[]>`
        SELECT serial, secret_hash AS hash FROM collar UNION ALL SELECT id, secret_hash FROM gateway ORDER BY 1`;
    const first = await hashes();
    expect(first.map(({ hash }) => hash?.split('$')[0])).toEqual(['sha256', 'scrypt', 'sha256', undefined]);
    expect(JSON.stringify(first)).not.toMatch(/machine-made|short one/);
    await put(reserve);
    expect(await hashes()).toEqual(first);
    await put({ collars: [{ serial: '30211' }], gateways: [{ id: 'iridium', collars: [] }] });
    expect(await hashes()).toEqual(first);
    await put({
      collars: [
        { serial: '30211', secret: null },
        { serial: '30212', secret: 'another one' },
      ],
    });
    const later = await hashes();
    expect(later[0]?.hash).toBeNull();
    expect(later[1]?.hash).toMatch(/^scrypt/);
    expect(later[1]?.hash).not.toBe(first[1]?.hash);
  });

  it('does not use up the numbers of collars by telling of known ones', async () => {
    for (let i = 0; i < 5; i++) await put(reserve);
    await put({ collars: [{ serial: 'next' }] });
    const [row] = await rest.test.database.client.$queryRaw<
      [{ id: number }]
    >`SELECT id FROM collar WHERE serial = 'next'`;
    expect(row.id).toBe(3);
  });

  it('names every wrong field, and never a value', async () => {
    const answer = await put({ collars: [{ serial: 'a/b', secret: 'hunter2' }], animals: 1 });
    expect(answer.status).toBe(422);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    const errors = answer.json.errors as { field: string }[];
    expect(errors.map(({ field }) => field).sort()).toEqual(['animals', 'collars[0].secret', 'collars[0].serial']);
    expect(answer.text).not.toContain('hunter2');
  });

  it('takes ten thousand farms and collars with their deployments in seconds', async () => {
    const many = Array.from({ length: 10_000 }, (_, i) => i);
    const circle = (i: number) => {
      const [lon, lat] = [100 + (i % 100) * 0.3, 30 + Math.floor(i / 100) * 0.3];
      const ring = Array.from({ length: 20 }, (_, k) => [
        lon + 0.01 * Math.cos(k / 3.2),
        lat + 0.01 * Math.sin(k / 3.2),
      ]);
      return { type: 'Polygon', coordinates: [[...ring, ring[0]]] };
    };
    const large = {
      farms: {
        type: 'FeatureCollection',
        features: many.map((i) => ({
          type: 'Feature',
          id: `f-${i}`,
          geometry: circle(i),
          properties: { name: `Farm ${i}` },
        })),
      },
      animals: many.map((i) => ({ id: `a-${i}`, name: `Animal ${i}` })),
      collars: many.map((i) => ({ serial: `c-${i}`, secret: `${SECRET}${i}` })),
      deployments: many.map((i) => ({ animal: `a-${i}`, collar: `c-${i}`, from: '2026-01-01T00:00:00Z' })),
    };
    for (const run of ['new', 'known']) {
      const began = performance.now();
      const answer = await put(large);
      expect(answer.json).toEqual({
        farms: 10_000,
        areas: 0,
        animals: 10_000,
        collars: 10_000,
        deployments: 10_000,
        gateways: 0,
      });
      const seconds = (performance.now() - began) / 1000;
      process.stderr.write(`PUT /reserve, 10,000 of each, ${run}: ${seconds.toFixed(2)} s\n`);
      expect(seconds).toBeLessThan(45);
    }
  }, 120_000);

  it('reads a large body from nobody but an administrator', async () => {
    const large = JSON.stringify({ animals: [{ id: 'x', name: 'x', note: 'n'.repeat(1_000_000) }] });
    const ranger = await rest.tokenFor('ranger');
    expect((await rest.ask('PUT', '/api/v1/reserve', { body: large, token: ranger })).status).toBe(403);
    expect((await rest.ask('PUT', '/api/v1/reserve', { body: large, token: 'cw_wrong' })).status).toBe(401);
    expect((await rest.ask('PUT', '/api/v1/farms/x', { body: large })).json).toMatchObject({
      status: 413,
      type: '/problems/too-large',
    });
    expect((await rest.ask('PUT', '/api/v1/reserve', { body: large })).status).toBe(200);
  });
});
