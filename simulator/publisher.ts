import { generate } from 'mqtt-packet';
import { randomUUID } from 'node:crypto';
import { Link } from './link.ts';
import type { LinkOptions } from './link.ts';
import { Unacknowledged } from './publisher-options.ts';
import type { PublisherCounts, PublisherEvent, PublisherOptions } from './publisher-options.ts';

type Done = (error?: Unacknowledged) => void;

interface Message {
  readonly topic: string;
  readonly payload: string | Uint8Array;
  readonly done: Done;
}

interface InFlight {
  readonly packet: Buffer;
  readonly done: Done;
}

const MAX_MESSAGE_ID = 65_535;
/** Bit of the first byte of a PUBLISH that says it may have been sent before. */
const DUP = 0x08;

/**
 * Publishes with QoS 1, at least once and in order: a message counts as acknowledged when its PUBACK came and not before; after a
 * lost connection what is not acknowledged is sent again, in order, before anything new. It never gives up on its own.
 */
export class Publisher {
  private readonly options: LinkOptions;
  private readonly window: number;
  private readonly backoffMs: readonly [number, number];
  private readonly emit: (event: PublisherEvent) => void;
  private link: Link | undefined;
  /** On the way, by message id, in the order in which they were handed in. */
  private readonly inFlight = new Map<number, InFlight>();
  private queue: Message[] = [];
  private queueHead = 0;
  private lastId = 0;
  private failures = 0;
  private retry: NodeJS.Timeout | undefined;
  /** No message is taken any more. */
  private closing = false;
  /** No connection is made any more. */
  private closed = false;
  private waiters: (() => void)[] = [];
  private readonly tally = { accepted: 0, acknowledged: 0, resent: 0, connections: 0 };

  constructor(options: PublisherOptions) {
    this.window = options.window ?? 100;
    if (!Number.isInteger(this.window) || this.window < 1 || this.window > MAX_MESSAGE_ID) {
      throw new RangeError(`window: expected 1 to ${MAX_MESSAGE_ID}, not ${this.window}`);
    }
    this.backoffMs = options.backoffMs ?? [100, 5_000];
    this.emit = options.onEvent ?? (() => undefined);
    this.options = {
      url: options.url,
      clientId: options.clientId ?? `collarwatch-${randomUUID()}`,
      username: options.username,
      password: options.password,
      keepaliveS: options.keepaliveS ?? 60,
      connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    };
  }

  get counts(): PublisherCounts {
    return { ...this.tally };
  }

  /** Messages handed in and not acknowledged yet, sent or not. */
  get unacknowledged(): number {
    return this.tally.accepted - this.tally.acknowledged;
  }

  /**
   * Makes the first connection. From then on a lost one is made again, for ever.
   *
   * @throws ConnectionRefused when the broker says no; Error when there is none
   */
  async connect(): Promise<void> {
    this.use(await this.open());
  }

