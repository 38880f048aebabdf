import type { Fix } from '../../../src/domain/fix.ts';
import { BatchStore } from '../../../src/ingest/batch.store.ts';
import { aFix } from '../../factories/fixes.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { AT, LiveServer } from './live-server.ts';
import type { LiveClient } from '../../support/live-client.ts';

let test: TestDatabase;
let server: LiveServer;
beforeAll(async () => {
  test = await createTestDatabase();
  server = await LiveServer.start(test.database);
  await server.register();
});
afterAll(async () => {
  await server.stop();
  await test.drop();
});

let minutes = 0;
const sofia = (over: Partial<Fix> = {}) =>
  aFix({ collarId: server.collarId('30211'), at: AT + minutes++ * 60_000, ...over });
const times = (client: LiveClient) =>
  client.frames
    .filter(({ event }) => event === 'positions')
    .flatMap(({ data }) => data.positions.map(({ at }) => Date.parse(at)));

/** A cursor behind everything committed so far. */
async function cursorNow(stream = 'positions'): Promise<string> {
  const client = await server.connect();
  client.subscribe({ id: 'x', stream });
  const { cursor } = (await client.next('subscribed')).data;
  await client.cut();
  return cursor;
}

describe('with a cursor', () => {
  it('a client gets what it missed, in order, and then what comes', async () => {
    await server.commit([sofia()]);
    const after = await cursorNow();
    const missed: Fix[] = [];
    for (let batch = 0; batch < 300; batch++) {
      const fixes = Array.from({ length: 1 + (batch % 30) }, () => sofia());
      missed.push(...fixes);
      await server.commit(fixes, batch % 7 !== 0);
    }
    const client = await server.connect();
    client.subscribe({ id: 'p1', stream: 'positions', after });
    expect((await client.next('subscribed')).data).toEqual({ id: 'p1', cursor: after });
    await client.until(() => times(client).length === missed.length, 'all that was missed');
    const next = sofia();
    await server.commit([next]);
    await client.until(() => times(client).length > missed.length, 'what comes');
    expect(times(client)).toEqual([...missed, next].map(({ at }) => at));
    expect(client.frames.filter(({ event }) => event === 'snapshot')).toEqual([]);
    await client.cut();
  });

  it('changes of alerts are told again in order', async () => {
    const after = await cursorNow('alerts');
    for (let count = 0; count < 20; count++) await server.commitAlerts({ at: AT + count }, { at: AT + count });
    const client = await server.connect();
    client.subscribe({ id: 'a1', stream: 'alerts', after });
    await client.next('subscribed');
    const changes = () => client.frames.filter(({ event }) => event === 'alerts').flatMap(({ data }) => data.changes);
    await client.until(() => changes().length === 40, 'all that was missed');
    const seqs = changes().map(({ seq }) => seq);
    expect(seqs).toEqual([...new Set(seqs)].sort((one, other) => one - other));
    await client.cut();
  });

  it('it goes on behind a restart of the server', async () => {
    const client = await server.connect();
    client.subscribe({ id: 'p1', stream: 'positions' });
    client.subscribe({ id: 'a1', stream: 'alerts' });
    await client.until(() => client.cursorOf('a1') !== undefined, 'subscribed');
    const before = sofia();
    await server.commit([before]);
    await client.until(() => times(client).length === 1, 'the fix before');
    await server.stop();
    expect(client.closed).toEqual({ code: 1012, reason: 'restart' });

    server = await LiveServer.start(test.database);
    const missed = [sofia(), sofia()];
    await server.commit(missed);
    await server.commitAlerts({});
    const again = await server.connect();
    again.subscribe({ id: 'p1', stream: 'positions', after: client.cursorOf('p1') });
    again.subscribe({ id: 'a1', stream: 'alerts', after: client.cursorOf('a1') });
    await again.until(() => again.frames.length === 4, 'both told');
    expect(times(again)).toEqual(missed.map(({ at }) => at));
    await again.cut();
  });

  it('a filter holds for what was missed', async () => {
    const after = await cursorNow();
    const narva = aFix({ collarId: server.collarId('30212'), at: AT });
    await server.commit([sofia(), narva, sofia()]);
    const client = await server.connect();
    client.subscribe({ id: 'p1', stream: 'positions', animals: ['narva'], after });
    await client.next('subscribed');
    expect((await client.next('positions')).data.positions).toMatchObject([{ animal: 'narva' }]);
    await client.cut();
  });
});

describe('resync', () => {
  const answerTo = async (after: string, stream = 'positions') => {
    const client = await server.connect();
    client.subscribe({ id: 'p1', stream, after });
    const { data } = await client.next('resync');
    // The subscription has ended: its id is free, and subscribing anew works on the same connection.
    client.subscribe({ id: 'p1', stream });
    await client.next('subscribed');
    await client.next('snapshot');
    await client.cut();
    return data;
  };

  it('is told for a cursor that is not one', async () => {
    expect(await answerTo('yesterday')).toEqual({ id: 'p1', reason: 'cursor-unreadable' });
  });

  it('is told for a cursor of the other stream or of another database', async () => {
    const cursor = await cursorNow();
    expect(await answerTo(cursor, 'alerts')).toMatchObject({ reason: 'cursor-of-another-log' });
    expect(await answerTo(cursor.replace(/-[0-9a-f]{8}-/, '-00000000-'))).toMatchObject({
      reason: 'cursor-of-another-log',
    });
  });

  it('is told for a cursor ahead of the log', async () => {
    expect(await answerTo((await cursorNow()).replace(/\d+$/, '99999999'))).toMatchObject({
      reason: 'cursor-ahead-of-log',
    });
  });

  it('is told when the log does not reach back any more, and only then', async () => {
    await server.commit([sofia()]);
    const old = await cursorNow();
    await server.commit([sofia()]);
    const pruned = await cursorNow();
    await test.database.client.$executeRaw`UPDATE batch SET committed_at = now() - interval '30 days'`;
    expect(await server.app.get(BatchStore, { strict: false }).prune(7)).toBeGreaterThan(0);
    expect(await answerTo(old)).toMatchObject({ reason: 'log-does-not-reach' });

    const client = await server.connect();
    client.subscribe({ id: 'p1', stream: 'positions', after: pruned });
    await client.next('subscribed');
    const next = sofia();
    await server.commit([next]);
    await client.until(() => times(client).length === 1, 'what comes');
    expect(times(client)).toEqual([next.at]);
    await client.cut();
  });
});
