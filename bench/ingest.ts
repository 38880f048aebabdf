import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Client } from 'pg';
import { cleaningUp, type Cleanup } from './cleanup.ts';
import { HelperProcess } from './helper-process.ts';
import { copyRows, createCopyTable, rowsSince } from './ingest-copy.ts';
import type { HerdOrder, PrepareOrder, Prepared, Published, PublishOrder } from './ingest-generator.ts';
import type { Read, ReadersOrder } from './ingest-readers.ts';
import {
  type IngestRow,
  type MissingRow,
  type OurRun,
  type PeerRun,
  peersTable,
  surroundingsTable,
  throughputTable,
} from './ingest-table.ts';
import { round } from './measure.ts';
import { type RunningMosquitto, startMosquitto } from './mosquitto-under-bench.ts';
import { cpuMicros, familyCpuMicros, PeakMemory, residentBytes } from './processes.ts';
import { benchReserve, GATEWAY } from './reserve-under-bench.ts';
import { ADMIN_TOKEN, benchFolder, ServerUnderBench } from './server-under-bench.ts';
import { alertCounts, diskUse, holdings, untilJudged } from './store-under-bench.ts';
import { FIX_EVERY_MS } from './walkers.ts';

const OPTIONS = {
  quick: { type: 'boolean', default: false },
  fixes: { type: 'string' },
  runs: { type: 'string' },
  rows: { type: 'string', default: 'single,array,broker' },
  collars: { type: 'string', default: '1000' },
  farms: { type: 'string', default: '1000' },
  readers: { type: 'string', default: '10' },
  connections: { type: 'string', default: '10' },
  window: { type: 'string', default: '100' },
  seed: { type: 'string', default: '1' },
} as const;

/** How often it is asked whether everything behind a broker has arrived: short beside the seconds of a run. */
const POLL_MS = 20;
/** Nothing has arrived for so long: it does not come any more. */
const STUCK_MS = 30_000;

interface Size {
  readonly fixes: number;
  readonly runs: number;
  readonly collars: number;
  readonly farms: number;
  readonly readers: number;
  readonly connections: number;
  readonly window: number;
  readonly seed: number;
}

/** Everything that runs while the bench does. */
interface Stage {
  readonly size: Size;
  readonly server: ServerUnderBench;
  readonly firstStartMs: number;
  readonly database: Client;
  readonly generator: HelperProcess;
  readonly readers: HelperProcess;
  readonly aedes: { readonly process: HelperProcess; readonly url: string };
  /** The broker in front of the server, and one of its own kind in front of a subscriber that only acknowledges. */
  readonly brokers: {
    readonly ours: RunningMosquitto;
    readonly bare: RunningMosquitto;
    readonly subscriber: HelperProcess;
  } | null;
}

interface Kind {
  readonly name: string;
  readonly goal: number;
  readonly fixesPerMessage: number;
  readonly ours: (stage: Stage, fixes: number) => Promise<OurRun>;
  readonly peers: readonly {
    readonly name: string;
    /** Ours over it that counts as close to the limit, where there is such a figure. */
    readonly close: number | null;
    readonly run: (stage: Stage, fixes: number, since: number) => Promise<PeerRun>;
  }[];
}

const BARE_AEDES = { name: 'bare aedes that only acknowledges', close: null, run: bareAedes };
const COPY = { name: '`COPY` of the same rows', close: null, run: copy };

const KINDS: Readonly<Record<string, Kind>> = {
  single: {
    name: 'embedded door, one fix a message',
    goal: 40_000,
    fixesPerMessage: 1,
    ours: (stage, fixes) => ourRun(stage, fixes, 'embedded'),
    peers: [BARE_AEDES, COPY],
  },
  array: {
    name: 'embedded door, arrays of 20',
    goal: 70_000,
    fixesPerMessage: 20,
    ours: (stage, fixes) => ourRun(stage, fixes, 'embedded'),
    peers: [BARE_AEDES, { ...COPY, close: 0.6 }],
  },
  broker: {
    name: 'broker door behind Mosquitto, one fix a message',
    goal: 30_000,
    fixesPerMessage: 1,
    ours: (stage, fixes) => ourRun(stage, fixes, 'broker'),
    peers: [{ name: 'Mosquitto to a subscriber that only acknowledges', close: 0.75, run: bareSubscriber }],
  },
};

