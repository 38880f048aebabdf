import { aReserve, northOfFarm, SECRET } from '../factories/reserve.ts';
import { connectCollar, publishFix } from '../support/mqtt.ts';
import { eventually, startServer, type TestServer } from '../support/server.ts';
import { createBareDatabase } from '../support/database.ts';
import type { Publisher } from '../../simulator/publisher.ts';

let server: TestServer;
let collar: Publisher;
let gateway: Publisher;
let database: Awaited<ReturnType<typeof createBareDatabase>>;
const HOUR = 3_600_000;
const NOW = Math.floor(Date.now() / 1_000) * 1_000;

beforeAll(async () => {
  database = await createBareDatabase();
  server = await startServer({ DATABASE_URL: database.url });
  expect((await server.api('PUT', '/reserve', aReserve())).status).toBe(200);
  collar = await connectCollar({ url: server.mqtt!, username: '30211', password: SECRET });
  gateway = await connectCollar({ url: server.mqtt!, username: 'iridium', password: SECRET });
});
afterAll(async () => {
  await collar.close();
  await gateway.close();
  await server.kill('SIGTERM');
  await database.drop();
});

const place = northOfFarm(9_000);
const fixes = async (query = '') =>
  (await server.api('GET', `/animals/sofia/fixes${query}`)).json.items as Record<string, unknown>[];
const letters = async () => (await server.api('GET', '/dead-letters')).json.items as Record<string, unknown>[];

describe('a fix through the embedded door', () => {
  it('is stored when its PUBACK comes, and shown as it was sent', async () => {
    const sent = {
      ...place,
      at: new Date(NOW - HOUR).toISOString(),
      accuracyM: 12,
      hdop: 1.4,
      satellites: 7,
      batteryV: 3.58,
      seq: 1207,
    };
    await publishFix(collar, '30211', sent);
    expect(await fixes()).toEqual([expect.objectContaining({ ...sent, collar: '30211', doubts: [], late: false })]);
    const { json } = await server.api('GET', '/positions');
    expect(json.features).toHaveLength(1);
    expect(json.features[0].geometry.coordinates).toEqual([place.lon, place.lat]);
  });

  it('is absorbed when it comes again, alone, in an array or through the gateway', async () => {
    const at = NOW - 2 * HOUR;
    for (const publisher of [collar, gateway]) {
      await publishFix(publisher, '30211', { ...place, at });
      await publishFix(publisher, '30211', [
        { ...place, at },
        { ...place, at: at / 1_000 },
      ]);
    }
    expect((await fixes()).filter((fix) => fix['at'] === new Date(at).toISOString())).toHaveLength(1);
  });

  it('is late when a newer one of its animal was stored', async () => {
    const at = new Date(NOW - 3 * HOUR).toISOString();
    await publishFix(collar, '30211', { ...place, at });
    expect((await fixes()).find((fix) => fix['at'] === at)).toMatchObject({ late: true });
  });

  it('stays when another place is told for its time, which becomes a dead letter', async () => {
    const at = new Date(NOW - 4 * HOUR).toISOString();
    await publishFix(collar, '30211', { ...place, at });
    await publishFix(collar, '30211', { ...place, lat: place.lat + 0.5, at });
    expect((await fixes()).find((fix) => fix['at'] === at)).toMatchObject(place);
    expect(await letters()).toContainEqual(expect.objectContaining({ reason: 'conflict', serial: '30211' }));
  });

  it('of 2008 stores; one of a year ahead is doubted and leaves the present alone', async () => {
    const old = { animal: 'sofia', collar: '30211', from: '2007-01-01T00:00:00Z', to: '2009-01-01T00:00:00Z' };
    expect((await server.api('PUT', '/reserve', { deployments: [old] })).status).toBe(200);
    await publishFix(collar, '30211', { ...place, at: '2008-03-22T17:00:00.007Z' });
    await publishFix(collar, '30211', { ...place, at: new Date(NOW + 365 * 24 * HOUR).toISOString() });
    const all = await fixes();
    expect(all[0]).toMatchObject({ at: '2008-03-22T17:00:00.007Z', doubts: [] });
    expect(all.at(-1)).toMatchObject({ doubts: ['future-time'] });
    await publishFix(collar, '30211', { ...place, at: new Date(NOW).toISOString() });
    const { json } = await server.api('GET', '/positions');
    expect(json.features[0].properties).toMatchObject({ at: new Date(NOW).toISOString(), late: false });
  });

  it('of a collar that no animal wears is stored without one', async () => {
    await server.api('PUT', '/reserve', { collars: [{ serial: 'drawer', format: 'json-v1', secret: SECRET }] });
    await publishFix(gateway, 'drawer', { ...place, at: NOW });
    expect(await letters()).not.toContainEqual(expect.objectContaining({ serial: 'drawer' }));
    const worn = {
      animals: [{ id: 'max', name: 'Max' }],
      deployments: [{ animal: 'max', collar: 'drawer', from: '2026-01-01T00:00:00Z', to: null }],
    };
    expect((await server.api('PUT', '/reserve', worn)).status).toBe(200);
    const { json } = await server.api('GET', '/animals/max/fixes');
    expect(json.items).toHaveLength(1);
  });
});

