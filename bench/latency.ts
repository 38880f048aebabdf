import { open } from 'node:fs/promises';
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { generate } from 'mqtt-packet';
import { WebSocket } from 'ws';
import { cleaningUp, type Cleanup } from './cleanup.ts';
import { round } from './measure.ts';
import { startMosquitto } from './mosquitto-under-bench.ts';
import { PublishingConnection, subscribeToAll } from './mqtt-connection.ts';
import { benchReserve, GATEWAY, serialOf } from './reserve-under-bench.ts';
import { ADMIN_TOKEN, benchFolder, ServerUnderBench } from './server-under-bench.ts';
import { FIX_EVERY_MS, Walkers } from './walkers.ts';

const OPTIONS = {
  quick: { type: 'boolean', default: false },
  rates: { type: 'string', default: '200,2000' },
  seconds: { type: 'string' },
  collars: { type: 'string', default: '1000' },
  farms: { type: 'string', default: '1000' },
  seed: { type: 'string', default: '1' },
  runs: { type: 'string', default: '1' },
} as const;

/** Not counted at the start of each rate: the code is still being compiled. */
const WARM_UP_S = 2;
/** The last answers may take so long. */
const ANSWER_MS = 10_000;
const MAX_MESSAGE_ID = 65_535;
const SYNC_BYTES = 8_192;
const SYNCS = 2_000;

/** Milliseconds, each of one message. */
interface Times {
  readonly name: string;
  readonly goal: string;
  readonly ms: readonly number[];
}

/** A message: what is published, and how it is known again. */
interface Message {
  readonly key: string;
  readonly topic: string;
  readonly payload: string;
}

/** Publish → PUBACK and publish → websocket frame at steady rates; beside one hop of Mosquitto and one write to the disk. */
export async function run(args: readonly string[] = []): Promise<string> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  const [collars, farms, seed] = [values.collars, values.farms, values.seed].map(Number) as [number, number, number];
  const rates = values.rates.split(',').map(Number);
  const seconds = Number(values.seconds ?? (values.quick ? 1 : 10));
  return cleaningUp(async (cleanup) => {
    tell('starting the server');
    const folder = await benchFolder(cleanup);
    const server = await ServerUnderBench.start(folder, {}, cleanup);
    await server.put('/reserve', benchReserve(collars, farms, seed));
    const mosquitto = await startMosquitto(cleanup);
    const most = Number(values.runs) * 2 * rates.reduce((sum, rate) => sum + rate * (seconds + WARM_UP_S), 0);
    const walkers = new Walkers(collars, Date.now() - (Math.ceil(most / collars) + 60) * FIX_EVERY_MS, seed);
    const ours = await serverSide(server, cleanup);
    const bare = mosquitto && (await mosquittoSide(mosquitto.url, cleanup));
    const tables: string[] = [];
    for (const rate of rates) {
      const [own, hop]: Observed[][] = [[], []];
      for (let round = 0; round < Number(values.runs); round++) {
        tell(`${rate} a second for ${seconds} s`);
        own!.push(await steady(ours, messages(walkers, rate * (seconds + WARM_UP_S)), rate));
        if (bare) hop!.push(await steady(bare, messages(walkers, rate * (seconds + WARM_UP_S)), rate));
      }
      tables.push(...rowsOf(rate, own!, hop!));
    }
    tell('writing to the disk');
    const syncs = [
      row('–', { name: 'one fdatasync of 8 KiB on the same disk', goal: '–', ms: await syncTimes(folder) }),
    ];
    const head = '| messages/s | what | p50, ms | p99, ms | max, ms | goal p50 / p99, ms | messages |';
    return [head, '|---|---|---|---|---|---|---|', ...tables, ...syncs].join('\n');
  });
}

function rowsOf(rate: number, own: readonly Observed[], hop: readonly Observed[]): string[] {
  const goal = rate === 2_000 ? '2 / 10' : '–';
  const all = (runs: readonly Observed[], of: keyof Observed) => runs.flatMap((run) => run[of]);
  return [
    row(rate, { name: 'publish → PUBACK: committed, fsynced', goal: '–', ms: all(own, 'acknowledged') }),
    row(rate, { name: 'publish → websocket frame with the fix', goal, ms: all(own, 'seen') }),
    hop.length > 0
      ? row(rate, { name: 'one hop of Mosquitto: publish → receive', goal: '–', ms: all(hop, 'seen') })
      : `| ${rate} | one hop of Mosquitto | not here: MOSQUITTO names its program | – | – | – | – |`,
  ];
}

function row(rate: number | string, { name, goal, ms }: Times): string {
  const sorted = Float64Array.from(ms).sort();
  const at = (share: number) => round(sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? NaN);
  return `| ${rate} | ${name} | ${at(0.5)} | ${at(0.99)} | ${at(1)} | ${goal} | ${sorted.length} |`;
}

