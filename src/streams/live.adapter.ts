import type { INestApplication } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import type { MessageMappingProperties } from '@nestjs/websockets';
import { STATUS_CODES, type IncomingMessage, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { isObservable, lastValueFrom } from 'rxjs';
import type { ServerOptions, WebSocket, WebSocketServer } from 'ws';
import { Problem } from '../domain/problem.ts';
import { LiveDoor } from './door.ts';
import type { Handler } from './inbox.ts';
import { Readers } from './readers.ts';

/** What a client may send. Its frames are small, and it has no reason to cut them. */
const LIMITS = {
  maxPayload: 16_384,
  maxFragments: 16,
  maxBufferedChunks: 1_024,
  // Lengths of compressed frames tell of what is secret in them, and the memory of many compressors fragments.
  perMessageDeflate: false,
  maxPendingAutoPongs: 4,
  clientTracking: true,
} satisfies ServerOptions & Record<string, unknown>;

/** Nest's adapter of `ws`, with a door in front of the upgrade and a bounded inbox behind it. */
export class LiveAdapter extends WsAdapter {
  private readonly door: LiveDoor;
  private readonly readers: Readers;
  private endUpgrades: (() => void) | undefined;

  /** @param app not yet initialised */
  constructor(app: INestApplication) {
    super(app);
    this.door = app.get(LiveDoor);
    this.readers = app.get(Readers);
  }

  override create(port: number, options: Record<string, unknown> = {}): unknown {
    return super.create(port, { ...options, ...LIMITS });
  }

  override bindMessageHandlers(client: WebSocket, handlers: MessageMappingProperties[]): void {
    const byEvent = new Map(handlers.map(({ message, callback }) => [String(message), done(callback)]));
    // Where nobody was let in, the gateway has ended the connection.
    if (client.readyState === client.OPEN) this.readers.of(client).listen(byEvent);
  }

  /** What goes wrong on a connection is the client's doing, and no line of our log. */
  override bindErrorHandler(server: WebSocketServer): WebSocketServer {
    return server.on('error', (error) => this.logger.error(error));
  }

  override async dispose(): Promise<void> {
    this.endUpgrades?.();
    await super.dispose();
  }

  protected override ensureHttpServerExists(port: number, httpServer?: Server): Server | undefined {
    if (!httpServer) return super.ensureHttpServerExists(port);
    if (this.httpServersRegistry.has(port)) return undefined;
    this.httpServersRegistry.set(port, httpServer);
    const onUpgrade = (request: IncomingMessage, socket: Socket, head: Buffer) => {
      this.upgrade(this.serverAt(port, request), request, socket, head).catch(() => socket.destroy());
    };
    httpServer.on('upgrade', onUpgrade);
    this.endUpgrades = () => httpServer.off('upgrade', onUpgrade);
    return httpServer;
  }

  private serverAt(port: number, { url = '' }: IncomingMessage): WebSocketServer | undefined {
    const [path] = url.split('?', 1);
    const servers = (this.wsServersRegistry.get(port) ?? []) as WebSocketServer[];
    return servers.find((server) => server.path === path);
  }

  private async upgrade(
    server: WebSocketServer | undefined,
    request: IncomingMessage,
    socket: Socket,
    head: Buffer,
  ): Promise<void> {
    // Without a listener a connection that breaks now would end the process.
    socket.on('error', () => socket.destroy());
    try {
      if (!server) throw new Problem(404, 'unknown-address', 'There is no websocket at this address.');
      await this.door.admit(request);
    } catch (error) {
      return refuse(socket, error as Problem);
    }
    try {
      server.handleUpgrade(request, socket, head, (client) => server.emit('connection', client, request));
    } finally {
      this.door.entered();
    }
  }
}

/** A handler that has ended when its work has: where an interceptor stands before it, what it gives back does nothing until it is asked. */
function done(callback: MessageMappingProperties['callback']): Handler {
  return async (data) => {
    const result: unknown = await (callback as Handler)(data);
    return isObservable(result) ? lastValueFrom(result, { defaultValue: undefined }) : result;
  };
}

/** Answers with a problem (RFC 9457) instead of an upgrade. */
function refuse(socket: Socket, { status, code, message }: Problem): void {
  const title = STATUS_CODES[status] ?? 'Error';
  const body = JSON.stringify({ type: `/problems/${code}`, title, status, detail: message });
  const hints = { 401: 'WWW-Authenticate: Bearer\r\n', 503: 'Retry-After: 5\r\n' }[status as number] ?? '';
  // A client that does not close its side would keep the socket for ever.
  socket.once('finish', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\nContent-Type: application/problem+json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nCache-Control: no-store\r\n${hints}Connection: close\r\n\r\n${body}`,
  );
}
