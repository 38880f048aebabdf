import type { EventEmitter } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Logger } from '@nestjs/common';
import { Aedes, type AuthenticateError, type Client } from 'aedes';
import { mayPublish } from '../access/visibility.ts';
import type { Principal } from '../access/principal.ts';
import type { Batcher } from './batcher.ts';
import { PacketGate } from './packet-gate.ts';
import type { IngestMetrics } from './metrics.ts';
import { serialOf } from './topic.ts';

export interface EmbeddedDoorSettings {
  readonly host: string;
  readonly port: number;
  readonly maxConnectBytes: number;
  readonly maxPacketBytes: number;
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
}

/** Who a device is, by the name and secret of its CONNECT; null: nobody we know. */
export type DeviceLogin = (username: string, secret: string) => Promise<Principal | null>;

/** A client silent for this long before its CONNECT is cut off, milliseconds. */
const CONNECT_TIMEOUT_MS = 10_000;
/** CONNACK codes [MQTT-3.2.2-3]. */
const IDENTIFIER_REJECTED = 2;
const SERVER_UNAVAILABLE = 3;
const BAD_CREDENTIALS = 4;
const NOT_AUTHORIZED = 5;

interface Guest extends Omit<Client, 'id'> {
  id: string;
  /** Set by us when its login succeeds. */
  principal?: Principal;
  /** The will of its CONNECT, before it counts. */
  _will?: { topic: string } | null;
}

function rejection(returnCode: number, message: string): AuthenticateError {
  return Object.assign(new Error(message), { returnCode });
}

/**
 * Our own MQTT 3.1.1 broker, for collars and gateways that publish to us directly.
 *
 * It is a door and nothing else: nobody may subscribe, nothing is routed or retained. aedes sends a PUBACK after its
 * `authorizePublish` hook calls back, so the commit happens inside that hook; everything after it is switched off.
 */
export class EmbeddedDoor {
  private readonly logger = new Logger('embedded-door');
  private readonly perAddress = new Map<string, number>();
  private readonly withoutId = new WeakSet<Guest>();
  private broker: Aedes | null = null;
  private server: Server | null = null;

  constructor(
    private readonly settings: EmbeddedDoorSettings,
    private readonly login: DeviceLogin,
    private readonly batcher: Pick<Batcher, 'offer'>,
    private readonly metrics: Pick<IngestMetrics, 'messages' | 'refused' | 'denied' | 'connections'>,
  ) {}

  /**
   * Starts to listen.
   *
   * @returns the port
   * @throws Error of the socket, `EADDRINUSE` when the port is taken
   */
  async open(): Promise<number> {
    const { host, port, maxConnections } = this.settings;
    this.broker = await this.createBroker();
    const server = createServer((socket) => this.admit(socket));
    server.maxConnections = maxConnections;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
    server.on('error', (error) => this.logger.error(error.message));
    this.server = server;
    return (server.address() as AddressInfo).port;
  }

  /** Takes no more connections and messages. Connections stay, so that what is being committed is still acknowledged. */
  stopListening(): void {
    this.server?.close();
  }

  async close(): Promise<void> {
    this.server?.close();
    await new Promise<void>((resolve) => (this.broker ? this.broker.close(resolve) : resolve()));
  }

  /** Ends the connections of devices whose login does not hold any more. */
  recheck(holds: (principal: Principal) => boolean): void {
    for (const client of Object.values(this.clients())) {
      if (client.principal && !holds(client.principal)) client.close();
    }
  }

  private clients(): Record<string, Guest> {
    return (this.broker as unknown as { clients: Record<string, Guest> } | null)?.clients ?? {};
  }

  private async createBroker(): Promise<Aedes> {
    const broker = new Aedes({
      connectTimeout: CONNECT_TIMEOUT_MS,
      preConnect: (client, packet, done) => this.preConnect(client, packet, done),
      authenticate: (client, username, password, done) => void this.authenticate(client, username, password, done),
      authorizePublish: (client, packet, done) => this.authorizePublish(client, packet, done),
      authorizeSubscribe: (_client, _subscription, done) => {
        this.metrics.denied.inc({ action: 'subscribe' });
        done(null, null);
      },
      authorizeForward: () => null,
    });
    // After PUBACK aedes would look for subscribers, offline queues and retained messages: there are none.
    broker.publish = (_packet: unknown, second?: unknown, third?: unknown) => {
      const done = typeof second === 'function' ? second : third;
      if (typeof done === 'function') (done as () => void)();
    };
    (broker as EventEmitter).on('error', (error) => this.logger.error(String(error)));
    broker.on('clientError', (_client, error) => this.logger.debug(error.message));
    broker.on('connectionError', (_client, error) => this.logger.debug(error.message));
    await broker.listen();
    return broker;
  }

