import type { DoubtChange } from '../domain/batch.ts';
import type { EpochMs } from '../domain/fix.ts';
import { isImplausible } from '../domain/quality/confirm.ts';
import { type Chapter, Chronicle } from './chronicle.ts';
import type { StoredAlert } from './track.store.ts';
import { lookbackStart, NO_TRAIL, type StoredFix, trailAfter } from './trail.ts';
import { Watch, type World } from './watch.ts';

/** Where tracks and alerts are read. */
export interface Archive {
  before(animal: string, at: EpochMs, limit: number): Promise<StoredFix[]>;
  from(animal: string, at: EpochMs, limit: number): Promise<StoredFix[]>;
  unrestAt(animal: string, at: EpochMs): Promise<EpochMs | null>;
  alerts(animal: string, after: EpochMs | null, until: EpochMs | null): Promise<StoredAlert[]>;
}

/** A part of an animal's past that is to be judged again. */
export interface Stretch {
  readonly animal: string;
  /** The first moment that may be other than it was judged; null: all. */
  readonly since: EpochMs | null;
  /** The last such moment; null: up to the present. */
  readonly until: EpochMs | null;
  /** What is due before this moment is judged too. */
  readonly now: EpochMs;
  /** When the animal's last deployment ended; null: it has not, or not yet. */
  readonly endedAt: EpochMs | null;
  /** Gives the telling up between two pages. */
  readonly signal?: AbortSignal;
  /** Whether a fix came just now: what follows from one after all others is news. */
  isNew(fix: StoredFix): boolean;
}

/** A part of the past as it is by the fixes in their order, beside what was told of it. */
export interface Retold {
  readonly chapters: readonly Chapter[];
  /** The alerts that opened in the same part. */
  readonly stored: readonly StoredAlert[];
  readonly doubts: readonly DoubtChange[];
  /** Where judging goes on; null: the present is as it was. */
  readonly watch: Watch | null;
  readonly judged: number;
  /** The newest fix that had been judged before, of those that were read; null: none. */
  readonly presentAt: EpochMs | null;
  /** Of the last fix that was judged; −1: there was none. */
  readonly collarId: number;
}

const FIRST_LOOK = 16;
/** Most late fixes need few others; a long stretch is read in larger pages. */
const FIRST_PAGE = 200;
const PAGE = 4_000;
/** Before any collar's first fix. */
const BEGINNING = Date.UTC(1900, 0, 1);

/**
 * Judges a part of an animal's past again: from the last fix before it at which all was quiet, to the first after it at which all
 * is as it was, or to the present.
 *
 * All is quiet at a trusted fix that is plausible from the trusted one before it (so that nothing waits to be confirmed there),
 * and at which no rule remembered an episode. What follows from such a fix depends on nothing before it but what rules may look
 * back at. All is as it was at a fix that is quiet by what was stored and by what has been judged now, when nothing that rules may
 * look back at has changed either.
 */
export async function retell(stretch: Stretch, world: World, archive: Archive): Promise<Retold> {
  const start = stretch.since === null ? null : await quietBefore(stretch.animal, stretch.since, world, archive);
  const retelling = new Retelling(stretch, start, world, archive);
  await retelling.run();
  return retelling.result();
}

/** A trusted fix, and the trusted one before it. */
interface Quiet {
  readonly fix: StoredFix;
  readonly before: StoredFix;
}

/** The last fix before a moment at which all was quiet; null: judging begins with the first fix there is. */
async function quietBefore(animal: string, since: EpochMs, world: World, archive: Archive): Promise<Quiet | null> {
  for (let at = since; ;) {
    const sure = await sureBefore(animal, at, world, archive);
    const unrest = sure && (await archive.unrestAt(animal, sure.fix.at));
    if (unrest === null) return sure;
    at = unrest;
  }
}

/** The last trusted fix before a moment that needed no other to confirm it. */
async function sureBefore(animal: string, at: EpochMs, world: World, archive: Archive): Promise<Quiet | null> {
  for (let look = FIRST_LOOK; ; look *= 8) {
    const fixes = await archive.before(animal, at, look);
    const trusted = fixes.filter(({ doubts }) => doubts === 0);
    for (const [index, fix] of trusted.entries()) {
      const before = trusted[index + 1];
      if (before && !isImplausible(before, fix, world.watched(animal, fix.collarId).stamina)) return { fix, before };
    }
    if (fixes.length < look) return null;
  }
}

