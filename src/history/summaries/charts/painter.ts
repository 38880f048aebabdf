import { Worker } from 'node:worker_threads';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Problem } from '../../../domain/problem.ts';

/** What a chart shows, in the terms of ECharts: data alone, no functions, for it goes to another thread. */
export type ChartOption = Readonly<Record<string, unknown>>;

export interface Picture {
  readonly option: ChartOption;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly format: 'svg' | 'png';
}

/** Pictures that wait at most; each takes some tenths of a second. */
const MOST_WAITING = 16;
/** A picture takes longer than this only if something is wrong, milliseconds. */
const PAINT_MS = 30_000;
/** The thread is ended when nobody has asked for a picture for so long, milliseconds: it holds some 100 MB. */
const IDLE_MS = 60_000;

interface Waiting {
  readonly resolve: (bytes: Uint8Array) => void;
  readonly reject: (error: Error) => void;
  readonly timeout: NodeJS.Timeout;
}

type Painted = { readonly id: number } & (
  { readonly bytes: Uint8Array; readonly error?: undefined } | { readonly error: string }
);

/** Paints charts in a thread of its own, which begins with the first picture and ends when none is asked for any more. */
@Injectable()
export class Painter implements OnModuleDestroy {
  private worker: Worker | null = null;
  private readonly waiting = new Map<number, Waiting>();
  private idle: NodeJS.Timeout | null = null;
  private orders = 0;

  /** @throws Problem 503 when too many wait, or a picture takes too long */
  paint(picture: Picture): Promise<Uint8Array> {
    if (this.waiting.size >= MOST_WAITING)
      throw new Problem(503, 'busy', 'Too many charts are being drawn: try again in some seconds.');
    if (this.idle) clearTimeout(this.idle);
    this.worker ??= this.start();
    const id = ++this.orders;
    return new Promise((resolve, reject) => {
      const timeout = setTimeout(() => {
        void this.stop(new Problem(503, 'busy', 'The chart took too long to draw: try again, or a shorter time.'));
      }, PAINT_MS);
      this.waiting.set(id, { resolve, reject, timeout });
      this.worker?.postMessage({ id, ...picture });
    });
  }

  onModuleDestroy(): Promise<void> {
    return this.stop(new Problem(503, 'stopping', 'The server is stopping.'));
  }

  private start(): Worker {
    const worker = new Worker(new URL('./painter.worker.js', import.meta.url), {
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 256 },
    });
    // A thread does not keep the process alive.
    worker.unref();
    worker.on('message', (painted: Painted) => this.take(painted));
    worker.on('error', (error) => {
      if (worker === this.worker) void this.stop(error);
    });
    worker.on('exit', () => {
      if (worker === this.worker) void this.stop(new Error('the thread that draws has ended'));
    });
    return worker;
  }

  private take(painted: Painted): void {
    const order = this.waiting.get(painted.id);
    if (!order) return;
    this.waiting.delete(painted.id);
    clearTimeout(order.timeout);
    if (painted.error !== undefined) order.reject(new Error(`the chart was not drawn: ${painted.error}`));
    else order.resolve(painted.bytes);
    if (this.waiting.size > 0) return;
    this.idle = setTimeout(() => void this.stop(new Error('nothing waits')), IDLE_MS).unref();
  }

  private async stop(reason: Error): Promise<void> {
    if (this.idle) clearTimeout(this.idle);
    for (const { reject, timeout } of this.waiting.values()) {
      clearTimeout(timeout);
      reject(reason);
    }
    this.waiting.clear();
    const { worker } = this;
    this.worker = null;
    await worker?.terminate();
  }
}