/** Where messages go in and come out. */
interface Side {
  readonly publisher: PublishingConnection;
  /** Called with the key of each message that came out. */
  onSeen: (key: string) => void;
  readonly keyOf: (message: Message) => string;
}

async function serverSide(server: ServerUnderBench, cleanup: Cleanup): Promise<Side> {
  const login = { username: GATEWAY.id, password: GATEWAY.secret, clientId: 'bench' };
  const publisher = await PublishingConnection.open({ url: server.mqtt, ...login });
  const side: Side = { publisher, onSeen: () => undefined, keyOf: ({ key }) => key };
  const authorization = `Bearer ${ADMIN_TOKEN}`;
  const socket = new WebSocket(`${server.http.replace(/^http/, 'ws')}/live`, { headers: { authorization } });
  cleanup.add(() => socket.terminate());
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('open', () =>
      socket.send(JSON.stringify({ event: 'subscribe', data: { id: 'p', stream: 'positions' } })),
    );
    socket.on('message', (text: Buffer) => {
      const { event, data } = JSON.parse(text.toString()) as {
        event: string;
        data: { positions: { collar: string; at: string }[] };
      };
      if (event === 'snapshot') resolve();
      if (event === 'positions') for (const { collar, at } of data.positions) side.onSeen(`${collar} ${at}`);
    });
  });
  return side;
}

async function mosquittoSide(url: string, cleanup: Cleanup): Promise<Side> {
  const publisher = await PublishingConnection.open({ url, clientId: 'bench' });
  const side: Side = { publisher, onSeen: () => undefined, keyOf: ({ payload }) => payload };
  const socket = await subscribeToAll({ url, clientId: 'bench-subscriber' }, (payloads) => {
    for (const payload of payloads) side.onSeen(payload.toString());
  });
  cleanup.add(() => void socket.destroy());
  return side;
}

function messages(walkers: Walkers, count: number): Message[] {
  return Array.from({ length: count }, (_, message) => {
    const collar = message % walkers.count;
    const payload = walkers.message(collar, 1);
    return { payload, topic: walkers.topic(collar), key: `${serialOf(collar)} ${walkers.newestAt(collar)}` };
  });
}

interface Observed {
  readonly acknowledged: number[];
  readonly seen: number[];
}

/** Publishes at a steady rate whatever the answers; times are from the write to the socket. */
async function steady(side: Side, list: readonly Message[], rate: number): Promise<Observed> {
  const sentAt = new Float64Array(list.length).fill(NaN);
  const places = new Map(list.map((message, place) => [side.keyOf(message), place]));
  const packets = list.map(({ topic, payload }, place) =>
    generate({ cmd: 'publish', qos: 1, dup: false, retain: false, topic, payload, messageId: idOf(place) }),
  );
  const counted = rate * WARM_UP_S;
  const observed: Observed = { acknowledged: [], seen: [] };
  let [acknowledged, seen] = [0, 0];
  side.publisher.onAcknowledged = (messageId) => {
    // Acknowledgements come in the order of the messages [MQTT-4.6.0-2].
    if (messageId !== idOf(acknowledged)) throw new Error('an acknowledgement out of order');
    const ms = performance.now() - sentAt[acknowledged]!;
    if (acknowledged++ >= counted) observed.acknowledged.push(ms);
  };
  side.onSeen = (key) => {
    const place = places.get(key);
    if (place === undefined) return;
    seen++;
    if (place >= counted) observed.seen.push(performance.now() - sentAt[place]!);
  };
  const start = performance.now();
  for (let sent = 0; sent < list.length; await sleep(1)) {
    const due = Math.min(list.length, Math.ceil(((performance.now() - start) / 1_000) * rate));
    for (; sent < due; sent++) {
      sentAt[sent] = performance.now();
      side.publisher.write(packets[sent]!);
    }
  }
  const deadline = performance.now() + ANSWER_MS;
  while ((acknowledged < list.length || seen < list.length) && performance.now() < deadline) await sleep(5);
  if (acknowledged !== list.length || seen !== list.length)
    throw new Error(`of ${list.length} messages ${acknowledged} were acknowledged and ${seen} came out`);
  return observed;
}

const idOf = (place: number) => 1 + (place % MAX_MESSAGE_ID);

/** What one write costs before it is on the disk: no commit can be quicker. */
async function syncTimes(folder: string): Promise<number[]> {
  const file = path.join(folder, 'sync');
  const made = await open(file, 'w');
  await made.writeFile(Buffer.alloc(SYNC_BYTES * SYNCS));
  await made.sync();
  await made.close();
  const page = Buffer.alloc(SYNC_BYTES, 1);
  const descriptor = openSync(file, 'r+');
  const times = Array.from({ length: SYNCS }, (_, place) => {
    const began = performance.now();
    writeSync(descriptor, page, 0, SYNC_BYTES, place * SYNC_BYTES);
    fdatasyncSync(descriptor);
    return performance.now() - began;
  });
  closeSync(descriptor);
  return times;
}

function tell(line: string): void {
  process.stderr.write(`latency: ${line}\n`);
}