/** Fixes a second through the whole server, everything on, counted in the store; beside what can be done with less. */
export async function run(args: readonly string[] = []): Promise<string> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  const size: Size = {
    fixes: Number(values.fixes ?? (values.quick ? 20_000 : 200_000)),
    runs: Number(values.runs ?? (values.quick ? 2 : 5)),
    collars: Number(values.collars),
    farms: Number(values.farms),
    readers: Number(values.readers),
    connections: Number(values.connections),
    window: Number(values.window),
    seed: Number(values.seed),
  };
  const names = values.rows.split(',');
  const unknown = names.find((name) => !(name in KINDS));
  if (unknown !== undefined) throw new RangeError(`--rows: expected ${Object.keys(KINDS).join(', ')}, not ${unknown}`);
  return cleaningUp(async (cleanup) => {
    const stage = await setUp(size, names.length, cleanup);
    await sleep(2_000);
    const idleBytes = residentBytes(stage.server.pid);
    const rows: (IngestRow | MissingRow)[] = [];
    let bytesPerFix = NaN;
    for (const name of names) {
      const kind = KINDS[name]!;
      if (name === 'broker' && stage.brokers === null) {
        rows.push({ name: kind.name, goal: kind.goal, missing: 'not here: MOSQUITTO names its program' });
        continue;
      }
      const row = await measure(kind, stage, (bytes) => (bytesPerFix = bytes));
      rows.push(row);
    }
    const { server, database, readers } = stage;
    const seen = surroundingsTable({
      firstStartMs: stage.firstStartMs,
      secondStartMs: server.startMs,
      idleBytes,
      keeperBytes: server.keeperPid === undefined ? NaN : residentBytes(server.keeperPid),
      bytesPerFix,
      disk: await diskUse(database),
      ...(await readers.ask<Read>('read')),
      ...(await alertCounts(database)),
    });
    return [throughputTable(rows), peersTable(rows), seen].join('\n\n');
  });
}

async function setUp(size: Size, kinds: number, cleanup: Cleanup): Promise<Stage> {
  tell('starting the server on an empty folder');
  const folder = await benchFolder(cleanup);
  const first = await ServerUnderBench.start(folder, {}, cleanup);
  await first.stop();
  const [ours, bare] = [await startMosquitto(cleanup), await startMosquitto(cleanup)];
  tell('starting it again, and registering');
  const server = await ServerUnderBench.start(folder, ours ? { MQTT_URL: ours.url } : {}, cleanup);
  await server.put('/reserve', benchReserve(size.collars, size.farms, size.seed));
  await server.untilHealthy();
  const database = await server.database(cleanup);
  await createCopyTable(database);

  const generator = HelperProcess.start('./ingest-generator.js', cleanup);
  // All fixes of the herd lie in the past, the last ones about now.
  const minutes = Math.ceil((size.fixes * (size.runs + 1) * kinds) / size.collars) + 60;
  const herd: HerdOrder = { collars: size.collars, from: Date.now() - minutes * FIX_EVERY_MS, seed: size.seed };
  await generator.ask('herd', herd);
  const readers = HelperProcess.start('./ingest-readers.js', cleanup);
  const order: ReadersOrder = { http: server.http, token: ADMIN_TOKEN, readers: size.readers };
  await readers.ask('subscribe', order);
  const process = HelperProcess.start('./ingest-peers.js', cleanup);
  const aedes = { process, url: await process.ask<string>('aedes') };
  let brokers: Stage['brokers'] = null;
  if (ours && bare) {
    const subscriber = HelperProcess.start('./ingest-peers.js', cleanup);
    await subscriber.ask('subscriber', bare.url);
    brokers = { ours, bare, subscriber };
  }
  return { size, server, firstStartMs: first.startMs, database, generator, readers, aedes, brokers };
}

/** Ours and each peer in turn with the same messages, A B A B, after one round that is not counted. */
async function measure(kind: Kind, stage: Stage, onPrepared: (bytesPerFix: number) => void): Promise<IngestRow> {
  const { fixes, runs, connections } = stage.size;
  const ours: OurRun[] = [];
  const peers = kind.peers.map(({ name, close, run }) => ({ name, close, run, runs: [] as PeerRun[] }));
  for (let run = 0; run <= runs; run++) {
    tell(`${kind.name}: ${run === 0 ? 'warming up' : `run ${run} of ${runs}`}`);
    const order: PrepareOrder = { fixes, fixesPerMessage: kind.fixesPerMessage, connections };
    const prepared = await stage.generator.ask<Prepared>('prepare', order);
    onPrepared(prepared.bytesPerFix);
    const since = Date.now();
    const own = await kind.ours(stage, prepared.fixes);
    tell(`${kind.name}: ${round(own.perSecond)} fixes/s, ${round(own.cpu.server)} µs of the server a fix`);
    if (run > 0) ours.push(own);
    for (const peer of peers) {
      const other = await peer.run(stage, prepared.fixes, since);
      if (run > 0) peer.runs.push(other);
    }
  }
  return { name: kind.name, goal: kind.goal, ours, peers };
}

