import { aFarm, aReserve, northOfFarm, SECRET } from '../factories/reserve.ts';
import { createBareDatabase } from '../support/database.ts';
import { LiveClient } from '../support/live-client.ts';
import { connectCollar, publishFix } from '../support/mqtt.ts';
import { eventually, startServer, type TestServer } from '../support/server.ts';

/** Digits that stand in no other number: wherever they come out, a coordinate came out. */
const LON = 131.7004174283;
const LAT_TAIL = '917263';
const HOUR = 3_600_000;

let database: Awaited<ReturnType<typeof createBareDatabase>>;
let server: TestServer;
let farmer: string;

const placeAt = (metres: number) => ({ lon: LON, lat: Number(`${northOfFarm(metres).lat.toFixed(4)}${LAT_TAIL}`) });
const CANARY = new RegExp(`4174283|${LAT_TAIL}|417428|91726`);

beforeAll(async () => {
  database = await createBareDatabase();
  server = await startServer({ DATABASE_URL: database.url });
  const reserve = aReserve();
  reserve.farms.features.push(aFarm('neighbour', { lon: 131.7, lat: 43.5 }));
  // Silent soon after the last fix of the test, and not before.
  const collars = reserve.collars.map((one) => ({ ...one, fixIntervalS: 2 }));
  expect((await server.api('PUT', '/reserve', { ...reserve, collars })).status).toBe(200);
  const made = await server.api('POST', '/tokens', { name: 'farmer of Olenevod', role: 'farmer', farms: ['olenevod'] });
  farmer = (made.json as { token: string }).token;
});
afterAll(async () => {
  await server.kill('SIGTERM');
  await database.drop();
});

async function visitBothFarms(): Promise<void> {
  const collar = await connectCollar({ url: server.mqtt!, username: '30211', password: SECRET });
  const start = Math.floor(Date.now() / HOUR) * HOUR - 60 * HOUR;
  const step = (hour: number, metres: number) =>
    publishFix(collar, '30211', { ...placeAt(metres), at: start + hour * HOUR, accuracyM: 10, note: `near ${LON}` });
  for (const [hour, metres] of [9_000, 1_500, 300, 3_000, 3_100].entries()) await step(hour, metres);
  // 22.2 km north stands the neighbour's farm.
  for (const [hour, metres] of [20_500, 20_600].entries()) await step(10 + hour, metres);
  await publishFix(collar, '30211', { lat: 91, lon: LON, at: 1 });
  await collar.close();
}

interface Listed {
  readonly id: string;
  readonly kind: string;
  readonly farm: string | null;
  readonly couldReach?: { readonly farm: string };
}

describe('a farmer', () => {
  it('hears of the own farm alone, and of no coordinate anywhere: routes, errors, headers, stream', async () => {
    const live = await LiveClient.connect(`${server.http.replace('http', 'ws')}/live`, {
      authorization: `Bearer ${farmer}`,
    });
    live.subscribe({ id: 'a', stream: 'alerts' });
    expect((await live.next('subscribed')).data.id).toBe('a');
    expect((await live.next('snapshot')).data.alerts).toEqual([]);
    live.subscribe({ id: 'p', stream: 'positions' });
    expect(await live.next('error')).toMatchObject({ data: { id: 'p', code: 'forbidden' } });

    await visitBothFarms();
    const all = await eventually(
      async () => (await server.api('GET', '/alerts')).json.items as Listed[],
      (items) =>
        items.filter(({ kind }) => kind === 'farm-proximity').length === 2 &&
        items.some(({ couldReach }) => couldReach?.farm === 'neighbour'),
    );
    const seen: string[] = [];
    await live.until(() => {
      seen.push(...live.frames.splice(0).map((frame) => JSON.stringify(frame)));
      return seen.some((frame) => frame.includes('"closed"'));
    }, 'the visit to end');
    expect(seen.join()).toContain('"opened"');
    expect(seen.join()).not.toMatch(CANARY);
    expect(seen.join()).not.toContain('neighbour');

    const own = (await server.api('GET', '/alerts', undefined, farmer)).json.items as Listed[];
    expect(own.filter(({ kind }) => kind === 'farm-proximity').map(({ farm }) => farm)).toEqual(['olenevod']);
    expect(JSON.stringify(own)).not.toContain('neighbour');
    // Somebody else's visit, and a silence that could end at somebody else's farm.
    const others = all.filter(({ farm, couldReach }) => [farm, couldReach?.farm].includes('neighbour'));
    expect(others.map(({ kind }) => kind).sort()).toEqual(['farm-proximity', 'silence']);
    const absent = '0190c5d0-0000-7000-8000-000000000000';
    for (const other of others) await expectNotThere(other.id, absent);
    await expectNoCanary(all.map(({ id }) => id));
    live.ws.close();
  });

  /** Whatever is asked about it is answered as of an alert that was never there. */
  async function expectNotThere(id: string, absent: string): Promise<void> {
    for (const [method, tail] of [
      ['GET', ''],
      ['POST', '/acknowledge'],
      ['POST', '/comment'],
    ] as const) {
      const body = method === 'POST' ? { note: 'x' } : undefined;
      const [hidden, missing] = await Promise.all(
        [id, absent].map((one) => server.api(method, `/alerts/${one}${tail}`, body, farmer)),
      );
      expect(hidden!.status).toBe(404);
      expect(hidden!.text).toBe(missing!.text);
    }
  }

  /** Every GET of the documented API, with what ids and filters could make of it. */
  async function expectNoCanary(alertIds: readonly string[]): Promise<void> {
    const { paths } = (await fetch(`${server.http}/docs/openapi.json`).then((answer) => answer.json())) as {
      paths: Record<string, object>;
    };
    const ids = ['sofia', 'olenevod', 'neighbour', '30211', 'iridium', '1', ...alertIds];
    let asked = 0;
    for (const route of Object.keys(paths)) {
      for (const id of route.includes('{') ? ids : ['']) {
        for (const query of ['', '?format=geojson&limit=5&maxPoints=2', '?bbox=131,43,132,44', '?from=x']) {
          const url = server.http + route.replace(/\{\w+\}/g, id) + query;
          const answer = await fetch(url, { headers: { authorization: `Bearer ${farmer}` } });
          const whole = `${answer.status} ${JSON.stringify([...answer.headers])} ${await answer.text()}`;
          expect(`${route}: ${whole}`).not.toMatch(CANARY);
          asked++;
        }
      }
    }
    expect(asked).toBeGreaterThan(100);
    // The same questions do bring the canary out for whoever may see it: it is where the test looks.
    expect((await server.api('GET', '/animals/sofia/fixes')).text).toMatch(CANARY);
    expect((await server.api('GET', '/positions')).text).toMatch(CANARY);
  }
});
