import { Logger } from '@nestjs/common';

/** How often a log is looked at for entries of other processes. Our own wake readers at once. */
const POLL_MS = 500;
/** Entries that a reader gets at once. */
const PAGE = 100;

/** How far a log reaches: the cursor that has read all of it, and the oldest cursor from which nothing is missing. */
export interface Reach {
  readonly head: number;
  readonly oldest: number;
}

/** Where a log is kept. */
export interface LogStore<Entry> {
  readAfter(seq: number, limit: number): Promise<Entry[]>;
  reach(): Promise<Reach>;
}

/**
 * A log that readers read past a cursor of their own. An announcement only wakes them; what they read is the log, so a reader
 * that was away, or that another process feeds, misses nothing. Recent entries are kept at hand, so that readers who keep up
 * need no query.
 */
export abstract class LogFeed<Entry extends { readonly seq: number }> {
  private readonly logger = new Logger('log-feed');
  private readonly readers = new Set<() => void>();
  /** Recent entries without a gap between them, oldest first. */
  private recent: Entry[] = [];
  private recentSize = 0;
  private known = 0;
  private timer: NodeJS.Timeout | undefined;

  /** @param maxRecentSize of entries kept at hand, in the unit of `sizeOf` */
  protected constructor(
    private readonly store: LogStore<Entry>,
    private readonly maxRecentSize: number,
  ) {}

  protected abstract sizeOf(entry: Entry): number;

  /** Begins to look for entries of other processes. */
  start(): void {
    this.timer ??= setInterval(() => void this.poll(), POLL_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /**
   * Calls back whenever there may be something to read.
   *
   * @returns what ends it
   */
  onWake(reader: () => void): () => void {
    this.readers.add(reader);
    return () => this.readers.delete(reader);
  }

  /** Tells of entries that this process has just committed, in their order. */
  announce(...entries: readonly Entry[]): void {
    for (const entry of entries) this.keep(entry);
    this.wake();
  }

  /** Entries after a cursor, in order; empty: the reader has read all that is known of. */
  async readAfter(seq: number, limit = PAGE): Promise<readonly Entry[]> {
    if (this.known > 0 && seq >= this.known) return [];
    const first = this.recent[0];
    if (first && seq + 1 >= first.seq) {
      const held = this.recent.slice(seq + 1 - first.seq, seq + 1 - first.seq + limit);
      if (held.length > 0) return held;
    }
    const entries = await this.store.readAfter(seq, limit);
    this.learn(entries.at(-1)?.seq ?? 0);
    return entries;
  }

  async reach(): Promise<Reach> {
    const reach = await this.store.reach();
    this.learn(reach.head);
    return reach;
  }

  private keep(entry: Entry): void {
    const last = this.recent.at(-1);
    // An entry of another process may stand between: then what we hold is no unbroken piece of the log any more.
    if (last && entry.seq !== last.seq + 1) {
      this.recent = [];
      this.recentSize = 0;
    }
    this.recent.push(entry);
    this.recentSize += this.sizeOf(entry);
    while (this.recentSize > this.maxRecentSize && this.recent.length > 1) {
      this.recentSize -= this.sizeOf(this.recent.shift()!);
    }
    this.known = Math.max(this.known, entry.seq);
  }

  /**
   * Whoever was given an entry, or told of one, all are to know of it: else one reader waits for what another has read. A reading
   * that ends late may tell less than is known; that is no news.
   */
  private learn(head: number): void {
    if (head <= this.known) return;
    this.known = head;
    this.wake();
  }

  private wake(): void {
    for (const reader of this.readers) reader();
  }

  private async poll(): Promise<void> {
    try {
      await this.reach();
    } catch (error) {
      this.logger.debug(`log not readable: ${String(error)}`);
    }
  }
}
