import type { Fix } from '../../../src/domain/fix.ts';
import { StreamsMetrics } from '../../../src/streams/metrics.ts';
import { aFix } from '../../factories/fixes.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { AT, LiveServer } from './live-server.ts';
import type { LiveClient } from '../../support/live-client.ts';

const MAX_BUFFERED = 131_072;
const BATCH = 1_000;
/** Enough that it does not fit into what the operating system holds for a connection. */
const BATCHES = 80;

let test: TestDatabase;
let server: LiveServer;
beforeAll(async () => {
  test = await createTestDatabase();
  server = await LiveServer.start(test.database, { LIVE_MAX_BUFFERED_BYTES: String(MAX_BUFFERED) });
  await server.register();
});
afterAll(async () => {
  await server.stop();
  await test.drop();
});

let clock = AT;
/** Batches of fixes of both animals, each newer than the one before. */
function batch(): Fix[] {
  return Array.from({ length: BATCH }, (_, part) =>
    aFix({
      collarId: server.collarId(part % 2 === 0 ? '30211' : '30212'),
      at: clock++,
      hdop: 1.25,
      temperatureC: -4.5,
    }),
  );
}
const positionsOf = (client: LiveClient) =>
  client.frames.flatMap(({ event, data }) => (event === 'positions' ? data.positions : []));
const newestOf = (client: LiveClient, animal: string) =>
  positionsOf(client)
    .filter((fix) => fix.animal === animal)
    .reduce((newest, { at }) => Math.max(newest, Date.parse(at)), 0);

async function subscribed(): Promise<LiveClient> {
  const client = await server.connect();
  client.subscribe({ id: 'p1', stream: 'positions' });
  client.subscribe({ id: 'a1', stream: 'alerts' });
  await client.until(() => client.cursorOf('a1') !== undefined, 'subscribed');
  return client;
}

async function bufferedBytes(): Promise<number> {
  const { values } = await server.app.get(StreamsMetrics).buffered.get();
  return values[0]!.value;
}

it('a slow reader gets a gap and the newest per animal and every alert; a healthy one beside it gets everything', async () => {
  const [slow, healthy] = [await subscribed(), await subscribed()];
  slow.ws.pause();
  let most = 0;
  for (let count = 0; count < BATCHES; count++) {
    await server.commit(batch());
    await server.commitAlerts({}, {});
    most = Math.max(most, await bufferedBytes());
  }
  await healthy.until(() => positionsOf(healthy).length === BATCHES * BATCH, 'everything', 30_000);
  expect(healthy.frames.filter(({ event }) => event === 'gap')).toEqual([]);
  // Never more waits than the setting says and one frame beyond it.
  expect(most).toBeGreaterThan(MAX_BUFFERED);
  expect(most).toBeLessThan(MAX_BUFFERED + BATCH * 300);

  slow.ws.resume();
  const alertsOf = (client: LiveClient) =>
    client.frames.flatMap(({ event, data }) => (event === 'alerts' ? data.changes.map(({ seq }) => seq) : []));
  await slow.until(() => alertsOf(slow).length === BATCHES * 2, 'every alert');
  expect(alertsOf(slow)).toEqual(alertsOf(healthy));
  await slow.until(() => newestOf(slow, 'narva') === clock - 1, 'the newest of narva');
  expect(newestOf(slow, 'sofia')).toBe(clock - 2);

  const gap = slow.frames.findIndex(({ event }) => event === 'gap');
  expect(slow.frames[gap + 1]).toMatchObject({ event: 'positions', data: { id: 'p1' } });
  expect(slow.frames[gap + 1]!.data.positions).toHaveLength(2);
  const dropped = slow.frames.reduce((sum, { event, data }) => sum + (event === 'gap' ? data.dropped : 0), 0);
  expect(dropped).toBeGreaterThan(BATCH);
  expect(positionsOf(slow).length + dropped).toBe(BATCHES * BATCH);

  // From here on it is a reader like any other.
  await server.commit(batch());
  await slow.until(() => newestOf(slow, 'narva') === clock - 1, 'what comes');
  expect(positionsOf(slow).length + dropped).toBe((BATCHES + 1) * BATCH);
  await Promise.all([slow.cut(), healthy.cut()]);
}, 120_000);

it('slow readers that began to be slow at different times are each told what they missed themselves', async () => {
  const readers = [await subscribed(), await subscribed(), await subscribed()];
  const total = BATCHES * BATCH;
  for (let count = 0; count < BATCHES; count++) {
    if (count % 20 === 0) readers[count / 20]?.ws.pause();
    await server.commit(batch());
  }
  for (const reader of readers) reader.ws.resume();
  for (const reader of readers) {
    await reader.until(() => newestOf(reader, 'narva') === clock - 1, 'the newest of narva', 30_000);
    const dropped = reader.frames.reduce((sum, { event, data }) => sum + (event === 'gap' ? data.dropped : 0), 0);
    expect(dropped).toBeGreaterThan(0);
    expect(positionsOf(reader).length + dropped).toBe(total);
    expect(newestOf(reader, 'sofia')).toBe(clock - 2);
    await reader.cut();
  }
}, 120_000);

it('a reader that comes back to more than its socket takes gets exactly that, at its own pace', async () => {
  const client = await subscribed();
  const after = client.cursorOf('p1')!;
  await client.cut();
  for (let count = 0; count < BATCHES; count++) await server.commit(batch());
  const again = await server.connect();
  again.ws.pause();
  again.subscribe({ id: 'p1', stream: 'positions', after });
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  // It stops to read the log when there is no room, and holds no more than one page beyond.
  expect(await bufferedBytes()).toBeLessThan(MAX_BUFFERED + BATCH * 300);
  again.ws.resume();
  await again.until(() => positionsOf(again).length === BATCHES * BATCH, 'all that was missed', 30_000);
  expect(again.frames.filter(({ event }) => event === 'gap')).toEqual([]);
  const times = positionsOf(again).map(({ at }) => Date.parse(at));
  expect(times).toEqual([...times].sort((one, other) => one - other));
  await again.cut();
}, 120_000);
