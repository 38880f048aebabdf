import { seeded } from '../../bench/measure.ts';
import { aFarm, aReserve, northOfFarm, SECRET } from '../factories/reserve.ts';
import { createBareDatabase } from '../support/database.ts';
import { connectCollar, publishFix } from '../support/mqtt.ts';
import { eventually, startServer, type TestServer } from '../support/server.ts';

const HOUR = 3_600_000;
const HOURS = 24 * 40;
const START = Math.floor(Date.now() / HOUR) * HOUR - (HOURS + 30) * HOUR;
const at = (hour: number) => new Date(START + hour * HOUR).toISOString();
const KINDS = ['farm-proximity', 'approach', 'boundary', 'silence', 'immobility', 'low-battery'];

interface Told {
  readonly kind: string;
  readonly animal: string;
  readonly farm: string | null;
  readonly area: string | null;
  readonly openedAt: string;
  readonly closedAt: string | null;
  readonly peak: string;
  readonly level: string;
  readonly closest: object | null;
  readonly state: string;
  readonly verdict?: string;
}
type Row = readonly (string | null | object)[];

let database: Awaited<ReturnType<typeof createBareDatabase>>;
let server: TestServer;

beforeAll(async () => {
  database = await createBareDatabase();
  server = await startServer({ DATABASE_URL: database.url });
  const reserve = aReserve();
  const areas = [
    { ...aFarm('land', { lon: 131.7, lat: 43.3 }, 12_000), properties: { name: 'Land', watch: 'leaves' } },
  ];
  const put = await server.api('PUT', '/reserve', {
    ...reserve,
    collars: [{ ...reserve.collars[0], fixIntervalS: 3_600 }],
    areas: { type: 'FeatureCollection', features: areas },
  });
  expect(put.status).toBe(200);
});
afterAll(async () => {
  await server.kill('SIGTERM');
  await database.drop();
});

/** Forty days of an animal that wanders, lies still, is not heard for a while, jumps, and whose battery falls. */
function life(seed: number): object[] {
  const random = seeded(seed);
  const fixes: object[] = [];
  let metres = 6_000;
  for (let hour = 0, still = 0, silent = 0; hour < HOURS; hour++) {
    if (still === 0 && random() < 0.01) still = 40;
    if (silent === 0 && random() < 0.01) silent = 5;
    if (still > 0) still--;
    else metres = Math.min(16_000, Math.max(-600, metres + (random() - 0.52) * 4_000));
    if (silent > 0 && silent-- > 0) continue;
    const jump = random() < 0.02 ? 60_000 : 0;
    const place = northOfFarm(metres + jump + (random() - 0.5) * 20);
    fixes.push({
      ...place,
      at: at(hour),
      accuracyM: 10,
      batteryV: 3.6 - (0.7 * hour) / HOURS,
      activity: still > 0 ? 0 : 40,
    });
  }
  return fixes;
}

const rowOf = ({ kind, animal, farm, area, openedAt, closedAt, level, peak, closest }: Told): Row => [
  openedAt,
  closedAt,
  kind,
  animal,
  farm,
  area,
  level,
  peak,
  closest,
];
const sorted = (alerts: readonly Told[]) =>
  alerts.map(rowOf).sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));

async function toldLive(): Promise<Told[]> {
  const { items } = (await server.api('GET', '/alerts?limit=1000')).json as { items: Told[] };
  return items.filter(({ state }) => state !== 'retracted');
}

async function backtest(rule: string): Promise<Told[]> {
  const body = { rule, from: at(-1), to: new Date(Date.now() + HOUR).toISOString() };
  const { status, text } = await server.api('POST', '/rules/backtest', body);
  expect(status).toBe(200);
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { alert?: Told; error?: object });
  expect(lines.filter(({ error }) => error)).toEqual([]);
  return lines.flatMap(({ alert }) => (alert ? [alert] : []));
}

it('finds for every rule, as it is in force, what was told while the fixes came, late ones among them', async () => {
  const { items } = (await server.api('GET', '/rules')).json as { items: { name: string }[] };
  expect(items.map(({ name }) => name)).toEqual(expect.arrayContaining(KINDS));
  expect((await server.api('PUT', '/rules/approach', { enabled: true })).status).toBe(200);
  const random = seeded(11);
  const fixes = life(7);
  // Days come whole, a few in another's place.
  const days = Array.from({ length: Math.ceil(fixes.length / 24) }, (_, day) => fixes.slice(day * 24, day * 24 + 24));
  for (let swap = 0; swap < 6; swap++) {
    const [one, other] = [Math.floor(random() * days.length), Math.floor(random() * days.length)];
    [days[one], days[other]] = [days[other]!, days[one]!];
  }
  const collar = await connectCollar({ url: server.mqtt!, username: '30211', password: SECRET });
  for (const day of days) await publishFix(collar, '30211', JSON.stringify(day));
  await collar.close();
  const found: Told[] = [];
  for (const { name } of items) found.push(...(await backtest(name)));
  expect(found.length).toBeGreaterThan(20);
  expect(new Set(found.map(({ kind }) => kind)).size).toBeGreaterThanOrEqual(5);
  const live = await eventually(
    toldLive,
    (alerts) => JSON.stringify(sorted(alerts)) === JSON.stringify(sorted(found)),
    20_000,
  ).catch(toldLive);
  expect(sorted(live)).toEqual(sorted(found));
  expect(new Set(found.map(({ verdict }) => verdict))).toEqual(new Set(['both']));
}, 60_000);