/** One run of ours. @throws Error unless sent = acknowledged = stored, with no fix doubted and no dead letter */
async function ourRun(stage: Stage, fixes: number, door: 'embedded' | 'broker'): Promise<OurRun> {
  const { server, database, readers, brokers } = stage;
  const before = await holdings(database);
  const counted = await server.fixesStored();
  const mosquitto = door === 'broker' ? brokers!.ours : null;
  const cpuNow = () => ({
    server: cpuMicros(server.pid),
    postgres: familyCpuMicros(server.postmasterPid),
    broker: mosquitto ? cpuMicros(mosquitto.pid) : 0,
    readers: cpuMicros(readers.pid),
  });
  const cpuBefore = cpuNow();
  const memory = new PeakMemory(server.pid);
  const began = performance.now();
  const published = await publish(stage, mosquitto?.url ?? server.mqtt);
  let { seconds } = published;
  if (mosquitto) {
    await untilArrived(fixes, async () => (await server.fixesStored()) - counted);
    seconds = (performance.now() - began) / 1_000;
  }
  const storedAt = performance.now();
  await untilJudged(database);
  const judgedAfterS = (performance.now() - storedAt) / 1_000;
  const cpuAfter = cpuNow();
  const peakBytes = memory.stop();

  const after = await holdings(database);
  const stored = after.fixes - before.fixes;
  if (published.sent !== fixes || published.acknowledged !== fixes || stored !== fixes)
    throw new Error(
      `of ${fixes} fixes ${published.sent} sent, ${published.acknowledged} acknowledged, ${stored} stored`,
    );
  if (after.letters > 0 || after.doubted > 0)
    throw new Error(`${after.letters} dead letters and ${after.doubted} doubted fixes, and there should be none`);
  const each = (of: keyof typeof cpuAfter) => (cpuAfter[of] - cpuBefore[of]) / fixes;
  return {
    fixes,
    perSecond: fixes / seconds,
    p50: published.p50,
    p99: published.p99,
    judgedAfterS,
    cpu: {
      server: each('server'),
      postgres: each('postgres'),
      broker: each('broker'),
      generator: published.cpuMicros / fixes,
      readers: each('readers'),
    },
    peakBytes,
  };
}

async function bareAedes(stage: Stage, fixes: number): Promise<PeerRun> {
  const { process, url } = stage.aedes;
  const before = cpuMicros(process.pid);
  const { seconds } = await publish(stage, url);
  return { perSecond: fixes / seconds, cpu: (cpuMicros(process.pid) - before) / fixes };
}

async function copy({ database, server }: Stage, fixes: number, since: number): Promise<PeerRun> {
  const rows = await rowsSince(database, since);
  const before = familyCpuMicros(server.postmasterPid);
  const seconds = await copyRows(database, rows, fixes);
  return { perSecond: fixes / seconds, cpu: (familyCpuMicros(server.postmasterPid) - before) / fixes };
}

async function bareSubscriber(stage: Stage, fixes: number): Promise<PeerRun> {
  const { bare, subscriber } = stage.brokers!;
  const cpuNow = () => cpuMicros(bare.pid) + cpuMicros(subscriber.pid);
  const [cpu, received] = [cpuNow(), await subscriber.ask<number>('received')];
  const began = performance.now();
  await publish(stage, bare.url);
  await untilArrived(fixes, async () => (await subscriber.ask<number>('received')) - received);
  const seconds = (performance.now() - began) / 1_000;
  return { perSecond: fixes / seconds, cpu: (cpuNow() - cpu) / fixes };
}

function publish({ generator, size }: Stage, url: string): Promise<Published> {
  const order: PublishOrder = { url, username: GATEWAY.id, password: GATEWAY.secret, window: size.window };
  return generator.ask<Published>('publish', order);
}

/** Resolves when so many have arrived. @throws Error when they stop coming */
async function untilArrived(wanted: number, arrived: () => Promise<number>): Promise<void> {
  let [best, since] = [0, Date.now()];
  for (let now = await arrived(); now < wanted; await sleep(POLL_MS), now = await arrived()) {
    if (now > best) [best, since] = [now, Date.now()];
    if (Date.now() - since > STUCK_MS) throw new Error(`of ${wanted} fixes ${now} have arrived behind the broker`);
  }
}

function tell(line: string): void {
  process.stderr.write(`ingest: ${line}\n`);
}
