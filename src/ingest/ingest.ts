import { Inject, Injectable, Logger } from '@nestjs/common';
import { Secrets } from '../access/secret.ts';
import { collarPrincipal, gatewayPrincipal, type Principal } from '../access/principal.ts';
import { CONFIG, type Config } from '../config.ts';
import { CollarDirectory } from '../registry/collar-directory.ts';
import { Batcher } from './batcher.ts';
import { BatchStore } from './batch.store.ts';
import { BrokerDoor, type BrokerDoorSettings } from './broker.door.ts';
import { CommittedFixes } from './committed-fixes.ts';
import { contentFault } from './content-fault.ts';
import type { Delivery } from './delivery.ts';
import { EmbeddedDoor } from './embedded.door.ts';
import { FixStore } from './fix.store.ts';
import { IngestMetrics } from './metrics.ts';
import { Pipeline } from './pipeline.ts';

const HOUR_MS = 3_600_000;

/** The doors, the batcher behind them and the pipeline behind that: opened last at the start, closed first at the end. */
@Injectable()
export class Ingest {
  private readonly logger = new Logger('ingest');
  private readonly batcher: Batcher;
  private readonly embedded: EmbeddedDoor | null;
  private readonly broker: BrokerDoor | null;
  /** The hash of the secret by which a device logged in. */
  private readonly loggedInBy = new WeakMap<Principal, string>();
  private pruning: NodeJS.Timeout | undefined;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly directory: CollarDirectory,
    private readonly secrets: Secrets,
    private readonly pipeline: Pipeline,
    private readonly store: FixStore,
    private readonly log: BatchStore,
    private readonly feed: CommittedFixes,
    private readonly metrics: IngestMetrics,
  ) {
    this.batcher = this.createBatcher();
    this.embedded = config.MQTT_PORT === 'off' ? null : this.createEmbeddedDoor(config.MQTT_PORT);
    this.broker = config.MQTT_URL === undefined ? null : this.createBrokerDoor(config.MQTT_URL);
  }

  /**
   * Opens the doors.
   *
   * @returns the address of the embedded door; null: it is closed
   * @throws Error `EADDRINUSE` when its port is taken
   */
  async open(): Promise<string | null> {
    this.feed.start();
    this.pruning = setInterval(() => void this.prune(), HOUR_MS).unref();
    this.directory.onChange(() => this.embedded?.recheck((principal) => this.loginHolds(principal)));
    this.broker?.open();
    if (!this.embedded) return null;
    const port = await this.embedded.open();
    const { MQTT_HOST: host } = this.config;
    return `mqtt://${host.includes(':') ? `[${host}]` : host}:${port}`;
  }

  /** Takes nothing more in, commits and acknowledges what is in hand, closes the doors. */
  async close(): Promise<void> {
    clearInterval(this.pruning);
    this.embedded?.stopListening();
    await this.batcher.stop(this.config.SHUTDOWN_TIMEOUT_S * 1_000);
    await this.embedded?.close();
    await this.broker?.close();
    this.feed.stop();
  }

  /** What keeps fixes from coming in, each a sentence; empty: nothing. */
  troubles(): string[] {
    const troubles: string[] = [];
    const { troubleSince } = this.batcher;
    if (troubleSince !== null) troubles.push(`commits fail since ${new Date(troubleSince).toISOString()}`);
    if (this.broker && !this.broker.subscribed) troubles.push('no subscription at the external broker');
    return troubles;
  }

  private createBatcher(): Batcher {
    return new Batcher(
      {
        process: async (batch) => void (await this.pipeline.process(batch)),
        faultOf: (error) => (contentFault(error) === null ? 'storage' : 'content'),
        bury: (delivery, error) => this.bury(delivery, error),
        now: () => Date.now(),
        log: (message) => this.logger.warn(message),
      },
      {
        maxWaiting: this.config.INGEST_MAX_WAITING,
        maxWaitingBytes: this.config.INGEST_MAX_WAITING_BYTES,
        maxBatch: this.config.INGEST_MAX_BATCH,
        ackTimeoutMs: this.config.INGEST_ACK_TIMEOUT_S * 1_000,
      },
    );
  }

  private createEmbeddedDoor(port: number): EmbeddedDoor {
    const settings = {
      host: this.config.MQTT_HOST,
      port,
      maxConnectBytes: this.config.MQTT_MAX_CONNECT_BYTES,
      maxPacketBytes: this.config.MQTT_MAX_PACKET_BYTES,
      maxConnections: this.config.MQTT_MAX_CONNECTIONS,
      maxConnectionsPerAddress: this.config.MQTT_MAX_CONNECTIONS_PER_ADDRESS,
    };
    return new EmbeddedDoor(settings, (name, secret) => this.login(name, secret), this.batcher, this.metrics);
  }

  private createBrokerDoor(url: string): BrokerDoor {
    const settings: BrokerDoorSettings = {
      url,
      clientId: this.config.MQTT_CLIENT_ID,
      protocolVersion: this.config.MQTT_PROTOCOL,
      receiveMaximum: this.config.MQTT_RECEIVE_MAXIMUM,
    };
    return new BrokerDoor(settings, this.batcher, this.metrics);
  }

  /** A collar by its serial, or a gateway by its id. Who has no secret cannot log in. */
  private async login(name: string, secret: string): Promise<Principal | null> {
    for (const { principal, secretHash } of this.devices(name)) {
      if (secretHash === null || !(await this.secrets.verify(secret, secretHash))) continue;
      this.loggedInBy.set(principal, secretHash);
      return principal;
    }
    return null;
  }

  private devices(name: string): { principal: Principal; secretHash: string | null }[] {
    const collar = this.directory.collar(name);
    const gateway = this.directory.gateway(name);
    return [
      ...(collar ? [{ principal: collarPrincipal(name), secretHash: collar.secretHash }] : []),
      ...(gateway ? [{ principal: gatewayPrincipal(name, gateway.serials), secretHash: gateway.secretHash }] : []),
    ];
  }

  /** Whether a device that logged in before an edit of the registry would log in as the same after it. */
  private loginHolds(principal: Principal): boolean {
    return this.devices(principal.id).some(
      (device) =>
        device.principal.role === principal.role &&
        device.secretHash === this.loggedInBy.get(principal) &&
        [...device.principal.serials].join() === [...principal.serials].join(),
    );
  }

  private bury(delivery: Delivery, error: unknown): Promise<void> {
    const { door, serial, receivedAt, payload } = delivery;
    const detail = `the database cannot keep it: ${contentFault(error) ?? 'unknown'}`;
    return this.store.storeLetters([{ door, serial, receivedAt, reason: 'invalid', detail, payload }]);
  }

  private async prune(): Promise<void> {
    await this.log.prune(this.config.LOG_RETENTION_DAYS).catch((error: unknown) => {
      this.logger.warn(`the log was not pruned: ${String(error)}`);
    });
  }
}
