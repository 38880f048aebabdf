import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';
import type { Stream } from './messages.ts';

/** Everything that streams count. No label tells an animal, a reader or a place. */
@Injectable()
export class StreamsMetrics {
  readonly registry = new Registry();
  readonly readers = new Gauge({
    name: 'collarwatch_live_readers',
    help: 'Websocket connections.',
    registers: [this.registry],
  });
  /** Set by who knows it, when it is asked for. */
  bufferedBytes: () => number = () => 0;
  readonly buffered = this.createBuffered();
  readonly subscriptions = this.counter('subscriptions_total', 'Subscriptions begun, by stream.', ['stream']);
  readonly frames = this.counter('frames_total', 'Frames written, by stream.', ['stream']);
  readonly gaps = this.counter(
    'gaps_total',
    'Times a slow reader of positions got the newest per animal instead of all.',
  );
  readonly dropped = this.counter('dropped_positions_total', 'Positions left out for slow readers.');
  readonly resyncs = this.counter('resyncs_total', 'Subscriptions that could not go on, by reason.', ['reason']);
  readonly refused = this.counter('refused_total', 'Upgrades refused, by status.', ['status']);
  readonly closed = this.counter('closed_total', 'Connections ended by the server, by reason.', ['reason']);

  /** What one stream counts on its hot way: its labels are looked up once. */
  framesOf(stream: Stream): { inc(by: number): void } {
    return this.frames.labels(stream);
  }

  private createBuffered(): Gauge {
    const bytes = () => this.bufferedBytes();
    return new Gauge({
      name: 'collarwatch_live_buffered_bytes',
      help: 'Bytes that wait for slow readers.',
      registers: [this.registry],
      collect() {
        this.set(bytes());
      },
    });
  }

  private counter<L extends string>(name: string, help: string, labelNames: L[] = []): Counter<L> {
    return new Counter({ name: `collarwatch_live_${name}`, help, labelNames, registers: [this.registry] });
  }
}
