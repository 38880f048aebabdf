import { setTimeout as sleep } from 'node:timers/promises';
import type { Publisher } from '../../simulator/publisher.ts';
import { aReserve, northOfFarm, SECRET } from '../factories/reserve.ts';
import { createBareDatabase } from '../support/database.ts';
import { LiveClient } from '../support/live-client.ts';
import { connectCollar, publishFix } from '../support/mqtt.ts';
import { ADMIN_TOKEN, startServer, type TestServer } from '../support/server.ts';

const KILLS = 3;
const HOUR = 3_600_000;
const START = Date.UTC(2026, 5, 1);

let database: Awaited<ReturnType<typeof createBareDatabase>>;
let server: TestServer;
let collar: Publisher;

async function start(): Promise<void> {
  server = await startServer({ DATABASE_URL: database.url });
}
const connectSofia = () => connectCollar({ url: server.mqtt!, username: '30211', password: SECRET });
const live = () => `${server.http.replace('http', 'ws')}/live`;
const connect = () => LiveClient.connect(live(), { authorization: `Bearer ${ADMIN_TOKEN}` });

beforeAll(async () => {
  database = await createBareDatabase();
  await start();
  expect((await server.api('PUT', '/reserve', aReserve())).status).toBe(200);
  collar = await connectSofia();
});
afterAll(async () => {
  await collar.close();
  await server.kill('SIGTERM');
  await database.drop();
});

let steps = 0;
/** Sofia an hour later, so many metres north of the fence. */
const walk = (metres: number) =>
  publishFix(collar, '30211', { ...northOfFarm(metres), at: START + steps++ * HOUR, accuracyM: 10 });

it('tells a reader of a fix and of its alert, from the collar to the socket', async () => {
  const client = await connect();
  client.subscribe({ id: 'p1', stream: 'positions' });
  client.subscribe({ id: 'a1', stream: 'alerts' });
  await client.until(() => client.frames.length === 4, 'subscribed to both');
  await walk(1_000);
  expect((await client.until(() => client.frames.length === 6, 'both told'), client.frames.slice(4))).toMatchObject([
    {
      event: 'positions',
      data: { id: 'p1', positions: [{ animal: 'sofia', collar: '30211', doubts: [], accuracyM: 10 }] },
    },
    {
      event: 'alerts',
      data: { id: 'a1', changes: [{ change: 'opened', late: true, alert: { farm: 'olenevod', level: 'near' } }] },
    },
  ]);
  await client.cut();
});

it('opens by a ticket, once', async () => {
  const { ticket } = (await server.api('POST', '/live/ticket')).json as { ticket: string };
  const client = await LiveClient.connect(`${live()}?ticket=${ticket}`);
  client.subscribe({ id: 'p1', stream: 'positions' });
  await client.next('subscribed');
  await expect(LiveClient.connect(`${live()}?ticket=${ticket}`)).rejects.toThrow();
  await client.cut();
});

it(`a reader that goes on from its cursor is told everything once, though the server is killed ${KILLS} times`, async () => {
  const seen: number[] = [];
  let cursor: string | undefined;
  let reader = await connect();
  const follow = async () => {
    reader.subscribe({ id: 'p1', stream: 'positions', ...(cursor === undefined ? {} : { after: cursor }) });
    await reader.next('subscribed');
  };
  const leave = async () => {
    await reader.cut();
    for (const { event, data } of reader.frames)
      if (event === 'positions') seen.push(...data.positions.map(({ at }) => Date.parse(at)));
    cursor = reader.cursorOf('p1') ?? cursor;
  };
  await follow();
  const acknowledged: number[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    let isKilled = false;
    const publishing = (async () => {
      while (!isKilled) {
        const at = START + steps * HOUR;
        await walk(30_000).then(
          () => acknowledged.push(at),
          () => undefined,
        );
      }
    })();
    await sleep(700);
    await server.kill('SIGKILL');
    isKilled = true;
    await collar.close();
    await publishing;
    await leave();
    await start();
    collar = await connectSofia();
    reader = await connect();
    await follow();
  }
  const last = START + steps * HOUR;
  await walk(30_000);
  await reader.until(
    () => reader.frames.some(({ data }) => data.positions?.some(({ at }) => Date.parse(at) === last)),
    'the last fix',
  );
  await leave();
  expect(acknowledged.length).toBeGreaterThan(50);
  expect(new Set(seen).size).toBe(seen.length);
  const missing = acknowledged.filter((at) => !seen.includes(at));
  expect(missing).toEqual([]);
}, 120_000);

it('says goodbye when the server stops', async () => {
  const client = await connect();
  client.subscribe({ id: 'p1', stream: 'positions' });
  await client.next('subscribed');
  const ended = server.kill('SIGTERM');
  expect(await client.untilClosed()).toEqual({ code: 1012, reason: 'restart' });
  expect(await ended).toBe(0);
  await collar.close();
  await start();
  collar = await connectSofia();
}, 60_000);
