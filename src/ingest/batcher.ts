import type { Delivery, RefusalReason } from './delivery.ts';

/** Bytes of messages in one commit at most: above it a commit gains nothing and holds memory. */
const MAX_BATCH_BYTES = 2 * 1_024 * 1_024;
/** First and longest wait before a commit is tried again. */
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 2_000;

export interface BatcherLimits {
  readonly maxWaiting: number;
  readonly maxWaitingBytes: number;
  readonly maxBatch: number;
  readonly ackTimeoutMs: number;
}

/** Why a commit did not happen: `content` fails again however often it is tried, `storage` may work the next time. */
export type CommitFault = 'content' | 'storage';

export interface BatcherWork {
  /** Stores all of a batch, or throws and has acknowledged nothing. */
  process(batch: readonly Delivery[]): Promise<void>;
  /** Tells apart what went wrong. */
  faultOf(error: unknown): CommitFault;
  /** Stores a message that the database refuses for its content, as a dead letter. */
  bury(delivery: Delivery, error: unknown): Promise<void>;
  now(): number;
  log(message: string): void;
}

/**
 * Group commit without a timer: a commit takes all that arrived during the last one, up to a limit. So it is quick when
 * quiet and large when loaded. One commit at a time keeps the log in the order of arrival.
 *
 * While storage is away what waits is bounded, is tried again, and after `ackTimeoutMs` is given back unacknowledged.
 */
export class Batcher {
  private waiting: Delivery[] = [];
  private waitingBytes = 0;
  private running: Promise<void> | null = null;
  private stopping = false;
  /** Since when commits fail, epoch milliseconds; null: they do not. */
  troubleSince: number | null = null;

  constructor(
    private readonly work: BatcherWork,
    private readonly limits: BatcherLimits,
  ) {}

  get size(): number {
    return this.waiting.length;
  }

  get bytes(): number {
    return this.waitingBytes;
  }

  /** Takes a message in, or gives it back at once when too much waits already. */
  offer(delivery: Delivery): void {
    const full =
      this.waiting.length >= this.limits.maxWaiting ||
      this.waitingBytes + delivery.payload.length > this.limits.maxWaitingBytes;
    if (full || this.stopping) {
      delivery.refuse(full ? 'full' : 'stopping');
      return;
    }
    this.waiting.push(delivery);
    this.waitingBytes += delivery.payload.length;
    this.running ??= this.run();
  }

  /** Finishes what waits, as far as storage lets it within the time; gives back the rest. */
  async stop(withinMs: number): Promise<void> {
    const deadline = setTimeout(() => this.giveUp(), withinMs);
    while (this.running) await this.running;
    clearTimeout(deadline);
    this.stopping = true;
  }

  private giveUp(): void {
    this.stopping = true;
    this.release(() => true, 'stopping');
  }

  private async run(): Promise<void> {
    // The rest of the same chunk of the socket is handed in before this goes on: one commit for all of it.
    await new Promise(setImmediate);
    while (this.waiting.length > 0) await this.commit(this.take());
    this.running = null;
  }

  private take(): Delivery[] {
    let bytes = 0;
    let count = 0;
    for (const { payload } of this.waiting) {
      if (count === this.limits.maxBatch || (count > 0 && bytes + payload.length > MAX_BATCH_BYTES)) break;
      bytes += payload.length;
      count++;
    }
    this.waitingBytes -= bytes;
    return this.waiting.splice(0, count);
  }

  private async commit(batch: Delivery[]): Promise<void> {
    for (let waitMs = FIRST_RETRY_MS; batch.length > 0; waitMs = Math.min(waitMs * 2, LAST_RETRY_MS)) {
      try {
        await this.work.process(batch);
        this.settleTrouble();
        for (const delivery of batch) delivery.acknowledge();
        return;
      } catch (error) {
        if (this.work.faultOf(error) === 'content') return this.isolate(batch, error);
        this.noteTrouble(error);
        batch = this.releaseOld(batch);
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    }
  }

  /** One message in the batch is poison: halves find it, so that it blocks nobody. */
  private async isolate(batch: Delivery[], error: unknown): Promise<void> {
    const [first] = batch;
    if (batch.length === 1 && first) {
      try {
        await this.work.bury(first, error);
        first.acknowledge();
      } catch (again) {
        this.noteTrouble(again);
        first.refuse('timeout');
      }
      return;
    }
    const half = Math.ceil(batch.length / 2);
    await this.commit(batch.slice(0, half));
    await this.commit(batch.slice(half));
  }

  private noteTrouble(error: unknown): void {
    if (this.troubleSince === null) this.work.log(`commits fail: ${String(error)}`);
    this.troubleSince ??= this.work.now();
  }

  private settleTrouble(): void {
    if (this.troubleSince !== null) this.work.log(`commits work again after ${this.work.now() - this.troubleSince} ms`);
    this.troubleSince = null;
  }

  /** Gives back what has waited too long, of the batch in hand and of what waits behind it; keeps the order. */
  private releaseOld(batch: Delivery[]): Delivery[] {
    const oldest = this.work.now() - this.limits.ackTimeoutMs;
    const isOld = (delivery: Delivery) => this.stopping || delivery.receivedAt <= oldest;
    for (const delivery of batch) if (isOld(delivery)) delivery.refuse('timeout');
    this.release(isOld, 'timeout');
    return batch.filter((delivery) => !isOld(delivery));
  }

  private release(which: (delivery: Delivery) => boolean, reason: RefusalReason): void {
    const kept: Delivery[] = [];
    for (const delivery of this.waiting) {
      if (which(delivery)) {
        this.waitingBytes -= delivery.payload.length;
        delivery.refuse(reason);
      } else kept.push(delivery);
    }
    this.waiting = kept;
  }
}
