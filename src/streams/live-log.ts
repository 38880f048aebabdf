import { Logger } from '@nestjs/common';
import { setImmediate as immediately, setTimeout as sleep } from 'node:timers/promises';
import { isAway } from '../database/failure.ts';
import type { LogFeed } from '../database/log-feed.ts';
import type { ResyncReason } from './messages.ts';
import { Turnstile } from './turnstile.ts';
import type { Told, View, ViewBacklog } from './view.ts';

/** Entries read at once for those who have read all that came before. */
const NEWS = 100;
/** Reads at once for readers who are behind: they must not keep commits waiting for a connection. */
const READS_AT_ONCE = 2;
const RETRY_MS = 1_000;
const WARN_MS = 10_000;

/** A subscription that has read all there was. */
export interface Follower<Entry> {
  readonly view: View<Entry>;
  /** Followers with the same key have views that say the same. */
  readonly viewKey: string;
  /**
   * Takes what is new.
   *
   * @param from the log's head before these entries
   * @param tell what they say to everybody of this view, made once
   * @returns false: it cannot be told now, and has to be told later
   */
  receive(entries: readonly Entry[], from: number, tell: () => Told | null): boolean;
  /** What it could not be told is kept here from now on. */
  wait(backlog: ViewBacklog<Entry>): void;
  /** It could not take what is new. */
  fail(): void;
}

interface Group<Entry> {
  readonly view: View<Entry>;
  readonly followers: Set<Follower<Entry>>;
  /** null: all have been told everything. */
  backlog: ViewBacklog<Entry> | null;
}

/** A page of the log, or why there is none. */
export type Page<Entry> = { readonly entries: readonly Entry[] } | { readonly reason: ResyncReason };

/**
 * A log as subscriptions read it. Those who have read all of it (followers) are told what is new as it comes: it is read once, and
 * made into bytes once for all who share a view. Those who are behind read pages with a cursor of their own until they have
 * reached the head; then they follow.
 */
export class LiveLog<Stored extends { readonly seq: number }, Entry extends { readonly seq: number }> {
  private readonly logger = new Logger('streams');
  private readonly groups = new Map<string, Group<Entry>>();
  private readonly pages = new Map<string, Promise<Page<Entry>>>();
  private readonly turnstile = new Turnstile(READS_AT_ONCE);
  private readonly stopping = new AbortController();
  private head = 0;
  private warnedAt = 0;
  private awake = false;
  private running: Promise<void> | null = null;
  private endWake: (() => void) | undefined;

  /**
   * @param prepare makes of a stored entry what views tell
   * @param sizeOf an entry: what is told at once is bounded by the sum
   */
  constructor(
    private readonly feed: LogFeed<Stored>,
    private readonly prepare: (stored: Stored) => Entry,
    private readonly sizeOf: (entry: Entry) => number,
  ) {}

  async start(): Promise<void> {
    this.head = (await this.feed.reach()).head;
    this.endWake = this.feed.onWake(() => this.wake());
    this.wake();
  }

  /** Ends the reading. Nobody is told anything any more. */
  async stop(): Promise<void> {
    this.endWake?.();
    this.groups.clear();
    this.stopping.abort();
    await this.running;
  }

  /** Whether the log still has everything after a cursor; else why not. */
  async reaches(seq: number): Promise<ResyncReason | null> {
    const { head, oldest } = await this.feed.reach();
    if (seq > head) return 'cursor-ahead-of-log';
    return seq < oldest ? 'log-does-not-reach' : null;
  }

  /** Makes a follower of who has read up to `seq`. @returns false: that is not all; first read on */
  follow(follower: Follower<Entry>, seq: number): boolean {
    if (seq < this.head || this.stopping.signal.aborted) return false;
    const group = this.groups.get(follower.viewKey);
    if (group) group.followers.add(follower);
    else this.groups.set(follower.viewKey, { view: follower.view, followers: new Set([follower]), backlog: null });
    return true;
  }

