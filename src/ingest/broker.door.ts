import { Logger } from '@nestjs/common';
import mqtt, { type IPublishPacket, type MqttClient } from 'mqtt';
import type { Batcher } from './batcher.ts';
import type { RefusalReason } from './delivery.ts';
import type { IngestMetrics } from './metrics.ts';
import { ALL_FIXES, serialOf } from './topic.ts';

export interface BrokerDoorSettings {
  readonly url: string;
  readonly clientId: string;
  readonly protocolVersion: 4 | 5;
  readonly receiveMaximum: number;
}

/** How long the broker keeps our session, and so what came in, while we are away: a week, in seconds. */
const SESSION_EXPIRY_S = 604_800;
const KEEPALIVE_S = 30;
const RECONNECT_MS = 1_000;

/** Releases the pump of MQTT.js without a PUBACK. */
const NOT_YET = new Error('acknowledged after its commit');

/** The part of MQTT.js that is not public and that group commit needs; `test/e2e/broker-door.e2e.ts` holds it to this. */
interface PacketSender {
  _sendPacket(packet: { cmd: 'puback'; messageId: number; reasonCode: number }): void;
}

/**
 * The door at somebody else's broker: a persistent session with a stable client id.
 *
 * MQTT.js handles one message at a time and sends its PUBACK when `handleMessage` calls back, so a commit could hold one
 * message. Instead the callback gets an error, which only releases the pump and sends nothing; the packet is kept, and its
 * PUBACK is sent when its commit is done, in the order of arrival. Packets of an ended connection are forgotten: the broker
 * sends them again, and the store absorbs what it has. `mqtt` is pinned to one version for this.
 *
 * Brokers overstep the window that we ask for, so it is kept here as well: while as many are held, the pump waits.
 */
export class BrokerDoor {
  private readonly logger = new Logger('broker-door');
  private client: MqttClient | null = null;
  /** Counts connections, so that no packet is acknowledged on another than its own. */
  private connection = 0;
  private sessions = 0;
  /** Messages handed in whose commit is not done. */
  private held = 0;
  /** Lets the next message in; kept while too many are held, so that the connection fills up and the broker waits. */
  private release: (() => void) | null = null;
  /** Whether messages can arrive now. */
  subscribed = false;

  constructor(
    private readonly settings: BrokerDoorSettings,
    private readonly batcher: Pick<Batcher, 'offer'>,
    private readonly metrics: Pick<IngestMetrics, 'messages' | 'refused'>,
  ) {}

  /** Connects, and keeps connecting: a broker that is away at our start is no reason not to start. */
  open(): void {
    const { url, clientId, protocolVersion, receiveMaximum } = this.settings;
    const properties = { sessionExpiryInterval: SESSION_EXPIRY_S, receiveMaximum };
    this.client = mqtt.connect(url, {
      clientId,
      clean: false,
      protocolVersion,
      ...(protocolVersion === 5 ? { properties } : {}),
      keepalive: KEEPALIVE_S,
      reconnectPeriod: RECONNECT_MS,
      reconnectOnConnackError: true,
      resubscribe: false,
      manualConnect: true,
    });
    // Before connecting: a resumed session delivers at once, and an unhandled message would be acknowledged and gone.
    this.client.handleMessage = (packet, callback) => this.receive(packet, callback);
    this.client.on('connect', ({ sessionPresent }) => this.onConnect(sessionPresent));
    this.client.on('close', () => this.onClose());
    this.client.on('error', (error) => this.logger.warn(`external broker: ${error.message}`));
    this.client.connect();
  }

  /** Leaves without unsubscribing: the session stays, and the broker keeps what comes in. */
  async close(): Promise<void> {
    this.connection++;
    await this.client?.endAsync(true);
    this.subscribed = false;
  }

  private onConnect(sessionPresent: boolean): void {
    this.sessions++;
    if (sessionPresent) {
      this.subscribed = true;
      return;
    }
    if (this.sessions > 1)
      this.logger.warn('the external broker forgot our session: what came in meanwhile is lost there');
    this.client?.subscribe(ALL_FIXES, { qos: 1 }, (error, grants) => {
      const refused = error ?? (grants?.some(({ qos }) => qos > 2) ? new Error('refused') : null);
      if (refused) this.logger.error(`external broker: no subscription to ${ALL_FIXES}: ${refused.message}`);
      this.subscribed = !refused;
    });
  }

  private onClose(): void {
    this.connection++;
    this.subscribed = false;
    this.admit();
  }

  private receive(packet: IPublishPacket, callback: (error?: Error) => void): void {
    const { connection } = this;
    const serial = serialOf(packet.topic);
    this.metrics.messages.inc({ door: 'broker' });
    if (serial === null) {
      this.logger.warn('a message of another topic than a collar’s came in and was let go');
      callback();
      return;
    }
    this.batcher.offer({
      door: 'broker',
      serial,
      payload: packet.payload as Buffer,
      receivedAt: Date.now(),
      acknowledge: () => {
        this.acknowledge(packet, connection);
        this.settle();
      },
      refuse: (reason) => {
        this.dropLink(reason, connection);
        this.settle();
      },
    });
    this.held++;
    this.release = () => callback(packet.qos === 0 ? undefined : NOT_YET);
    if (this.held < this.settings.receiveMaximum) this.admit();
  }

  private settle(): void {
    this.held--;
    if (this.held < this.settings.receiveMaximum) this.admit();
  }

  private admit(): void {
    const { release } = this;
    this.release = null;
    release?.();
  }

  private acknowledge(packet: IPublishPacket, connection: number): void {
    if (connection !== this.connection || packet.qos === 0 || packet.messageId === undefined) return;
    (this.client as unknown as PacketSender)._sendPacket({ cmd: 'puback', messageId: packet.messageId, reasonCode: 0 });
  }

  /** A broker sends an unacknowledged message again on a new connection only. */
  private dropLink(reason: RefusalReason, connection: number): void {
    this.metrics.refused.inc({ reason });
    if (connection !== this.connection || reason === 'stopping') return;
    this.connection++;
    this.logger.warn(`messages not committed (${reason}): connecting anew, to get them again`);
    this.client?.stream.destroy();
  }
}
