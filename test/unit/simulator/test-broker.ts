import { Aedes } from 'aedes';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

export interface Received {
  readonly username: string;
  readonly topic: string;
  readonly payload: string;
}

/** A real broker on a free port that keeps what it was sent before it acknowledges it, and can misbehave. */
export class TestBroker {
  readonly received: Received[] = [];
  readonly usernames: string[] = [];
  /** Most messages of one connection that waited for their PUBACK at once. */
  mostWaiting = 0;
  /** false: messages are taken and wait for their PUBACK. */
  acknowledging = true;
  /** Milliseconds until a PUBACK. */
  delayMs = 0;
  port = 0;
  private waiting: (() => void)[] = [];
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;

  private constructor(private readonly aedes: Aedes) {}

  /** @param credentials password of each user; without it everybody may connect */
  static async start(credentials?: Readonly<Record<string, string>>): Promise<TestBroker> {
    const broker = new TestBroker(await Aedes.createBroker());
    broker.aedes.on('clientError', () => undefined);
    broker.aedes.on('connectionError', () => undefined);
    broker.aedes.authenticate = (client, username, password, done) => {
      broker.usernames.push(username ?? '');
      (client as { username?: string }).username = username ?? '';
      done(null, credentials === undefined || credentials[username ?? ''] === password?.toString());
    };
    broker.aedes.authorizePublish = (client, { topic, payload }, done) => {
      const { username = '' } = client as { username?: string };
      broker.received.push({ username, topic, payload: payload.toString() });
      broker.waiting.push(() => done(null));
      broker.mostWaiting = Math.max(broker.mostWaiting, broker.waiting.length);
      if (broker.delayMs > 0) setTimeout(() => broker.settle(), broker.delayMs);
      else setImmediate(() => broker.settle());
    };
    await broker.listen();
    return broker;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`;
  }

  get payloads(): string[] {
    return this.received.map(({ payload }) => payload);
  }

  /** Listens, after `deafen` on the same port again. */
  async listen(): Promise<void> {
    const server = createServer((socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
      this.aedes.handle(socket);
    });
    this.server = server;
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
  }

  /** Cuts every connection, as a network does: what is on the way is lost. */
  cut(): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
    this.waiting = [];
  }

  /** Cuts every connection and takes no new one. */
  async deafen(): Promise<void> {
    const closed = new Promise((resolve) => this.server?.close(resolve));
    this.cut();
    await closed;
  }

  /** Acknowledges again, and what waits. */
  acknowledgeAll(): void {
    this.acknowledging = true;
    this.settle();
  }

  async stop(): Promise<void> {
    await this.deafen();
    await new Promise<void>((resolve) => this.aedes.close(resolve));
  }

  private settle(): void {
    if (!this.acknowledging) return;
    const { waiting } = this;
    this.waiting = [];
    for (const acknowledge of waiting) acknowledge();
  }
}

/** Resolves when the condition holds; fails after 30 s. */
export async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited 30 s for: ${String(condition)}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
