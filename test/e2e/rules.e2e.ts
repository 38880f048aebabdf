import { once } from 'node:events';
import { connect } from 'node:net';
import pg from 'pg';
import type { Publisher } from '../../simulator/publisher.ts';
import { aReserve, northOfFarm, SECRET } from '../factories/reserve.ts';
import { createBareDatabase } from '../support/database.ts';
import { connectCollar, publishFix } from '../support/mqtt.ts';
import { ADMIN_TOKEN, eventually, startServer, type TestServer } from '../support/server.ts';

const HOUR = 3_600_000;
const START = Math.floor(Date.now() / HOUR) * HOUR - 200 * HOUR;
const at = (hour: number) => new Date(START + hour * HOUR).toISOString();

interface Told {
  readonly id: string;
  readonly openedAt: string;
  readonly closedAt: string | null;
  readonly peak: string;
  readonly closest: { readonly m: number } | null;
  readonly state: string;
  readonly reason?: string;
  readonly verdict?: string;
}
interface Line {
  readonly alert?: Told;
  readonly progress?: object;
  readonly summary?: Record<string, unknown>;
}

let database: Awaited<ReturnType<typeof createBareDatabase>>;
let server: TestServer;
let collar: Publisher;
let hours = 0;

beforeAll(async () => {
  database = await createBareDatabase();
  server = await startServer({ DATABASE_URL: database.url });
  expect((await server.api('PUT', '/reserve', aReserve())).status).toBe(200);
  // Silence would be told of hours that are long over.
  expect((await put('silence', { enabled: false })).status).toBe(200);
  collar = await connectCollar({ url: server.mqtt!, username: '30211', password: SECRET });
});
afterAll(async () => {
  await collar.close();
  await server.kill('SIGTERM');
  await database.drop();
});

const put = (rule: string, change: object, on = server) => on.api('PUT', `/rules/${rule}`, change);
/** Sofia, an hour later each, so many metres north of the fence. */
async function walk(...metres: number[]): Promise<void> {
  for (const m of metres)
    await publishFix(collar, '30211', { ...northOfFarm(m), at: at(hours++), accuracyM: 10, batteryV: 3.9 });
}
const visits = async (query = '') =>
  ((await server.api('GET', `/alerts?kind=farm-proximity&limit=1000${query}`)).json.items as Told[])
    .filter(({ state }) => state !== 'retracted')
    .sort((a, b) => a.openedAt.localeCompare(b.openedAt));
const told = (alerts: readonly Told[]) =>
  alerts.map(({ openedAt, closedAt, peak, closest }) => ({ openedAt, closedAt, peak, m: closest?.m }));
const untilVisits = (count: number, open = 0) =>
  eventually(visits, (all) => all.length === count && all.filter(({ closedAt }) => closedAt === null).length === open);

async function backtest(settings: object | undefined, over: object = {}): Promise<{ alerts: Told[]; lines: Line[] }> {
  const body = { rule: 'farm-proximity', settings, from: at(0), to: at(190), ...over };
  const { status, text } = await server.api('POST', '/rules/backtest', body);
  expect(status).toBe(200);
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  return { alerts: lines.flatMap(({ alert }) => (alert ? [alert] : [])), lines };
}

