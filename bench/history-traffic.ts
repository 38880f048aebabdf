// The ingest beside the questions, in a process of its own: a steady rate of messages, whatever the answers.
import { setTimeout as sleep } from 'node:timers/promises';
import { generate } from 'mqtt-packet';
import { Latency } from '../simulator/fleet/latency.ts';
import { answerQuestions } from './helper-process.ts';
import { PublishingConnection } from './mqtt-connection.ts';
import { Walkers } from './walkers.ts';

export interface TrafficOrder {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly collars: number;
  /** Fixes a second. */
  readonly rate: number;
  readonly from: number;
  readonly seed: number;
}

export interface TrafficCount {
  readonly sent: number;
  readonly acknowledged: number;
  readonly seconds: number;
  /** Publish to PUBACK, milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

const MAX_MESSAGE_ID = 65_535;
/** More are not sent before some are acknowledged: on a machine that is too slow the rate is what it can take. */
const WINDOW = 5_000;
const LAST_ANSWERS_MS = 60_000;

let stop = false;
let running: Promise<TrafficCount> | null = null;

async function publish({ url, username, password, collars, rate, from, seed }: TrafficOrder): Promise<TrafficCount> {
  const walkers = new Walkers(collars, from, seed);
  const connection = await PublishingConnection.open({ url, username, password, clientId: 'bench-beside' });
  let [sent, acknowledged] = [0, 0];
  const latency = new Latency();
  let max = 0;
  const sentAt = new Float64Array(MAX_MESSAGE_ID + 1);
  connection.onAcknowledged = (messageId) => {
    const ms = performance.now() - sentAt[messageId]!;
    latency.add(ms);
    max = Math.max(max, ms);
    acknowledged++;
  };
  const began = performance.now();
  while (!stop) {
    const due = Math.ceil(((performance.now() - began) / 1_000) * rate);
    const packets: Buffer[] = [];
    for (; sent < due && sent - acknowledged < WINDOW; sent++) {
      const collar = sent % collars;
      const [topic, payload] = [walkers.topic(collar), walkers.message(collar, 1)];
      const messageId = 1 + (sent % MAX_MESSAGE_ID);
      sentAt[messageId] = performance.now();
      packets.push(generate({ cmd: 'publish', qos: 1, dup: false, retain: false, topic, payload, messageId }));
    }
    if (packets.length > 0) connection.write(Buffer.concat(packets));
    await sleep(5);
  }
  const seconds = (performance.now() - began) / 1_000;
  for (const until = performance.now() + LAST_ANSWERS_MS; acknowledged < sent && performance.now() < until;)
    await sleep(20);
  connection.close();
  return { sent, acknowledged, seconds, p50: latency.quantile(0.5), p99: latency.quantile(0.99), max };
}

answerQuestions({
  begin: (order: TrafficOrder) => {
    stop = false;
    running = publish(order);
    running.catch(() => undefined);
  },
  end: () => {
    stop = true;
    return running;
  },
});
