import { aFix } from '../../factories/fixes.ts';
import { aFarm, aReserve } from '../../factories/reserve.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { LiveServer } from './live-server.ts';

let test: TestDatabase;
let server: LiveServer;
beforeAll(async () => {
  test = await createTestDatabase();
  server = await LiveServer.start(test.database);
  await server.api('PUT', '/reserve', {
    ...aReserve(),
    farms: { type: 'FeatureCollection', features: [aFarm(), aFarm('second', { lon: 131.2, lat: 42.6 })] },
    animals: [
      { id: 'sofia', name: 'Sofia' },
      { id: 'narva', name: 'Narva' },
    ],
    collars: [
      { serial: '30211', format: 'json-v1' },
      { serial: '30212', format: 'json-v1' },
      { serial: '30213', format: 'json-v1' },
    ],
    deployments: [
      { animal: 'sofia', collar: '30211', from: '2026-01-01T00:00:00Z', to: null },
      { animal: 'narva', collar: '30212', from: '2026-01-01T00:00:00Z', to: '2026-11-22T00:00:00Z' },
    ],
  });
});
afterAll(async () => {
  await server?.stop();
  await test?.drop();
});

const AT = Date.UTC(2026, 10, 21);
const sofia = (minute: number, over = {}) =>
  aFix({ collarId: server.collarId('30211'), at: AT + minute * 60_000, ...over });

describe('positions', () => {
  it('go from a snapshot over to what is committed', async () => {
    await server.commit([sofia(0), sofia(1, { lat: 43.2, hdop: 1.5, altM: 212.25 }), sofia(2, { doubts: 4 })]);
    const client = await server.connect();
    client.subscribe({ id: 'p1', stream: 'positions' });
    const { cursor } = (await client.next('subscribed')).data;
    const snapshot = await client.next('snapshot');
    expect(snapshot.data).toEqual({
      id: 'p1',
      cursor,
      positions: [
        {
          animal: 'sofia',
          collar: '30211',
          at: '2026-11-21T00:01:00.000Z',
          lat: 43.2,
          lon: 131.487,
          late: false,
          doubts: [],
          hdop: 1.5,
          altM: 212.25,
        },
      ],
    });
    await server.commit([sofia(3), sofia(-5, { late: true })]);
    const { data } = await client.next('positions');
    expect(data.id).toBe('p1');
    expect(data.positions).toMatchObject([
      { animal: 'sofia', at: '2026-11-21T00:03:00.000Z', late: false },
      { animal: 'sofia', at: '2026-11-20T23:55:00.000Z', late: true },
    ]);
    await client.cut();
  });
});
