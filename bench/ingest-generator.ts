// The load of the ingest bench, in a process of its own: publishes what it has prepared as fast as it is acknowledged.
import { generate } from 'mqtt-packet';
import { Latency } from '../simulator/fleet/latency.ts';
import { answerQuestions } from './helper-process.ts';
import { PublishingConnection } from './mqtt-connection.ts';
import { Walkers } from './walkers.ts';

/** The herd, once. */
export interface HerdOrder {
  readonly collars: number;
  /** Time of the first fixes, epoch milliseconds. */
  readonly from: number;
  readonly seed: number;
}

/** The next messages of the herd. */
export interface PrepareOrder {
  readonly fixes: number;
  readonly fixesPerMessage: number;
  readonly connections: number;
}

export interface Prepared {
  readonly fixes: number;
  /** Mean of the payloads, bytes a fix. */
  readonly bytesPerFix: number;
}

export interface PublishOrder {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** Messages of a connection that may be on their way. */
  readonly window: number;
}

export interface Published {
  readonly sent: number;
  readonly acknowledged: number;
  /** From the first message to the last PUBACK. */
  readonly seconds: number;
  /** Publish to PUBACK, milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Processor time of this process meanwhile. */
  readonly cpuMicros: number;
}

/** The messages of one connection, one after the other in memory, so that those that may leave together leave in one write. */
interface Lane {
  readonly packets: Buffer;
  /** Where each begins, and at last where the last ends. */
  readonly offsets: Uint32Array;
}

const MAX_MESSAGE_ID = 65_535;
let walkers: Walkers;
let lanes: Lane[] = [];
let fixesPerMessage = 1;

function prepare({ fixes, fixesPerMessage: size, connections }: PrepareOrder): Prepared {
  fixesPerMessage = size;
  const messages = Math.floor(fixes / size);
  let payloadBytes = 0;
  lanes = Array.from({ length: connections }, (_, lane) => {
    const packets: Buffer[] = [];
    const offsets = [0];
    // Collars in turn, each always through the same connection, so that its fixes stay in order.
    for (let message = lane; message < messages; message += connections) {
      const collar = collarOf(message, connections);
      const payload = walkers.message(collar, size);
      payloadBytes += payload.length;
      const messageId = 1 + (packets.length % MAX_MESSAGE_ID);
      const packet = generate({
        cmd: 'publish',
        qos: 1,
        dup: false,
        retain: false,
        topic: walkers.topic(collar),
        payload,
        messageId,
      });
      packets.push(packet);
      offsets.push(offsets.at(-1)! + packet.length);
    }
    return { packets: Buffer.concat(packets), offsets: Uint32Array.from(offsets) };
  });
  return { fixes: messages * size, bytesPerFix: payloadBytes / (messages * size) };
}

function collarOf(message: number, connections: number): number {
  const perLane = Math.ceil(walkers.count / connections);
  const lane = message % connections;
  return Math.min(walkers.count - 1, lane * perLane + (Math.floor(message / connections) % perLane));
}

async function publish({ url, username, password, window }: PublishOrder): Promise<Published> {
  const connections = await Promise.all(
    lanes.map((_, lane) => PublishingConnection.open({ url, username, password, clientId: `bench-${lane}` })),
  );
  const latency = new Latency();
  const cpu = process.cpuUsage();
  const start = performance.now();
  const counts = await Promise.all(
    connections.map((connection, lane) => drive(connection, lanes[lane]!, window, latency)),
  );
  const seconds = (performance.now() - start) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  for (const connection of connections) connection.close();
  const sum = (of: 'sent' | 'acknowledged') => counts.reduce((total, count) => total + count[of], 0) * fixesPerMessage;
  return {
    sent: sum('sent'),
    acknowledged: sum('acknowledged'),
    seconds,
    p50: latency.quantile(0.5),
    p99: latency.quantile(0.99),
    cpuMicros: user + system,
  };
}

function drive(
  connection: PublishingConnection,
  { packets, offsets }: Lane,
  window: number,
  latency: Latency,
): Promise<{ sent: number; acknowledged: number }> {
  const messages = offsets.length - 1;
  const sentAt = new Float64Array(MAX_MESSAGE_ID + 1);
  let sent = 0;
  let acknowledged = 0;
  return new Promise((resolve, reject) => {
    const fill = () => {
      const until = Math.min(messages, acknowledged + window);
      if (until === sent) return;
      const now = performance.now();
      connection.write(packets.subarray(offsets[sent], offsets[until]));
      for (; sent < until; sent++) sentAt[1 + (sent % MAX_MESSAGE_ID)] = now;
    };
    connection.onClosed = (reason) => reject(new Error(reason));
    connection.onAcknowledged = (messageId) => {
      latency.add(performance.now() - sentAt[messageId]!);
      acknowledged++;
    };
    connection.onChunk = () => {
      if (acknowledged === messages) resolve({ sent, acknowledged });
      else fill();
    };
    if (messages === 0) resolve({ sent, acknowledged });
    else fill();
  });
}

answerQuestions({
  herd: ({ collars, from, seed }: HerdOrder) => void (walkers = new Walkers(collars, from, seed)),
  prepare,
  publish,
});
