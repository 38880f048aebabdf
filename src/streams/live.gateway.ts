import { Logger, UseFilters, type OnApplicationBootstrap } from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  type OnGatewayConnection,
} from '@nestjs/websockets';
import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import { Allow, type AdmittedRequest } from '../access/allow.ts';
import { mayWatch } from '../access/visibility.ts';
import { isAway } from '../database/failure.ts';
import { AlertsStream } from './alerts.stream.ts';
import { LiveDoor } from './door.ts';
import { FaultFilter } from './fault.filter.ts';
import { ERRORS, Fault, readSubscription, readUnsubscription } from './messages.ts';
import { PositionsStream } from './positions.stream.ts';
import { Readers } from './readers.ts';
import { SnapshotStore } from './snapshot.store.ts';

/** The websocket at /live: who was let in at the upgrade may subscribe here. docs/live.md tells clients how. */
@WebSocketGateway({ path: '/live' })
@UseFilters(FaultFilter)
export class LiveGateway implements OnApplicationBootstrap, OnGatewayConnection {
  private readonly logger = new Logger('streams');

  constructor(
    private readonly door: LiveDoor,
    private readonly readers: Readers,
    private readonly positions: PositionsStream,
    private readonly alerts: AlertsStream,
    private readonly snapshots: SnapshotStore,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const epoch = await this.snapshots.epoch();
    await Promise.all([this.positions.start(epoch), this.alerts.start(epoch)]);
  }

  /** Sends what is being sent, says goodbye to everybody, and lets nobody in any more. Call it before the application closes. */
  async drain(): Promise<void> {
    this.door.close();
    await this.readers.drain();
    await Promise.all([this.positions.stop(), this.alerts.stop()]);
  }

  handleConnection(client: WebSocket & AdmittedRequest, request: IncomingMessage): void {
    const admission = this.door.admissionOf(request);
    if (!admission) return client.terminate();
    client.admission = admission;
    this.readers.add(client, request.socket, admission.principal);
  }

  @SubscribeMessage('subscribe')
  @Allow('admin', 'ranger', 'researcher', 'farmer')
  async subscribe(@ConnectedSocket() client: WebSocket, @MessageBody() data: unknown): Promise<void> {
    const reader = this.readers.of(client);
    const request = readSubscription(data);
    if (!mayWatch(reader.principal, request.stream)) throw new Fault('forbidden', ERRORS.forbidden, request.id);
    reader.demandRoomFor(request.id);
    try {
      await (request.stream === 'positions' ? this.positions.open(request, reader) : this.alerts.open(request, reader));
    } catch (error) {
      if (error instanceof Fault) throw error;
      if (!isAway(error)) this.logger.error(error);
      throw new Fault('unavailable', ERRORS.unavailable, request.id);
    }
  }

  @SubscribeMessage('unsubscribe')
  @Allow('admin', 'ranger', 'researcher', 'farmer')
  unsubscribe(@ConnectedSocket() client: WebSocket, @MessageBody() data: unknown): void {
    const { id } = readUnsubscription(data);
    if (!this.readers.of(client).remove(id)) throw new Fault('unknown-id', ERRORS['unknown-id'], id);
  }
}
