import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { Principal } from '../access/principal.ts';
import { TokenService } from '../access/token.service.ts';
import { CONFIG, type Config } from '../config.ts';
import { StreamsMetrics } from './metrics.ts';
import { CLOSE, Outlet } from './outlet.ts';
import { Reader } from './reader.ts';
import { frame, PING } from './websocket-frame.ts';

/** How often credentials are looked at that end by themselves. */
const EXPIRY_MS = 1_000;

export type ReadersConfig = Pick<Config, 'LIVE_HEARTBEAT_S' | 'LIVE_MAX_BUFFERED_BYTES' | 'SHUTDOWN_TIMEOUT_S'>;

/** All websocket connections: their heartbeat, the end of their credentials, and their end with the server. */
@Injectable()
export class Readers implements OnApplicationBootstrap {
  private readonly all = new Set<Reader>();
  private readonly bySocket = new WeakMap<WebSocket, Reader>();
  private readonly timers: NodeJS.Timeout[] = [];
  private endRevocations: (() => void) | undefined;
  private onEmpty: (() => void) | undefined;

  constructor(
    @Inject(CONFIG) private readonly config: ReadersConfig,
    private readonly tokens: TokenService,
    private readonly metrics: StreamsMetrics,
  ) {}

  onApplicationBootstrap(): void {
    this.timers.push(setInterval(() => this.beat(), this.config.LIVE_HEARTBEAT_S * 1_000).unref());
    this.timers.push(setInterval(() => this.endExpired(), EXPIRY_MS).unref());
    this.metrics.bufferedBytes = () => [...this.all].reduce((sum, { outlet }) => sum + outlet.buffered, 0);
    this.endRevocations = this.tokens.onRevoked((id) => this.endRevoked(id));
  }

  get count(): number {
    return this.all.size;
  }

  add(ws: WebSocket, socket: Socket, principal: Principal): void {
    const reader = new Reader(ws, principal, new Outlet(ws, socket, this.config.LIVE_MAX_BUFFERED_BYTES));
    this.all.add(reader);
    this.bySocket.set(ws, reader);
    this.metrics.readers.set(this.all.size);
    ws.once('close', () => {
      reader.endSubscriptions();
      this.all.delete(reader);
      this.metrics.readers.set(this.all.size);
      if (this.all.size === 0) this.onEmpty?.();
    });
  }

  /** The reader at a socket that was added. */
  of(ws: WebSocket): Reader {
    const reader = this.bySocket.get(ws);
    if (!reader) throw new Error('nobody was let in at this socket');
    return reader;
  }

  /** Says goodbye to everybody, and resolves when all have gone: after SHUTDOWN_TIMEOUT_S at the latest. */
  async drain(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    this.endRevocations?.();
    const empty = new Promise<void>((resolve) => (this.onEmpty = resolve));
    for (const reader of this.all) this.close(reader, CLOSE.restart, 'restart', this.config.SHUTDOWN_TIMEOUT_S * 1_000);
    if (this.all.size > 0) await empty;
  }

  private beat(): void {
    const heartbeat = Buffer.concat([PING, frame('heartbeat', { at: new Date().toISOString() })]);
    for (const reader of this.all) {
      if (reader.beat(heartbeat)) continue;
      this.metrics.closed.inc({ reason: 'silent' });
      reader.terminate();
    }
  }

  private endExpired(): void {
    const now = Date.now();
    for (const reader of this.all) if (reader.hasExpired(now)) this.close(reader, CLOSE.credentialEnded, 'expired');
  }

  private endRevoked(principalId: string): void {
    for (const reader of this.all)
      if (reader.principal.id === principalId) this.close(reader, CLOSE.credentialEnded, 'revoked');
  }

  private close(reader: Reader, code: number, reason: string, waitMs?: number): void {
    if (!reader.outlet.isOpen) return;
    this.metrics.closed.inc({ reason });
    reader.close(code, reason, waitMs);
  }
}
