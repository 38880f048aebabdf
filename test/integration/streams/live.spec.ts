import { randomUUID } from 'node:crypto';
import type { Fix } from '../../../src/domain/fix.ts';
import { aFix } from '../../factories/fixes.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { LiveServer, AT } from './live-server.ts';
import type { LiveClient } from '../../support/live-client.ts';

let test: TestDatabase;
let server: LiveServer;
let client: LiveClient;
beforeAll(async () => {
  test = await createTestDatabase();
  server = await LiveServer.start(test.database);
  await server.register();
});
afterAll(async () => {
  await server.stop();
  await test.drop();
});
beforeEach(async () => {
  client = await server.connect();
});
afterEach(() => client.cut());

let minutes = 0;
/** Sofia's next fix, a minute after the one before. */
const sofia = (over: Partial<Fix> = {}) =>
  aFix({ collarId: server.collarId('30211'), at: AT + minutes++ * 60_000, ...over });
const narva = (over: Partial<Fix> = {}) =>
  aFix({ collarId: server.collarId('30212'), at: AT + minutes++ * 1_000, ...over });
const iso = (at: number) => new Date(at).toISOString();

/** Subscribes and reads what comes first. @returns the snapshot's data */
async function joined(data: { id: string; [field: string]: unknown }, reader = client) {
  reader.subscribe(data);
  const { cursor } = (await reader.next('subscribed')).data;
  const snapshot = await reader.next('snapshot');
  expect(snapshot.data).toMatchObject({ id: data.id, cursor });
  return snapshot.data;
}

describe('positions', () => {
  it('go from a snapshot of the newest trusted fixes over to each committed batch', async () => {
    await server.commit([sofia(), sofia({ lat: 43.2, hdop: 1.5, altM: 212.25 }), sofia({ doubts: 4 })]);
    const snapshot = await joined({ id: 'p1', stream: 'positions' });
    expect(snapshot.positions).toEqual([
      {
        animal: 'sofia',
        collar: '30211',
        at: iso(AT + 60_000),
        lat: 43.2,
        lon: 131.487,
        late: false,
        doubts: [],
        hdop: 1.5,
        altM: 212.25,
      },
    ]);
    const [next, late] = [sofia({ doubts: 1 }), sofia({ at: AT - 1_000, late: true })];
    await server.commit([next, late]);
    await server.commit([narva()]);
    const { data } = await client.next('positions');
    expect(data).toMatchObject({ id: 'p1', cursor: expect.not.stringMatching(snapshot.cursor) });
    expect(data.positions).toMatchObject([
      { animal: 'sofia', at: iso(next.at), doubts: ['future-time'], late: false },
      { animal: 'sofia', at: iso(late.at), doubts: [], late: true },
    ]);
    expect((await client.next('positions')).data.positions).toMatchObject([{ animal: 'narva', collar: '30212' }]);
  });

  it('are not told of a collar that nobody wore at the time', async () => {
    await joined({ id: 'p1', stream: 'positions' });
    await server.commit([aFix({ collarId: server.collarId('30213') })]);
    await server.commit([narva({ at: AT + 3_600_000 })]);
    await server.commit([sofia()]);
    expect((await client.next('positions')).data.positions).toMatchObject([{ animal: 'sofia' }]);
    expect(client.frames).toHaveLength(3);
  });

  it('come by animal and by box, and by both', async () => {
    const box = [131.4, 43, 131.5, 43.15];
    await joined({ id: 'sofia', stream: 'positions', animals: ['sofia'] });
    await joined({ id: 'box', stream: 'positions', bbox: box });
    await joined({ id: 'both', stream: 'positions', animals: ['narva'], bbox: box });
    await joined({ id: 'across', stream: 'positions', bbox: [170, 43, -170, 44] });
    await server.commit([
      sofia({ lat: 43.1 }),
      sofia({ lat: 43.3 }),
      narva({ lat: 43.1 }),
      narva({ lat: 43.5, lon: 180 }),
      sofia({ lat: 43.5, lon: -171 }),
    ]);
    await client.until(() => client.frames.filter(({ event }) => event === 'positions').length === 4, 'four frames');
    const told = Object.fromEntries(
      client.frames
        .filter(({ event }) => event === 'positions')
        .map(({ data }) => [data.id, data.positions.map((fix) => [fix.animal, fix.lat])]),
    );
    expect(told).toEqual({
      sofia: [
        ['sofia', 43.1],
        ['sofia', 43.3],
        ['sofia', 43.5],
      ],
      box: [
        ['sofia', 43.1],
        ['narva', 43.1],
      ],
      both: [['narva', 43.1]],
      across: [
        ['narva', 43.5],
        ['sofia', 43.5],
      ],
    });
  });

  it('are followed by changes of their doubts', async () => {
    const fix = sofia({ doubts: 32 });
    await joined({ id: 'p1', stream: 'positions' });
    await joined({ id: 'p2', stream: 'positions', animals: ['narva'] });
    await server.commit([fix]);
    await client.next('positions');
    await server.commitDoubts([
      { collarId: fix.collarId, at: fix.at, doubts: 16 },
      { collarId: server.collarId('30213'), at: fix.at, doubts: 16 },
    ]);
    const { data } = await client.next('doubts');
    expect(data).toMatchObject({
      id: 'p1',
      changes: [{ animal: 'sofia', at: iso(fix.at), doubts: ['impossible-speed'] }],
    });
    expect(data.changes).toHaveLength(1);
  });

  it('come from other processes too', async () => {
    await joined({ id: 'p1', stream: 'positions' });
    const fix = sofia();
    await server.commit([fix], false);
    expect((await client.next('positions')).data.positions).toMatchObject([{ at: iso(fix.at) }]);
  });
});