  /** Puts a gate in front of the broker's reads: see PacketGate. */
  private admit(socket: Socket): void {
    const address = socket.remoteAddress ?? '';
    const connections = (this.perAddress.get(address) ?? 0) + 1;
    if (connections > this.settings.maxConnectionsPerAddress) {
      this.deny('connection', `more than ${this.settings.maxConnectionsPerAddress} connections from one address`);
      socket.destroy();
      return;
    }
    this.perAddress.set(address, connections);
    this.metrics.connections.inc();
    socket.once('close', () => this.leave(address));
    socket.setNoDelay(true);

    const guest: { client?: Guest } = {};
    const { maxConnectBytes, maxPacketBytes } = this.settings;
    const gate = new PacketGate(() => (guest.client?.principal ? maxPacketBytes : maxConnectBytes));
    const read = socket.read.bind(socket);
    socket.read = (size?: number) => {
      const chunk = read(size) as Buffer | null;
      if (chunk === null || gate.pass(chunk)) return chunk;
      this.deny('packet-length', 'a packet longer than the limit was announced');
      socket.destroy();
      return null;
    };
    guest.client = this.broker!.handle(socket);
  }

  private leave(address: string): void {
    this.metrics.connections.dec();
    const left = (this.perAddress.get(address) ?? 1) - 1;
    if (left > 0) this.perAddress.set(address, left);
    else this.perAddress.delete(address);
  }

  private preConnect(
    client: Guest,
    packet: { clientId?: string; clean?: boolean },
    done: (error: Error | null, success: boolean) => void,
  ): void {
    if (!packet.clientId && packet.clean === false) this.withoutId.add(client);
    done(null, true);
  }

  private async authenticate(
    client: Guest,
    username: string | undefined,
    password: Buffer | undefined,
    done: (error: AuthenticateError | null, success: boolean | null) => void,
  ): Promise<void> {
    if (this.withoutId.has(client)) {
      return done(rejection(IDENTIFIER_REJECTED, 'a session needs a client id [MQTT-3.1.3-8]'), false);
    }
    const principal = await this.login(username ?? '', password?.toString() ?? '').catch(() => undefined);
    if (principal === undefined) {
      // Too many log in at once for their secrets to be checked: nothing is said of this one.
      this.deny('busy', 'a login could not be checked');
      return done(rejection(SERVER_UNAVAILABLE, 'too many logins at once'), false);
    }
    if (!principal) {
      this.deny('login', 'wrong name or secret');
      return done(rejection(BAD_CREDENTIALS, 'wrong name or secret'), false);
    }
    const will = client._will && serialOf(client._will.topic);
    if (client._will && (!will || !mayPublish(principal, will))) {
      this.deny('will', `${principal.role} set a will beyond its grant`);
      return done(rejection(NOT_AUTHORIZED, 'the will is beyond the grant'), false);
    }
    client.principal = principal;
    // Client ids are per login: nobody ends another's connection by taking its id.
    client.id = `${principal.role}:${principal.id}:${client.id}`;
    done(null, true);
  }

  private authorizePublish(
    client: Guest | null,
    packet: { topic: string; payload: string | Buffer },
    done: (error?: Error | null) => void,
  ): void {
    const serial = serialOf(packet.topic);
    if (serial === null || !client?.principal || !mayPublish(client.principal, serial)) {
      this.deny('publish', `${client?.principal?.role ?? 'a client'} published beyond its grant`);
      return done(new Error('the topic is beyond the grant'));
    }
    this.metrics.messages.inc({ door: 'embedded' });
    this.batcher.offer({
      door: 'embedded',
      serial,
      payload: typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload,
      receivedAt: Date.now(),
      acknowledge: () => done(null),
      // An error ends the connection without a PUBACK: the sender connects anew and sends again.
      refuse: (reason) => {
        this.metrics.refused.inc({ reason });
        done(new Error(`not committed: ${reason}`));
      },
    });
  }

  private deny(action: string, message: string): void {
    this.metrics.denied.inc({ action });
    this.logger.debug(message);
  }
}
