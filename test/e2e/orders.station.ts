import { createServer } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import type { Publisher } from '../../simulator/publisher.ts';
import { SECRET } from '../factories/reserve.ts';
import { createBareDatabase } from '../support/database.ts';
import { connectCollar, publishFix } from '../support/mqtt.ts';
import { startServer, type TestServer } from '../support/server.ts';
import type { SlowAlert, SlowOutcome, TestFarm } from '../support/slow-alerts.ts';
import type { SentFix } from '../support/slow-doubts.ts';

/** What is known of an animal in the end: the doubts of each of its fixes by time, and the alerts that were not retracted. */
export interface Outcome {
  readonly fixes: readonly { readonly at: number; readonly doubts: readonly string[] }[];
  readonly alerts: readonly SlowAlert[];
}

const GATEWAY = 'iridium';
const CONNECTIONS = 3;

/** A server with a database of its own, which may be killed at any moment, and a gateway's connections, which outlive that. */
export class Station {
  private constructor(
    private server: TestServer,
    private readonly settings: Record<string, string>,
    private readonly dropDatabase: () => Promise<void>,
    readonly connections: readonly Publisher[],
  ) {}

  static async open(): Promise<Station> {
    const database = await createBareDatabase();
    const settings = { DATABASE_URL: database.url, MQTT_PORT: String(await freePort()), LOG_LEVEL: 'warn' };
    const server = await startServer(settings);
    const gateways = [{ id: GATEWAY, secret: SECRET, collars: '*' }];
    const answer = await server.api('PUT', '/reserve', { gateways });
    if (answer.status !== 200) throw new Error(answer.text);
    const login = { url: server.mqtt!, username: GATEWAY, password: SECRET };
    const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => connectCollar(login)));
    return new Station(server, settings, () => database.drop(), connections);
  }

  /** @throws Error with the answer of a server that refuses */
  async ask(method: string, route: string, body?: unknown): Promise<unknown> {
    const { status, text, json } = await this.server.api(method, route, body);
    if (status >= 300) throw new Error(`${method} ${route}: ${status} ${text}`);
    return json as unknown;
  }

  /** Resolves when the message is acknowledged, which may be after a restart. */
  send(connection: number, serial: string, fixes: readonly { at: number; receivedAt?: number }[]): Promise<void> {
    const elements = fixes.map(({ receivedAt: _, ...fix }) => fix);
    return publishFix(this.connections[connection % CONNECTIONS]!, serial, elements);
  }

  /** kill -9, and a new server on the same database and port. */
  async killAndRestart(): Promise<void> {
    await this.server.kill('SIGKILL');
    this.server = await startServer(this.settings);
  }

  async close(): Promise<void> {
    for (const connection of this.connections) await connection.close();
    await this.server.kill('SIGTERM');
    await this.dropDatabase();
  }

  async outcomeOf(animal: string): Promise<Outcome> {
    const alerts = (await this.alertsOf(animal)).filter(({ state }) => state !== 'retracted').map(comparable);
    return { fixes: await this.fixesOf(animal), alerts: alerts.sort(byFarmAndTime) };
  }

  /** Every alert of an animal about farms, as REST tells it. */
  async alertsOf(animal: string): Promise<ToldAlert[]> {
    return this.pages<ToldAlert>(`/alerts?kind=farm-proximity&animal=${animal}&limit=1000`);
  }

  /** All that is told of an animal: now, or as it was known at a moment. */
  async knownOf(animal: string, asOf?: number): Promise<unknown> {
    const then = asOf === undefined ? '' : `asOf=${new Date(asOf).toISOString()}`;
    const positions = (await this.ask('GET', `/positions?${then}`)) as { features: { id: string }[] };
    const alerts = await this.pages<ToldAlert>(`/alerts?animal=${animal}&limit=1000&${then}`);
    return {
      alerts,
      threads: await Promise.all(alerts.map(async ({ id }) => this.ask('GET', `/alerts/${id}?${then}`))),
      fixes: await this.pages(`/animals/${animal}/fixes?limit=10000&${then}`),
      track: withoutAsOf(await this.ask('GET', `/animals/${animal}/track?${then}`)),
      position: positions.features.find(({ id }) => id === animal) ?? null,
    };
  }

  private async fixesOf(animal: string): Promise<{ at: number; doubts: string[] }[]> {
    const items = await this.pages<{ at: string; doubts: string[] }>(`/animals/${animal}/fixes?limit=10000`);
    return items.map(({ at, doubts }) => ({ at: Date.parse(at), doubts }));
  }

  private async pages<Item>(route: string): Promise<Item[]> {
    const items: Item[] = [];
    for (let after = ''; ;) {
      const page = (await this.ask('GET', `${route}${after}`)) as { items: Item[]; next: string | null };
      items.push(...page.items);
      if (page.next === null) return items;
      after = `&after=${page.next}`;
    }
  }
}