  leave(follower: Follower<Entry>): void {
    const group = this.groups.get(follower.viewKey);
    if (group?.followers.delete(follower) && group.followers.size === 0) this.groups.delete(follower.viewKey);
  }

  /** Entries after a cursor, `limit` at most. Who asks for the same page at the same time shares it. */
  page(seq: number, limit: number): Promise<Page<Entry>> {
    const key = `${seq} ${limit}`;
    const known = this.pages.get(key);
    if (known) return known;
    const page = this.turnstile.pass(() => this.readPage(seq, limit)).finally(() => this.pages.delete(key));
    this.pages.set(key, page);
    return page;
  }

  private async readPage(seq: number, limit: number): Promise<Page<Entry>> {
    try {
      const stored = await this.feed.readAfter(seq, limit);
      // Asked after the reading: what was pruned before it is then known to be gone.
      const reason = await this.reaches(seq);
      return reason ? { reason } : { entries: stored.map(this.prepare) };
    } catch (error) {
      this.warn(error);
      throw error;
    }
  }

  /** Once in a while: every reader finds the same. */
  private warn(error: unknown): void {
    const now = Date.now();
    if (now - this.warnedAt < WARN_MS) return;
    this.warnedAt = now;
    this.logger.warn(`the log cannot be read: ${isAway(error) ? 'the database is away' : String(error)}`);
  }

  private wake(): void {
    this.awake = true;
    this.running ??= this.run().finally(() => {
      this.running = null;
      if (this.awake && !this.stopping.signal.aborted) this.wake();
    });
  }

  private async run(): Promise<void> {
    // What the committer has yet to do, such as acknowledging, comes first; and what it commits meanwhile is read with this.
    await immediately();
    while (this.awake && !this.stopping.signal.aborted) {
      this.awake = false;
      try {
        while (await this.readNews());
      } catch (error) {
        this.warn(error);
        this.awake = true;
        await sleep(RETRY_MS, undefined, { signal: this.stopping.signal, ref: false }).catch(() => undefined);
      }
    }
  }

  private async readNews(): Promise<boolean> {
    const stored = await this.feed.readAfter(this.head, NEWS);
    if (this.stopping.signal.aborted) return false;
    for (const run of runs(stored.map(this.prepare), this.sizeOf)) this.deliver(run);
    return stored.length > 0;
  }

  private deliver(entries: readonly Entry[]): void {
    const from = this.head;
    this.head = entries.at(-1)?.seq ?? from;
    for (const group of this.groups.values()) this.deliverTo(group, entries, from);
  }

  private deliverTo(group: Group<Entry>, entries: readonly Entry[], from: number): void {
    let told: Told | null | undefined;
    const tell = () => (told === undefined ? (told = group.view.tell(entries)) : told);
    const waiting: Follower<Entry>[] = [];
    for (const follower of group.followers) {
      try {
        if (!follower.receive(entries, from, tell)) waiting.push(follower);
      } catch (error) {
        // Whatever goes wrong with one follower, the others are told.
        this.logger.error(error);
        this.leave(follower);
        follower.fail();
      }
    }
    group.backlog = waiting.length === 0 ? null : (group.backlog ?? group.view.startBacklog?.(from) ?? null);
    if (!group.backlog) return;
    for (const follower of waiting) follower.wait(group.backlog);
    group.backlog.add(entries);
  }
}

/** Positions, or changes, that are made into bytes at once, unless a single entry has more. */
const RUN_SIZE = 1_000;

/** Entries in order, cut into pieces of a bounded size. */
export function* runs<Entry>(entries: readonly Entry[], sizeOf: (entry: Entry) => number): Generator<readonly Entry[]> {
  let run: Entry[] = [];
  let size = 0;
  for (const entry of entries) {
    if (run.length > 0 && size + sizeOf(entry) > RUN_SIZE) {
      yield run;
      run = [];
      size = 0;
    }
    run.push(entry);
    size += sizeOf(entry);
  }
  if (run.length > 0) yield run;
}