describe('a rule', () => {
  it('is tried on the past: as it is in force it says what was told', async () => {
    await walk(9_000, 1_800, 400, 2_250, 2_260, 1_900, 9_000, 9_100, 9_000);
    await walk(3_000, 1_000, -50, 2_150, 2_150, 1_900, 6_000, 6_100);
    const live = await untilVisits(3);
    const { alerts, lines } = await backtest({});
    expect(told(alerts)).toEqual(told(live));
    expect(new Set(alerts.map(({ verdict }) => verdict))).toEqual(new Set(['both']));
    expect(lines.at(-1)!.summary).toMatchObject({ fixes: 17, both: 3, onlyProposed: 0, onlyInForce: 0 });
  });

  it('set anew with rejudgeFrom, tells of the past what the backtest foretold', async () => {
    const before = await visits();
    const settings = { leaveMarginM: 500 };
    const { alerts } = await backtest(settings);
    expect(alerts.map(({ openedAt }) => openedAt)).toEqual([at(1), at(10)]);
    // Without it the past stays as it was told.
    expect((await put('farm-proximity', { settings })).json).toMatchObject({ settings, version: 1 });
    await walk(8_000);
    await eventually(
      () => server.api('GET', '/positions'),
      ({ text }) => text.includes(at(hours - 1)),
    );
    expect(told(await visits())).toEqual(told(before));
    expect((await put('farm-proximity', { rejudgeFrom: at(0) })).status).toBe(200);
    const after = await untilVisits(2);
    expect(told(after)).toEqual(told(alerts));
    // The alerts that stayed are those that people know.
    expect(before.map(({ id }) => id)).toEqual(expect.arrayContaining(after.map(({ id }) => id)));
    const gone = (await server.api('GET', '/alerts?state=retracted&kind=farm-proximity')).json.items as Told[];
    expect(gone.map(({ reason }) => reason)).toEqual(['rule-edited']);
  });

  it('judges what comes by what it is set to from then on, for whom it is set so', async () => {
    expect(
      (await put('farm-proximity', { overrides: [{ farms: ['olenevod'], settings: { leaveMarginM: 3_000 } }] })).status,
    ).toBe(200);
    await walk(1_500, 4_800, 4_900);
    const [, , open] = await untilVisits(3, 1);
    expect(open).toMatchObject({ openedAt: at(hours - 3), closedAt: null });
    expect((await put('farm-proximity', { overrides: [] })).status).toBe(200);
    await walk(4_800, 4_900);
    expect((await untilVisits(3)).at(-1)).toMatchObject({ closedAt: at(hours - 2) });
  });

  it('turned off, ends its open alerts with the reason, and says nothing until it is turned on', async () => {
    await walk(1_000);
    await untilVisits(4, 1);
    expect((await put('farm-proximity', { enabled: false })).status).toBe(200);
    const closed = (await untilVisits(4)).at(-1)!;
    expect(closed).toMatchObject({ state: 'closed', reason: 'rule-disabled' });
    await walk(500, 9_000, 9_000, 500);
    await eventually(
      () => server.api('GET', '/positions'),
      ({ text }) => text.includes(at(hours - 1)),
    );
    expect((await server.api('GET', '/rules/farm-proximity')).json).toMatchObject({ enabled: false, version: 4 });
    expect(await visits()).toHaveLength(4);
    expect((await put('farm-proximity', { enabled: true })).status).toBe(200);
    await walk(400);
    expect((await untilVisits(5, 1)).at(-1)).toMatchObject({ openedAt: at(hours - 1), peak: 'close' });
    await walk(9_000, 9_000);
    await untilVisits(5);
  });

  it('is set at one server and judged so by another within a second or two', async () => {
    const other = await startServer({ DATABASE_URL: database.url, MQTT_PORT: 'off' });
    try {
      const { json } = await put('farm-proximity', { settings: { leaveMarginM: 700 } }, other);
      const seen = await server.api('GET', '/rules/farm-proximity');
      expect(seen.json).toEqual(json);
      await new Promise((resolve) => setTimeout(resolve, 1_500));
    } finally {
      await other.kill('SIGTERM');
    }
    await walk(1_500, 2_600, 2_600);
    const open = (await untilVisits(6, 1)).at(-1)!;
    expect(open).toMatchObject({ openedAt: at(hours - 3) });
    await walk(9_000, 9_000);
    await untilVisits(6);
  });

  it('is refused what cannot be, with the field named, and stays as it was', async () => {
    const before = (await server.api('GET', '/rules')).json;
    const answer = await put('low-battery', { settings: { lowV: -1 } });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      422,
      'application/problem+json; charset=utf-8',
    ]);
    expect(answer.json.errors[0].field).toBe('settings.lowV');
    const nowhere = await put('farm-proximity', { overrides: [{ farms: ['nowhere'], enabled: false }] });
    expect([nowhere.status, nowhere.json.errors[0].field]).toEqual([422, 'overrides[0].farms[0]']);
    expect((await put('farm-proximity', { enabled: false, version: 1 })).status).toBe(409);
    expect((await put('absent', { enabled: false })).status).toBe(404);
    expect((await server.api('GET', '/rules')).json).toEqual(before);
  });

  it('is described, with its settings, in words that a form can be made of', async () => {
    const { items } = (await server.api('GET', '/rules')).json as {
      items: { name: string; settings: object; schema: { properties: Record<string, { description?: string }> } }[];
    };
    expect(items.length).toBeGreaterThan(1);
    for (const { settings, schema } of items) {
      expect(Object.keys(schema.properties)).toEqual(Object.keys(settings));
      for (const property of Object.values(schema.properties)) expect(property.description).toMatch(/\.$/);
    }
    const docs = (await (await fetch(`${server.http}/docs/openapi.json`)).json()) as { paths: Record<string, object> };
    expect(Object.keys(docs.paths)).toEqual(
      expect.arrayContaining(['/api/v1/rules', '/api/v1/rules/{name}', '/api/v1/rules/backtest']),
    );
  });

  it('being tried for who does not read, does not keep the server from stopping', async () => {
    // Off, they are tried as if they were on; and nobody judges these fixes beside.
    const { items } = (await server.api('GET', '/rules')).json as { items: { name: string }[] };
    for (const { name } of items) expect((await put(name, { enabled: false })).status).toBe(200);
    await manyVisits();
    const other = await startServer({ DATABASE_URL: database.url, MQTT_PORT: 'off' });
    const { port, hostname } = new URL(other.http);
    const body = JSON.stringify({ rule: 'farm-proximity', from: at(0), to: at(190) });
    const socket = connect({ port: Number(port), host: hostname });
    socket.on('error', () => undefined);
    socket.write(
      `POST /api/v1/rules/backtest HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${ADMIN_TOKEN}\r\n` +
        `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    const another = () => other.api('POST', '/rules/backtest', JSON.parse(body));
    // It has begun; from here on nobody reads.
    const [head] = (await once(socket, 'data')) as [Buffer];
    socket.pause();
    expect(head.toString()).toMatch(/^HTTP\/1.1 200/);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect((await another()).status).toBe(429);
    const began = Date.now();
    expect(await other.kill('SIGTERM')).toBe(0);
    expect(Date.now() - began).toBeLessThan(9_000);
    socket.destroy();
  }, 60_000);
});

/** 150,000 fixes of another collar that goes in and out at every third: more alerts than the sockets between two programs hold. */
async function manyVisits(): Promise<void> {
  await server.api('PUT', '/reserve', {
    animals: [{ id: 'restless', name: 'Restless', maxSpeedKmh: 200, speedSlackM: 100_000 }],
    collars: [{ serial: '30212' }],
    deployments: [{ animal: 'restless', collar: '30212', from: at(0), to: at(190) }],
  });
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    const places = JSON.stringify([500, 2_900, 2_950].map((m, third) => ({ third, ...northOfFarm(m) })));
    await client.query(
      `INSERT INTO fix (collar_id, at, received_at, lon, lat, doubts, late, accuracy_m)
       SELECT collar.id, $1::timestamptz + n * interval '4 seconds', now(), lon, lat, 0, false, 5
       FROM collar, generate_series(0, 149999) AS n JOIN json_to_recordset($2) AS place(third int, lon float8, lat float8)
         ON third = n % 3 WHERE serial = '30212'`,
      [at(1), places],
    );
  } finally {
    await client.end();
  }
}