  /**
   * Resolves when the message is acknowledged. Messages beyond the window wait in memory: await `room` where there are many.
   *
   * @throws Unacknowledged when the publisher is closed before
   */
  publish(topic: string, payload: string | Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.send(topic, payload, (error) => (error === undefined ? resolve() : reject(error)));
    });
  }

  /** As `publish`, with a callback: for many messages, where a promise for each costs too much. */
  send(topic: string, payload: string | Uint8Array, done: Done): void {
    if (this.closing) return done(new Unacknowledged('the publisher is closed'));
    this.tally.accepted += 1;
    const message = { topic, payload, done };
    if (this.link !== undefined && this.inFlight.size < this.window) this.transmit(message);
    else this.queue.push(message);
  }

  /** Whether a message handed in now would leave at once, if the connection is up. */
  get hasRoom(): boolean {
    return this.unacknowledged < this.window;
  }

  /** Resolves when the window has room for another message; without it when the publisher is closed or `stop` is signalled. */
  async room(stop?: AbortSignal): Promise<void> {
    if (this.hasRoom) return;
    const wake = (): void => this.wake();
    stop?.addEventListener('abort', wake);
    while (!this.hasRoom && !this.closing && stop?.aborted !== true) await this.nextAcknowledgement();
    stop?.removeEventListener('abort', wake);
  }

  /**
   * Takes no more messages, waits for what is on the way, and disconnects.
   *
   * @param graceMs longest wait for acknowledgements
   * @returns how many messages were not acknowledged; their promises are rejected with `Unacknowledged`
   */
  async close(graceMs = 5_000): Promise<{ readonly unacknowledged: number }> {
    this.closing = true;
    this.wake();
    const timer = setTimeout(() => this.giveUp(), graceMs);
    while (this.inFlight.size + this.queue.length - this.queueHead > 0) await this.nextAcknowledgement();
    this.closed = true;
    clearTimeout(timer);
    clearTimeout(this.retry);
    const { link } = this;
    this.link = undefined;
    await link?.end();
    return { unacknowledged: this.unacknowledged };
  }

  /** Cuts the connection as a collar that loses its network does; it is made again. */
  cut(): void {
    this.link?.destroy();
  }

  private open(): Promise<Link> {
    return Link.open(this.options, {
      acknowledged: (id) => this.acknowledged(id),
      closed: (reason) => this.lost(reason),
    });
  }

  private use(link: Link): void {
    this.link = link;
    this.tally.connections += 1;
    this.tally.resent += this.inFlight.size;
    this.emit({ kind: 'connected', resent: this.inFlight.size });
    for (const { packet } of this.inFlight.values()) {
      packet[0] = (packet[0] ?? 0) | DUP;
      link.write(packet);
    }
    this.transmitQueued();
  }

  private transmit({ topic, payload, done }: Message): void {
    const messageId = this.freeId();
    const body =
      typeof payload === 'string' ? payload : Buffer.from(payload.buffer, payload.byteOffset, payload.length);
    const packet = generate({ cmd: 'publish', qos: 1, dup: false, retain: false, topic, payload: body, messageId });
    this.inFlight.set(messageId, { packet, done });
    this.link?.write(packet);
  }

  private transmitQueued(): void {
    while (this.link !== undefined && this.inFlight.size < this.window) {
      const message = this.queue[this.queueHead];
      if (message === undefined) break;
      this.queueHead += 1;
      this.transmit(message);
    }
    if (this.queueHead > 1_000 || this.queueHead === this.queue.length) {
      this.queue = this.queue.slice(this.queueHead);
      this.queueHead = 0;
    }
  }

  private freeId(): number {
    do this.lastId = (this.lastId % MAX_MESSAGE_ID) + 1;
    while (this.inFlight.has(this.lastId));
    return this.lastId;
  }

  private acknowledged(id: number): void {
    const message = this.inFlight.get(id);
    if (message === undefined) return; // of a message that an earlier PUBACK settled
    this.inFlight.delete(id);
    this.tally.acknowledged += 1;
    this.failures = 0;
    message.done();
    this.transmitQueued();
    this.wake();
  }

  private lost(reason: string): void {
    if (this.link === undefined) return;
    this.link = undefined;
    this.emit({ kind: 'lost', reason, unacknowledged: this.unacknowledged });
    this.reconnect(reason);
  }

  private reconnect(reason: string): void {
    const [first, longest] = this.backoffMs;
    const inMs = Math.round(Math.min(longest, first * 2 ** this.failures) * (0.5 + Math.random() / 2));
    this.failures = Math.min(this.failures + 1, 20);
    this.emit({ kind: 'retry', reason, inMs });
    this.retry = setTimeout(() => {
      this.open().then(
        (link) => (this.closed ? link.destroy() : this.use(link)),
        (error: Error) => (this.closed ? undefined : this.reconnect(error.message)),
      );
    }, inMs);
  }

  private nextAcknowledgement(): Promise<void> {
    return new Promise((resolve) => this.waiters.push(resolve));
  }

  private wake(): void {
    if (this.waiters.length === 0) return;
    const { waiters } = this;
    this.waiters = [];
    for (const waiter of waiters) waiter();
  }

  private giveUp(): void {
    const left = [...this.inFlight.values(), ...this.queue.slice(this.queueHead)];
    this.inFlight.clear();
    this.queue = [];
    this.queueHead = 0;
    for (const { done } of left) done(new Unacknowledged('not acknowledged before the publisher was closed'));
    this.wake();
  }
}