describe('what is no fix', () => {
  const bad: [string, string | Uint8Array, string, string][] = [
    ['not JSON', 'hello', 'unreadable', 'JSON'],
    ['invalid UTF-8', Uint8Array.of(0x7b, 0xff, 0x7d), 'unreadable', 'UTF-8'],
    ['an empty array', '[]', 'unreadable', '1 to 1000'],
    [
      'an array of 1,001',
      JSON.stringify(Array.from({ length: 1_001 }, () => ({ at: 1, lat: 1, lon: 1 }))),
      'unreadable',
      '1001',
    ],
    ['1e999', `{"at":${NOW},"lat":1e999,"lon":1}`, 'invalid', 'lat'],
    ['NaN', `{"at":${NOW},"lat":NaN,"lon":1}`, 'unreadable', 'JSON'],
    ['latitude 91', `{"at":${NOW},"lat":91,"lon":1}`, 'invalid', 'lat: expected a number from -90 to 90'],
    ['no time', '{"lat":43,"lon":131}', 'invalid', 'at'],
    ['1970', '{"at":0,"lat":43,"lon":131}', 'invalid', 'at'],
    ['the year 300000', '{"at":9403600000000000,"lat":43,"lon":131}', 'invalid', 'at'],
    ['half a surrogate pair', `{"at":${NOW},"lat":43,"lon":131,"note":"\\ud800"}`, 'invalid', 'note'],
    ['U+0000', `{"at":${NOW},"lat":43,"lon":131,"note":"\\u0000"}`, 'invalid', 'note'],
    [
      'nested 10,000 deep',
      `{"at":${NOW},"lat":43,"lon":131,"deep":${'['.repeat(10_000)}${']'.repeat(10_000)}}`,
      'invalid',
      'deep',
    ],
    ['257 KiB', `{"at":${NOW},"lat":43,"lon":131,"note":"${'x'.repeat(257 * 1_024)}"}`, 'invalid', 'payload'],
  ];

  it.each(bad)(
    '%s is acknowledged and kept as a dead letter with its reason and its bytes',
    async (_, payload, reason, detail) => {
      await publishFix(collar, '30211', payload);
      const found = (await letters()).find(
        (letter) =>
          Buffer.compare(Buffer.from(letter['payload'] as string, 'base64'), Buffer.from(payload as string)) === 0,
      );
      expect(found).toMatchObject({ serial: '30211', reason, detail: expect.stringContaining(detail) as string });
      const at = new Date(NOW - 24 * HOUR - Math.floor(Math.random() * HOUR)).toISOString();
      await publishFix(collar, '30211', { ...place, at });
      expect(await fixes()).toContainEqual(expect.objectContaining({ at }));
    },
  );

  it('a million keys do not fit a message and end the connection; the collar goes on', async () => {
    const keys = `{${Array.from({ length: 1_000_000 }, (_, i) => `"k${i}":1`).join(',')}}`;
    const reckless = await connectCollar({ url: server.mqtt!, username: '30211', password: SECRET });
    let settled = false;
    publishFix(reckless, '30211', keys).then(
      () => (settled = true),
      () => undefined,
    );
    await eventually(
      async () => reckless.counts.connections,
      (connections) => connections >= 2,
    );
    expect(settled).toBe(false);
    await reckless.close(0);
    await publishFix(collar, '30211', { ...place, at: NOW - 5 * HOUR });
  });

  it('among good ones in an array is a dead letter alone', async () => {
    const good = [NOW - 30 * HOUR, NOW - 31 * HOUR];
    await publishFix(
      collar,
      '30211',
      `[{"at":${good[0]},"lat":43.2,"lon":131.2},{"at":1,"lat":43,"lon":131}, 7 ,{"at":${good[1]},"lat":43.2,"lon":131.2}]`,
    );
    const stored = (await fixes()).map((fix) => fix['at']);
    expect(stored).toEqual(expect.arrayContaining(good.map((at) => new Date(at).toISOString())));
    const raw = (await letters()).map((letter) => Buffer.from(letter['payload'] as string, 'base64').toString());
    expect(raw).toEqual(expect.arrayContaining(['{"at":1,"lat":43,"lon":131}', ' 7 ']));
  });

  it('of an unknown collar is a dead letter until the collar is registered and it is tried again', async () => {
    await publishFix(gateway, 'unheard-of', { ...place, at: NOW });
    const letter = (await letters()).find(({ serial }) => serial === 'unheard-of')!;
    expect(letter).toMatchObject({ reason: 'unknown-collar' });
    expect((await server.api('POST', `/dead-letters/${String(letter['id'])}/retry`)).json).toMatchObject({
      resolved: false,
      stored: 0,
    });
    await server.api('PUT', '/reserve', {
      animals: [{ id: 'leo', name: 'Leo' }],
      collars: [{ serial: 'unheard-of', format: 'json-v1', secret: SECRET }],
      deployments: [{ animal: 'leo', collar: 'unheard-of', from: '2026-01-01T00:00:00Z', to: null }],
    });
    expect((await server.api('POST', `/dead-letters/${String(letter['id'])}/retry`)).json).toMatchObject({
      resolved: true,
      stored: 1,
    });
    expect((await server.api('GET', '/animals/leo/fixes')).json.items).toHaveLength(1);
  });

  it('a failed attempt is kept and is no fix', async () => {
    const before = (await fixes()).length;
    await publishFix(collar, '30211', { at: NOW - 6 * HOUR, failed: true, batteryV: 3.5 });
    expect(await fixes()).toHaveLength(before);
    expect((await letters()).map(({ detail }) => detail)).not.toContain('failed');
  });
});