/** An alert as REST tells it, as far as tests ask. */
export interface ToldAlert {
  readonly id: string;
  readonly farm: string;
  readonly state: 'open' | 'closed' | 'retracted';
  readonly level: string;
  readonly peak: string;
  readonly openedAt: string;
  readonly closedAt: string | null;
  readonly closest: { readonly m: number; readonly at: string; readonly between: boolean };
  readonly acknowledged: { readonly note: string } | null;
}

function comparable({ farm, state, level, peak, openedAt, closedAt, closest }: ToldAlert): SlowAlert {
  return {
    farm,
    state: state === 'open' ? 'open' : 'closed',
    level,
    peak,
    openedAt: Date.parse(openedAt),
    closedAt: closedAt === null ? null : Date.parse(closedAt),
    closest: { ...closest, at: Date.parse(closest.at) },
  };
}

const byFarmAndTime = (a: SlowAlert, b: SlowAlert) =>
  a.farm === b.farm ? a.openedAt - b.openedAt : a.farm < b.farm ? -1 : 1;

/** What the slow reading of the rules says of a track, as a station tells it: metres to the decimetre. */
export function expected(fixes: readonly SentFix[], { doubts, alerts }: SlowOutcome): Outcome {
  const toDecimetre = (m: number) => Math.round(m * 10) / 10;
  return {
    fixes: fixes.map(({ at }, index) => ({ at, doubts: doubts[index]! })),
    alerts: alerts
      .map((alert) => ({ ...alert, closest: { ...alert.closest, m: toDecimetre(alert.closest.m) } }))
      .sort(byFarmAndTime),
  };
}

/** A farm as the registry takes it. */
export function farmFeature({ id, nearM, closeM, geometry }: TestFarm) {
  return { type: 'Feature', id, geometry, properties: { name: id, nearM, closeM } };
}

/** Takes farms away again: what comes next on these stations must not meet them. */
export async function withLand(
  stations: readonly Station[],
  farms: readonly TestFarm[],
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } finally {
    for (const station of stations) for (const { id } of farms) await station.ask('DELETE', `/farms/${id}`);
  }
}

/** How long a station may take to judge all that it has acknowledged. */
const CAUGHT_UP_MS = Number(process.env['ORDERS_WAIT_MS'] ?? 15_000);

/** Waits until a station tells of each animal what is expected, and goes on to; else fails with the difference. */
export async function expectOutcomes(
  station: Station,
  wanted: ReadonlyMap<string, Outcome>,
  withinMs = CAUGHT_UP_MS,
): Promise<void> {
  const read = async () => {
    const told = new Map<string, Outcome>();
    for (const animal of wanted.keys()) told.set(animal, await station.outcomeOf(animal));
    return told;
  };
  const until = Date.now() + withinMs;
  for (let equal = 0; equal < 2;) {
    const told = await read();
    equal = isDeepStrictEqual(told, wanted) ? equal + 1 : 0;
    if (equal === 0 && Date.now() > until)
      for (const [animal, outcome] of wanted) expect({ animal, ...told.get(animal) }).toEqual({ animal, ...outcome });
    await new Promise((resolve) => setTimeout(resolve, equal === 0 ? 50 : 150));
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** A track says as of when it is; that is all it says otherwise than the present did. */
function withoutAsOf(track: unknown): unknown {
  const { properties, ...rest } = track as { properties: Record<string, unknown> };
  return { ...rest, properties: { ...properties, asOf: undefined } };
}