describe('alerts', () => {
  it('go from the open ones over to their changes', async () => {
    const [open, closed] = [randomUUID(), randomUUID()];
    await server.commitAlerts({ alertId: open }, { alertId: closed }, { alertId: closed, change: 'closed' });
    const { alerts } = await joined({ id: 'a1', stream: 'alerts' });
    expect(alerts).toMatchObject([
      { id: open, state: 'open', farm: 'olenevod', animal: 'sofia', openedAt: iso(AT), closest: { m: 1900 } },
    ]);
    await server.commitAlerts({ alertId: open, change: 'escalated' }, { alertId: open, change: 'closed' });
    const { data } = await client.next('alerts');
    expect(data.changes).toMatchObject([
      { change: 'escalated', alert: { id: open, state: 'open', revision: 2 } },
      { change: 'closed', alert: { id: open, state: 'closed', revision: 3 } },
    ]);
  });

  it('come by farm and by animal', async () => {
    await joined({ id: 'second', stream: 'alerts', farms: ['second'] });
    await joined({ id: 'narva', stream: 'alerts', animals: ['narva'] });
    await server.commitAlerts({ farm: 'olenevod' }, { farm: 'second' });
    const { data } = await client.next('alerts');
    expect(data.id).toBe('second');
    expect(data.changes).toMatchObject([{ alert: { farm: 'second' } }]);
    await server.commitAlerts({ farm: 'second' });
    expect((await client.next('alerts')).data.id).toBe('second');
  });
});

