import type { WebSocket } from 'ws';
import type { Principal } from '../access/principal.ts';
import type { EpochMs } from '../domain/fix.ts';
import { Budget } from './budget.ts';
import { Inbox, type Handler } from './inbox.ts';
import { ERRORS, Fault } from './messages.ts';
import { CLOSE, type Outlet } from './outlet.ts';
import { frame } from './websocket-frame.ts';

/** Subscriptions of one connection at most. */
export const MAX_SUBSCRIPTIONS = 32;
/** Frames that cannot be read, at once and every second; one more ends the connection. */
const UNREADABLE = { atOnce: 20, perSecond: 0.2 } as const;
const GOODBYE_MS = 1_000;

/** What a reader knows of its subscriptions, whatever their stream. */
export interface OpenSubscription {
  drained(): void;
  end(): void;
}

/** One websocket connection: who it is, what it has subscribed to, and whether it is still there. */
export class Reader {
  private readonly subscriptions = new Map<string, OpenSubscription>();
  private readonly unreadable = new Budget(UNREADABLE.atOnce, UNREADABLE.perSecond);
  private heardOf = true;
  /** What it had taken when its socket was last found full; null: it had room. */
  private takenWhenFull: number | null = null;

  constructor(
    private readonly ws: WebSocket,
    readonly principal: Principal,
    readonly outlet: Outlet,
  ) {
    ws.on('pong', () => (this.heardOf = true));
    // An error is always followed by a close, and it is the client's: too large a frame, bad UTF-8, a broken connection.
    ws.on('error', () => undefined);
    outlet.onDrain(() => this.subscriptions.forEach((subscription) => subscription.drained()));
  }

  /** Follows what the client sends. */
  listen(handlers: ReadonlyMap<string, Handler>): Inbox {
    return new Inbox(
      this.ws,
      handlers,
      (fault) => this.tellFault(fault),
      () => this.outlet.room(),
    );
  }

  /** @throws Fault when there can be no subscription of this id */
  demandRoomFor(id: string): void {
    if (this.subscriptions.has(id)) throw new Fault('id-in-use', ERRORS['id-in-use'], id);
    if (this.subscriptions.size >= MAX_SUBSCRIPTIONS)
      throw new Fault('too-many-subscriptions', ERRORS['too-many-subscriptions'], id);
  }

  add(id: string, subscription: OpenSubscription): void {
    this.subscriptions.set(id, subscription);
  }

  /** Ends a subscription. @returns false: there is none of that id */
  remove(id: string): boolean {
    this.subscriptions.get(id)?.end();
    return this.subscriptions.delete(id);
  }

  tellFault({ id, code, message }: Fault): void {
    this.outlet.write(frame('error', { id, code, message }));
    const isUnreadable = code === 'malformed' || code === 'unknown-event';
    if (isUnreadable && this.unreadable.take(Date.now()) > 0)
      this.close(CLOSE.tooManyFaults, 'too many malformed frames');
  }

  /**
   * Asks for a sign of life, and gives one.
   *
   * @returns false: the reader is gone. It has answered nothing since the last time, nor taken anything of what waits for it
   */
  beat(heartbeat: Buffer): boolean {
    const isTaking = this.takenWhenFull !== null && this.outlet.taken > this.takenWhenFull;
    if (!this.heardOf && !isTaking) return false;
    this.heardOf = false;
    this.takenWhenFull = this.outlet.hasRoom ? null : this.outlet.taken;
    if (this.outlet.hasRoom) this.outlet.write(heartbeat);
    return true;
  }

  hasExpired(now: EpochMs): boolean {
    return this.principal.until !== null && this.principal.until <= now;
  }

  /** Ends the connection: nothing more is told, and what waits to be sent has a second for it. */
  close(code: number, reason: string, waitMs = GOODBYE_MS): void {
    this.endSubscriptions();
    this.outlet.close(code, reason, waitMs);
  }

  terminate(): void {
    this.endSubscriptions();
    this.outlet.terminate();
  }

  endSubscriptions(): void {
    for (const subscription of this.subscriptions.values()) subscription.end();
    this.subscriptions.clear();
  }
}