class Retelling {
  private readonly chronicle = new Chronicle();
  private readonly watch: Watch;
  private readonly stored: StoredAlert[] = [];
  private readonly doubts: DoubtChange[] = [];
  /** Fixes whose doubts may still change. */
  private unsettled: StoredFix[] = [];
  /** The last moment that is other than it was. */
  private lastDifference: EpochMs;
  private before: StoredFix | null = null;
  private reachedPresent = false;
  private presentAt: EpochMs | null;

  constructor(
    private readonly stretch: Stretch,
    private readonly start: Quiet | null,
    private readonly world: World,
    private readonly archive: Archive,
  ) {
    this.watch = new Watch(stretch.animal, NO_TRAIL, new Map());
    this.lastDifference = stretch.until ?? Infinity;
    this.presentAt = start?.fix.at ?? null;
  }

  async run(): Promise<void> {
    const { animal, now, endedAt } = this.stretch;
    const { start } = this;
    let from = start === null ? BEGINNING : lookbackStart(start.fix.at, this.world.lookbackMs);
    let told: EpochMs | null = start?.fix.at ?? null;
    for (let limit = FIRST_PAGE; ; limit = PAGE) {
      this.stretch.signal?.throwIfAborted();
      const page = await this.archive.from(animal, from, limit);
      const isLast = page.length < limit;
      const end = isLast ? null : page.at(-1)!.at;
      if (end === null || told === null || end > told) {
        for (const alert of await this.archive.alerts(animal, told, end)) this.stored.push(alert);
        told = end;
      }
      for (const fix of page) if (this.see(fix)) return;
      if (isLast) break;
      from = page.at(-1)!.at + 1;
    }
    this.reachedPresent = true;
    const { watch, world, chronicle } = this;
    if (endedAt !== null && endedAt <= now) watch.end(endedAt, world, chronicle);
    else watch.lapse(now, world, chronicle);
    this.settle(this.unsettled.length);
  }

  result(): Retold {
    const { chronicle, stored, doubts, watch } = this;
    const end = this.reachedPresent ? Infinity : this.before!.at;
    return {
      chapters: chronicle.chapters,
      stored: stored.filter(({ episode }) => episode.openedAt <= end),
      doubts,
      watch: this.reachedPresent ? watch : null,
      judged: watch.judged,
      presentAt: this.presentAt,
      collarId: this.before?.collarId ?? -1,
    };
  }

  /** @returns whether all is as it was from this fix on */
  private see(fix: StoredFix): boolean {
    if (this.start !== null && fix.at <= this.start.fix.at) return this.recall(fix, this.start);
    const { before } = this;
    this.unsettled.push(fix);
    this.watch.see(fix, this.world, this.chronicle);
    this.before = fix;
    if (fix.doubts === 0 && !this.stretch.isNew(fix)) this.presentAt = fix.at;
    if (!this.watch.isSure || this.watch.trusted !== fix) return false;
    this.settle(this.unsettled.length);
    return before !== null && this.isAsBefore(before, fix);
  }

  private readonly recalled: StoredFix[] = [];

  /** Fixes up to the quiet one are only looked back at. */
  private recall(fix: StoredFix, { fix: quiet, before }: Quiet): false {
    if (fix.doubts === 0) this.recalled.push(fix);
    if (fix.at === quiet.at) this.watch.resume({ ...trailAfter(this.recalled, null, this.world.lookbackMs), before });
    return false;
  }

  private isAsBefore(before: StoredFix, fix: StoredFix): boolean {
    const { lastDifference, watch, world, stored } = this;
    if (before.at <= lastDifference || fix.at - world.lookbackMs <= lastDifference) return false;
    if (before.doubts !== 0 || fix.doubts !== 0 || watch.memories.size > 0) return false;
    const { stamina } = world.watched(watch.animal, fix.collarId);
    if (isImplausible(before, fix, stamina)) return false;
    return !stored.some(
      ({ state, episode, settledAt }) =>
        state !== 'retracted' && episode.openedAt <= fix.at && (settledAt === null || settledAt > fix.at),
    );
  }

  /** Compares the doubts of fixes that no later fix can change any more with those that are stored. */
  private settle(count: number): void {
    for (const fix of this.unsettled.splice(0, count)) {
      const doubts = this.chronicle.doubtsOf(fix);
      if (doubts === fix.doubts) continue;
      this.doubts.push({ collarId: fix.collarId, at: fix.at, doubts });
      this.lastDifference = Math.max(this.lastDifference, fix.at);
    }
  }
}
