import { aFarm, aReserve, northOfFarm, SECRET } from '../factories/reserve.ts';
import { connectCollar, publishFix } from '../support/mqtt.ts';
import { eventually, startServer, type TestServer } from '../support/server.ts';
import { createBareDatabase } from '../support/database.ts';
import type { Publisher } from '../../simulator/publisher.ts';

let database: Awaited<ReturnType<typeof createBareDatabase>>;
let server: TestServer;
let collar: Publisher;
const HOUR = 3_600_000;
const START = Math.floor(Date.now() / HOUR) * HOUR - 100 * HOUR;

async function start() {
  server = await startServer({ DATABASE_URL: database.url });
  collar = await connectCollar({ url: server.mqtt!, username: '30211', password: SECRET });
}

beforeAll(async () => {
  database = await createBareDatabase();
  server = await startServer({ DATABASE_URL: database.url });
  await server.api('PUT', '/reserve', aReserve());
  collar = await connectCollar({ url: server.mqtt!, username: '30211', password: SECRET });
});
afterAll(async () => {
  await collar.close();
  await server.kill('SIGTERM');
  await database.drop();
});

let hours = 0;
/** Sofia an hour later, so many metres north of the north fence; negative: inside. */
const walkTo = (metres: number, more: object = {}) =>
  publishFix(collar, '30211', {
    ...northOfFarm(metres),
    at: new Date(START + hours++ * HOUR).toISOString(),
    accuracyM: 10,
    ...more,
  });
const at = (hour: number) => new Date(START + hour * HOUR).toISOString();
const alerts = async (query = '') => (await server.api('GET', `/alerts${query}`)).json.items as Record<string, never>[];
const changesOf = async (id: unknown) =>
  ((await server.api('GET', `/alerts/${String(id)}`)).json.changes as { change: string; at: string }[]).map(
    ({ change, at: when }) => [change, when],
  );

