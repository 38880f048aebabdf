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
  animals: [
    {
      id: 'sofia',
      name: 'Sofia',
      species: 'Panthera pardus orientalis',
      sex: 'female',
      namedAfter: 'the farmer’s daughter',
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
      json: { farms: 1, animals: 2, collars: 2, deployments: 2, gateways: 2 },
    });
    const back = await rest.ask('GET', '/api/v1/reserve');
    const withoutSecrets = JSON.parse(
      JSON.stringify(reserve, (key, value: unknown) => (key === 'secret' ? undefined : value)),
    );
    withoutSecrets.animals.reverse(); // Ids are listed in their order.
    withoutSecrets.deployments[0].from = '2026-01-01T00:00:00.000Z';
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
});
