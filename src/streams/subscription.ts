import { setTimeout as sleep } from 'node:timers/promises';
import type { Mark } from './backlog.ts';
import { runs, type Follower, type LiveLog } from './live-log.ts';
import type { ResyncReason } from './messages.ts';
import { CLOSE, type Outlet } from './outlet.ts';
import type { Told, View, ViewBacklog } from './view.ts';

/** Entries of a page: it begins small and grows or shrinks until a page has about this many positions or changes. */
const FIRST_PAGE = 8;
const LARGEST_PAGE = 256;
const PAGE_SIZE = { least: 1_000, most: 4_000 } as const;
const RETRY_MS = 1_000;
const FAILURE_WAIT_MS = 1_000;

/** What a subscription tells of itself. */
export interface SubscriptionEvents {
  readonly told: (frames: number) => void;
  readonly gap: (dropped: number) => void;
  /** It cannot go on, and has ended. */
  readonly resync: (reason: ResyncReason) => void;
}

/**
 * One subscription of one reader: a cursor in a log. It is either behind (reads pages, as fast as its socket has room) or follows
 * (is told what is new). A follower whose socket is full keeps a backlog, where its view has one, or is behind again.
 */
export class Subscription<Entry extends { readonly seq: number }> implements Follower<Entry> {
  private seq = 0;
  private missed: { readonly backlog: ViewBacklog<Entry>; readonly since: Mark } | null = null;
  private pageLimit = FIRST_PAGE;
  private readonly ended = new AbortController();

  constructor(
    readonly view: View<Entry>,
    readonly viewKey: string,
    private readonly log: Pick<LiveLog<{ seq: number }, Entry>, 'follow' | 'leave' | 'page'>,
    private readonly sizeOf: (entry: Entry) => number,
    private readonly outlet: Outlet,
    private readonly events: SubscriptionEvents,
  ) {}

  /** Tells what comes after a cursor: first what is there, then what comes. */
  goOnFrom(seq: number): void {
    this.seq = seq;
    void this.catchUp();
  }

  end(): void {
    this.ended.abort();
    this.log.leave(this);
    this.missed = null;
  }

  receive(entries: readonly Entry[], from: number, tell: () => Told | null): boolean {
    // A snapshot may have been taken ahead of what the log had told until then.
    const isAhead = this.seq > from;
    const news = isAhead ? entries.filter(({ seq }) => seq > this.seq) : entries;
    const canTell = !this.missed && this.outlet.hasRoom;
    if (!canTell && (isAhead || !this.view.startBacklog)) {
      if (news.length > 0) this.fallBehind();
      return true;
    }
    this.seq = Math.max(this.seq, entries.at(-1)?.seq ?? from);
    if (canTell) this.write(isAhead ? this.view.tell(news) : tell());
    return canTell;
  }

  wait(backlog: ViewBacklog<Entry>): void {
    this.missed ??= { backlog, since: backlog.mark() };
  }

  /** The socket has taken all that waited. */
  drained(): void {
    if (!this.missed || !this.outlet.hasRoom) return;
    const telling = this.missed.backlog.tell(this.missed.since);
    this.missed = null;
    if (typeof telling === 'string') return this.giveUp(telling);
    if (telling.dropped > 0) this.events.gap(telling.dropped);
    this.write(telling.told);
  }

  fail(): void {
    this.end();
    this.outlet.close(CLOSE.failure, 'failure', FAILURE_WAIT_MS);
  }

  private fallBehind(): void {
    this.log.leave(this);
    void this.catchUp();
  }

  private async catchUp(): Promise<void> {
    while (!this.ended.signal.aborted && !this.log.follow(this, this.seq)) {
      if (!(await this.outlet.room())) return;
      try {
        await this.readPage();
      } catch {
        // The database is away. What was told stays told; the cursor has not moved.
        await this.pause();
      }
    }
  }

  private async pause(): Promise<void> {
    await sleep(RETRY_MS, undefined, { signal: this.ended.signal, ref: false }).catch(() => undefined);
  }

  private async readPage(): Promise<void> {
    const page = await this.log.page(this.seq, this.pageLimit);
    if (this.ended.signal.aborted) return;
    if ('reason' in page) return this.giveUp(page.reason);
    // Behind the head there is something to read, or it was pruned: whatever else this is, it must not become a busy loop.
    if (page.entries.length === 0) return this.pause();
    // What finds no room is read again: a page is not held for a reader who may take long.
    for (const run of runs(page.entries, this.sizeOf)) {
      if (!this.outlet.hasRoom) return;
      this.write(this.view.tell(run));
      this.seq = run.at(-1)?.seq ?? this.seq;
    }
    this.fitPage(page.entries.reduce((sum, entry) => sum + this.sizeOf(entry), 0));
  }

  private fitPage(size: number): void {
    if (size < PAGE_SIZE.least) this.pageLimit = Math.min(LARGEST_PAGE, this.pageLimit * 2);
    if (size > PAGE_SIZE.most) this.pageLimit = Math.max(1, this.pageLimit >> 2);
  }

  private giveUp(reason: ResyncReason): void {
    this.end();
    this.events.resync(reason);
  }

  private write(told: Told | null): void {
    if (!told) return;
    if (this.outlet.write(told.bytes)) told.written?.();
    this.events.told(told.frames);
  }
}
