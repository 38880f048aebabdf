import { setTimeout as sleep } from 'node:timers/promises';
import type { RawData, WebSocket } from 'ws';
import { Budget } from './budget.ts';
import { ERRORS, Fault, readEnvelope } from './messages.ts';

/** Frames that a client may send at once and every second; those beyond wait. */
const FRAMES = { atOnce: 64, perSecond: 20 } as const;

/** What follows one event of a client. It settles when it has been followed, and tells itself what was wrong. */
export type Handler = (data: unknown) => unknown;

/** Where the frames of one client arrive. They are followed one after the other, so that a client cannot do two things at once. */
export class Inbox {
  private readonly waiting: RawData[] = [];
  private readonly frames = new Budget(FRAMES.atOnce, FRAMES.perSecond);
  private isBusy = false;

  /**
   * @param handlers by event; there is no other event
   * @param onFault is told of a frame that no handler could be found for
   * @param untilReady resolves when there is room for an answer: with false when there never will be
   */
  constructor(
    private readonly ws: WebSocket,
    private readonly handlers: ReadonlyMap<string, Handler>,
    private readonly onFault: (fault: Fault) => void,
    private readonly untilReady: () => Promise<boolean>,
  ) {
    ws.on('message', (data: RawData, isBinary: boolean) => {
      if (isBinary) return onFault(new Fault('malformed', 'expected a text frame'));
      this.waiting.push(data);
      void this.follow();
    });
  }

  private async follow(): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    // What the client sends meanwhile stays where it is: in the buffers of the connection.
    this.ws.pause();
    for (let next = this.waiting.shift(); next && (await this.untilReady()); next = this.waiting.shift()) {
      for (let waitMs = this.frames.take(Date.now()); waitMs > 0; waitMs = this.frames.take(Date.now())) {
        await sleep(waitMs, undefined, { ref: false });
      }
      await this.followOne(next);
    }
    this.ws.resume();
    this.isBusy = false;
  }

  private async followOne(frame: RawData): Promise<void> {
    try {
      // `ws` has checked that it is UTF-8, and gives it as one Buffer.
      const { event, data } = readEnvelope((frame as Buffer).toString());
      const handler = this.handlers.get(event);
      if (!handler) throw new Fault('unknown-event', ERRORS['unknown-event']);
      await handler(data);
    } catch (error) {
      this.onFault(error instanceof Fault ? error : new Fault('unavailable', ERRORS.unavailable));
    }
  }
}
