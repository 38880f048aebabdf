import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import WebSocket from 'ws';

/** What a frame may hold; each event holds some of it. */
export interface LiveData {
  readonly id: string;
  readonly cursor: string;
  readonly positions: readonly { readonly animal: string; readonly at: string; readonly lat: number }[];
  readonly alerts: readonly { readonly id: string; readonly farm: string }[];
  readonly changes: readonly { readonly seq: number; readonly at: string; readonly alert: { readonly id: string } }[];
  readonly dropped: number;
  readonly reason: string;
  readonly code: string;
  readonly message: string;
  readonly at: string;
}

export interface LiveFrame {
  readonly event: string;
  readonly data: LiveData;
}

const PATIENCE_MS = 10_000;

/** A reader of /live, as a program writes one. */
export class LiveClient {
  /** Every frame but heartbeats, in the order they came. */
  readonly frames: LiveFrame[] = [];
  readonly heartbeats: LiveFrame[] = [];
  closed: { code: number; reason: string } | null = null;
  private readonly watchers = new Set<() => void>();
  private read = 0;

  private constructor(readonly ws: WebSocket) {
    ws.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as LiveFrame;
      (frame.event === 'heartbeat' ? this.heartbeats : this.frames).push(frame);
      this.notify();
    });
    ws.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() };
      this.notify();
    });
    ws.on('error', () => undefined);
  }

  static async connect(address: string, headers: Record<string, string> = {}): Promise<LiveClient> {
    const client = new LiveClient(new WebSocket(address, { headers }));
    await once(client.ws, 'open');
    return client;
  }

  send(event: string, data: unknown): void {
    this.ws.send(JSON.stringify({ event, data }));
  }

  subscribe(data: unknown): void {
    this.send('subscribe', data);
  }

  /** The next frame that has not been asked for yet. */
  async next(event?: string): Promise<LiveFrame> {
    await this.until(() => this.frames.length > this.read, event ?? 'a frame');
    const frame = this.frames[this.read++]!;
    if (event !== undefined && frame.event !== event)
      throw new Error(`not ${event}: ${JSON.stringify(frame).slice(0, 500)}`);
    return frame;
  }

  /** Resolves when the condition holds. */
  async until(condition: () => boolean, what: string, withinMs = PATIENCE_MS): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve, reject) => {
      const end = (act: () => void) => {
        clearTimeout(timer);
        this.watchers.delete(watcher);
        act();
      };
      const watcher = () => condition() && end(resolve);
      const timer = setTimeout(
        () =>
          end(() => reject(new Error(`not within ${withinMs} ms: ${what}; ${JSON.stringify(this.frames.slice(-3))}`))),
        withinMs,
      );
      this.watchers.add(watcher);
    });
  }

  async untilClosed(withinMs?: number): Promise<{ code: number; reason: string }> {
    await this.until(() => this.closed !== null, 'closed', withinMs);
    return this.closed!;
  }

  /** The cursor that a client keeps: of the last frame of this subscription that had one. */
  cursorOf(id: string): string | undefined {
    return this.frames.findLast(({ data }) => data.id === id && data.cursor !== undefined)?.data.cursor;
  }

  /** Breaks the connection, as a lost network does. */
  async cut(): Promise<void> {
    if (this.closed) return;
    this.ws.terminate();
    await this.untilClosed();
  }

  private notify(): void {
    for (const watcher of this.watchers) watcher();
  }
}

/** How an upgrade was answered: 101, or the status and body of the refusal. */
export async function upgradeAnswer(
  address: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string; headers: IncomingMessage['headers'] }> {
  const ws = new WebSocket(address, { headers });
  const open = once(ws, 'upgrade') as Promise<[IncomingMessage]>;
  const refused = once(ws, 'unexpected-response') as Promise<[unknown, IncomingMessage]>;
  ws.on('error', () => undefined);
  const answer = await Promise.race([open.then(([response]) => response), refused.then(([, response]) => response)]);
  let text = '';
  if (answer.statusCode !== 101) for await (const chunk of answer) text += String(chunk);
  ws.terminate();
  return { status: answer.statusCode ?? 0, text, headers: answer.headers };
}