describe('a farmer', () => {
  it('hears of the own farms alone, and of no position', async () => {
    const { token } = await server.token('farmer', ['second']);
    const farmer = await server.connect(token);
    farmer.subscribe({ id: 'p1', stream: 'positions' });
    expect((await farmer.next('error')).data).toMatchObject({ id: 'p1', code: 'forbidden' });
    farmer.subscribe({ id: 'a0', stream: 'alerts', farms: ['olenevod'] });
    const notOwn = (await farmer.next('error')).data;
    farmer.subscribe({ id: 'a0', stream: 'alerts', farms: ['nowhere'] });
    const notThere = (await farmer.next('error')).data;
    expect(notOwn).toEqual({ ...notThere, message: notThere.message.replace('nowhere', 'olenevod') });
    farmer.subscribe({ id: 'a0', stream: 'alerts', animals: ['yeti'] });
    await farmer.next('subscribed');
    await farmer.next('snapshot');
    const { alerts } = await joined({ id: 'a1', stream: 'alerts' }, farmer);
    expect(new Set(alerts.map(({ farm }) => farm))).toEqual(new Set(['second']));
    await server.commit([sofia()]);
    await server.commitAlerts({ farm: 'olenevod' }, { farm: 'second' });
    expect((await farmer.next('alerts')).data.changes).toMatchObject([{ alert: { farm: 'second' } }]);
    expect(JSON.stringify(farmer.frames)).not.toMatch(/olenevod"[^.]|"lat"|"lon"|43\.1/);
    await farmer.cut();
  });
});

describe('a frame that cannot be followed', () => {
  it.each([
    ['no JSON', '{', 'malformed'],
    ['no event', '{"data":{}}', 'malformed'],
    ['an unknown event', '{"event":"publish","data":{}}', 'unknown-event'],
    ['an unknown stream', '{"event":"subscribe","data":{"id":"x","stream":"fixes"}}', 'unknown-stream'],
    [
      'an unknown animal',
      '{"event":"subscribe","data":{"id":"x","stream":"positions","animals":["yeti"]}}',
      'unknown-animal',
    ],
    [
      'an unknown farm',
      '{"event":"subscribe","data":{"id":"x","stream":"alerts","farms":["nowhere"]}}',
      'unknown-farm',
    ],
    ['a bad bbox', '{"event":"subscribe","data":{"id":"x","stream":"positions","bbox":[0,1,0]}}', 'bad-bbox'],
    ['an id in use', '{"event":"subscribe","data":{"id":"p1","stream":"alerts"}}', 'id-in-use'],
    ['an unknown id', '{"event":"unsubscribe","data":{"id":"x"}}', 'unknown-id'],
    ['a name of JavaScript as event', '{"event":"constructor","data":{}}', 'unknown-event'],
  ])('with %s is answered, and everything else goes on', async (_, text, code) => {
    await joined({ id: 'p1', stream: 'positions' });
    client.ws.send(text);
    expect((await client.next('error')).data).toMatchObject({ code, message: expect.any(String) });
    await server.commit([sofia()]);
    await client.next('positions');
  });

  it('in binary is answered', async () => {
    client.ws.send(Buffer.from('{"event":"unsubscribe","data":{"id":"x"}}'));
    expect((await client.next('error')).data).toMatchObject({ code: 'malformed' });
  });

  it('over and over ends that connection alone', async () => {
    await joined({ id: 'p1', stream: 'positions' });
    const noisy = await server.connect();
    for (let count = 0; count < 40; count++) noisy.ws.send('nonsense');
    expect(await noisy.untilClosed()).toEqual({ code: 1008, reason: 'too many malformed frames' });
    await server.commit([sofia()]);
    await client.next('positions');
  });

  it('of more than 16 KiB ends that connection alone', async () => {
    await joined({ id: 'p1', stream: 'positions' });
    const bulky = await server.connect();
    bulky.send('subscribe', { id: 'p1', stream: 'positions', animals: ['x'.repeat(16_384)] });
    expect(await bulky.untilClosed()).toMatchObject({ code: 1009 });
    await server.commit([sofia()]);
    await client.next('positions');
  });

  it('is told to its sender alone', async () => {
    const other = await server.connect();
    await joined({ id: 'p1', stream: 'positions' }, other);
    client.ws.send('{');
    await client.next('error');
    await server.commit([sofia()]);
    await other.next('positions');
    await other.cut();
  });
});

describe('subscriptions', () => {
  it('end when the client says so, and their id is free again', async () => {
    await joined({ id: 'p1', stream: 'positions' });
    client.send('unsubscribe', { id: 'p1' });
    const { cursor } = await joined({ id: 'p1', stream: 'alerts' });
    expect(cursor).toMatch(/^a-/);
    await server.commit([sofia()]);
    await server.commitAlerts({});
    await client.next('alerts');
  });

  it('are 32 on one connection at most', async () => {
    for (let count = 0; count < 32; count++) await joined({ id: `p${count}`, stream: 'positions', animals: ['narva'] });
    client.subscribe({ id: 'p32', stream: 'positions' });
    expect((await client.next('error')).data).toMatchObject({ id: 'p32', code: 'too-many-subscriptions' });
    client.send('unsubscribe', { id: 'p7' });
    await joined({ id: 'p32', stream: 'positions' });
  });

  it('tell the same bytes to all who ask for the same', async () => {
    const others = await Promise.all(Array.from({ length: 5 }, () => server.connect()));
    for (const reader of [client, ...others]) await joined({ id: 'p1', stream: 'positions' }, reader);
    const fixes = [sofia(), sofia()];
    await server.commit(fixes);
    const told = await Promise.all([client, ...others].map((reader) => reader.next('positions')));
    for (const frame of told) expect(frame).toEqual(told[0]);
    await Promise.all(others.map((reader) => reader.cut()));
  });
});
