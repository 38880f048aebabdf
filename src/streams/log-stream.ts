import type { Principal } from '../access/principal.ts';
import { viewerKey, type Stream } from '../access/visibility.ts';
import type { LogFeed } from '../database/log-feed.ts';
import { CursorText } from './cursor.ts';
import { LiveLog } from './live-log.ts';
import type { ResyncReason, SubscriptionRequest } from './messages.ts';
import type { StreamsMetrics } from './metrics.ts';
import type { Reader } from './reader.ts';
import { Subscription, type SubscriptionEvents } from './subscription.ts';
import type { Told, View } from './view.ts';
import { frame } from './websocket-frame.ts';

/** How things stand for one view, and the cursor of that moment. */
export interface Standing {
  readonly seq: number;
  readonly snapshot: Told;
}

/**
 * One stream: how a subscription to it begins. Without a cursor by how things stand, with one by what was missed; from there on it
 * is the log, and nothing but the log.
 */
export abstract class LogStream<
  Stored extends { readonly seq: number },
  Entry extends { readonly seq: number },
  Request extends SubscriptionRequest,
  StreamView extends View<Entry>,
> {
  private readonly log: LiveLog<Stored, Entry>;
  private cursors = new CursorText('positions', '');

  protected constructor(
    private readonly stream: Stream,
    feed: LogFeed<Stored>,
    prepare: (stored: Stored) => Entry,
    private readonly sizeOf: (entry: Entry) => number,
    private readonly metrics: StreamsMetrics,
  ) {
    this.log = new LiveLog(feed, prepare, sizeOf);
  }

  /** @param epoch which history the log tells */
  async start(epoch: string): Promise<void> {
    this.cursors = new CursorText(this.stream, epoch);
    await this.log.start();
  }

  stop(): Promise<void> {
    return this.log.stop();
  }

  /** @throws Fault when the filter names what is not there */
  protected abstract viewOf(request: Request, principal: Principal, cursors: CursorText): StreamView;
  protected abstract standing(view: StreamView): Promise<Standing>;

  /** Begins a subscription. @throws Fault, or an error of the database */
  async open(request: Request, reader: Reader): Promise<void> {
    const { id } = request;
    const { principal, outlet } = reader;
    const view = this.viewOf(request, principal, this.cursors);
    const key = JSON.stringify([id, viewerKey(principal), view.filterKey]);
    const subscription = new Subscription(view, key, this.log, this.sizeOf, outlet, this.eventsOf(id, reader));
    reader.add(id, subscription);
    try {
      if (typeof request.after === 'string') await this.resume(request.after, subscription, reader);
      else await this.join(view, subscription, reader);
    } catch (error) {
      reader.remove(id);
      throw error;
    }
  }

  private async join(view: StreamView, subscription: Subscription<Entry>, { outlet }: Reader): Promise<void> {
    const { seq, snapshot } = await this.standing(view);
    const isWritten = outlet.write(Buffer.concat([this.subscribed(view.id, seq), snapshot.bytes]));
    if (isWritten) snapshot.written?.();
    this.begun(1 + snapshot.frames);
    subscription.goOnFrom(seq);
  }

  private async resume(after: string, subscription: Subscription<Entry>, reader: Reader): Promise<void> {
    const { id } = subscription.view;
    const { resync } = this.eventsOf(id, reader);
    const cursor = this.cursors.read(after);
    if (cursor.reason !== null) return resync(cursor.reason);
    const reason = await this.log.reaches(cursor.seq);
    if (reason !== null) return resync(reason);
    reader.outlet.write(this.subscribed(id, cursor.seq));
    this.begun(1);
    subscription.goOnFrom(cursor.seq);
  }

  private subscribed(id: string, seq: number): Buffer {
    return frame('subscribed', { id, cursor: this.cursors.write(seq) });
  }

  private begun(frames: number): void {
    this.metrics.subscriptions.inc({ stream: this.stream });
    this.metrics.frames.inc({ stream: this.stream }, frames);
  }

  private eventsOf(id: string, reader: Reader): SubscriptionEvents {
    const frames = this.metrics.framesOf(this.stream);
    return {
      told: (count) => frames.inc(count),
      gap: (dropped) => {
        this.metrics.gaps.inc();
        this.metrics.dropped.inc(dropped);
      },
      resync: (reason: ResyncReason) => {
        reader.remove(id);
        reader.outlet.write(frame('resync', { id, reason }));
        this.metrics.resyncs.inc({ reason });
      },
    };
  }
}