describe('farm-proximity, from the collar to the alert', () => {
  it('opens at once, deepens, eases and closes slowly, as one alert', async () => {
    for (const metres of [9_000, 1_900, 400, -100, 2_500, 900, 2_600, 2_700, 2_800]) await walkTo(metres);
    const [alert] = await eventually(
      () => alerts('?state=closed'),
      (items) => items.length === 1,
    );
    expect(alert).toMatchObject({
      kind: 'farm-proximity',
      animal: 'sofia',
      farm: 'olenevod',
      state: 'closed',
      peak: 'inside',
      openedAt: at(1),
      closedAt: at(6),
      closest: { m: 0, between: expect.any(Boolean) },
      acknowledged: null,
    });
    // 900 m after 2,500 m: the second fix out of `close` and of `inside`, though not of `near`.
    expect(await changesOf(alert!['id'])).toEqual([
      ['opened', at(1)],
      ['escalated', at(2)],
      ['escalated', expect.any(String)],
      ['eased', at(4)],
      ['closed', at(6)],
    ]);
  });

  it('goes on after a restart in the middle of a visit', async () => {
    await walkTo(1_500);
    await eventually(
      () => alerts('?state=open'),
      (items) => items.length === 1,
    );
    await collar.close();
    await server.kill('SIGKILL');
    await start();
    const [open] = await alerts('?state=open');
    await walkTo(300);
    await walkTo(3_000);
    await walkTo(3_000);
    const closed = await eventually(
      () => alerts('?state=closed'),
      (items) => items.length === 2,
    );
    expect(closed.map(({ id }) => id)).toContain(open!['id']);
    expect((await changesOf(open!['id'])).map(([change]) => change)).toEqual(['opened', 'escalated', 'closed']);
  });

  it('sees an animal that came and went between two fixes', async () => {
    await walkTo(9_000);
    const far = { ...northOfFarm(3_000), lat: 43.3 - 0.03 };
    hours++;
    await publishFix(collar, '30211', { ...far, at: at(hours++), accuracyM: 10 });
    const [alert] = await eventually(
      () => alerts('?state=open'),
      (items) => items.length === 1,
    );
    expect(alert).toMatchObject({ level: 'inside', closest: { m: 0, between: true } });
    await publishFix(collar, '30211', { ...far, lat: far.lat - 0.02, at: at(hours++), accuracyM: 10 });
    await eventually(
      () => alerts('?state=open'),
      (items) => items.length === 0,
    );
  });

  it('does not believe a jump, and believes it when the next fix stands by it', async () => {
    hours += 8;
    await walkTo(30_000);
    await walkTo(30_100);
    await walkTo(30_200);
    const jump = hours;
    await walkTo(500);
    await walkTo(30_300);
    const doubts = async () =>
      ((await server.api('GET', `/animals/sofia/fixes?from=${at(jump)}`)).json.items as { doubts: string[] }[]).map(
        (fix) => fix.doubts,
      );
    await eventually(doubts, (found) => JSON.stringify(found) === '[["impossible-speed"],[]]');
    expect(await alerts('?state=open')).toEqual([]);
    await walkTo(600);
    await eventually(doubts, (found) => found.at(-1)?.[0] === 'unconfirmed');
    await walkTo(700);
    await eventually(doubts, (found) => found.slice(-2).every((names) => names.length === 0));
    const [open] = await eventually(
      () => alerts('?state=open'),
      (items) => items.length === 1,
    );
    expect(open).toMatchObject({ openedAt: at(hours - 2), closest: { at: at(hours - 2) } });
  });

  it('is acknowledged once, with a note that survives what comes after', async () => {
    const [open] = await alerts('?state=open');
    const route = `/alerts/${String(open!['id'])}`;
    const { json, status } = await server.api('POST', `${route}/acknowledge`, { note: 'on my way' });
    expect(status).toBe(200);
    expect(json).toMatchObject({ acknowledged: { note: 'on my way', by: expect.any(String) }, revision: 2 });
    expect((await server.api('POST', `${route}/acknowledge`, { note: 'me too' })).json).toEqual(json);
    expect((await server.api('POST', `${route}/comment`, { note: 'dogs are loose' })).json).toMatchObject({
      revision: 3,
    });
    await walkTo(100);
    const read = async () =>
      (await server.api('GET', route)).json as { revision: number; changes: { change: string; note?: string }[] };
    const later = await eventually(read, ({ revision }) => revision === 4);
    expect(later).toMatchObject({ level: 'close', acknowledged: { note: 'on my way' } });
    expect(later.changes.map(({ change }) => change)).toEqual(['opened', 'acknowledged', 'commented', 'escalated']);
    expect(later.changes[2]).toMatchObject({ note: 'dogs are loose' });
  });

  it('is listed page by page, newest opening first, by any of its sides', async () => {
    const all = await alerts();
    expect(all.map((alert) => alert['openedAt'])).toEqual(
      all
        .map((alert) => alert['openedAt'])
        .sort()
        .reverse(),
    );
    const paged: unknown[] = [];
    for (let next: string | null = ''; next !== null;) {
      const { json } = await server.api('GET', `/alerts?limit=2${next && `&after=${next}`}`);
      paged.push(...json.items);
      next = json.next as string | null;
    }
    expect(paged).toEqual(all);
    expect(await alerts('?farm=nowhere')).toEqual([]);
    expect(await alerts('?animal=sofia&kind=farm-proximity&late=true&farm=olenevod')).toHaveLength(all.length);
    expect(await alerts('?late=false')).toEqual([]);
    // Fixes of days ago that have just come in are no silence.
    expect(await alerts('?kind=silence')).toEqual([]);
    expect(await alerts('?area=olenevod')).toEqual([]);
    for (const wrong of ['state=lost', 'late=maybe', 'limit=0'])
      expect((await server.api('GET', `/alerts?${wrong}`)).status).toBe(400);
    expect((await server.api('GET', '/alerts/0190c5d0-0000-7000-8000-000000000000')).status).toBe(404);
  });

  it('is not moved by fixes far from every farm, nor by a farm of another place', async () => {
    await server.api('PUT', '/reserve', {
      farms: { type: 'FeatureCollection', features: [aFarm('far-away', { lon: 10, lat: 50 })] },
    });
    const before = await alerts('?farm=far-away');
    await walkTo(90);
    expect(before).toEqual([]);
    expect(await alerts('?farm=far-away')).toEqual([]);
  });
});
