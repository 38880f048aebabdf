import { Inject, Injectable, Logger } from '@nestjs/common';
import { CONFIG, type Config } from '../config.ts';
import type { Batch } from '../domain/batch.ts';
import type { EpochMs, Fix } from '../domain/fix.ts';
import { compareFixes } from '../domain/quality/confirm.ts';
import { CommittedFixes } from '../ingest/committed-fixes.ts';
import { CollarDirectory } from '../registry/collar-directory.ts';
import { AlertChanges } from './alert-changes.ts';
import type { ChangeDraft } from './draft.ts';
import { Editing, type Retelling } from './editing.ts';
import { CursorMoved, EvaluatorStore, type Standing } from './evaluator.store.ts';
import { JudgedTracks } from './judged-tracks.ts';
import { AlertingMetrics } from './metrics.ts';
import { Pass } from './pass.ts';
import { retell } from './retell.ts';
import type { RuleBook } from './rule-book.ts';
import { RuleSettings } from './rule-settings.service.ts';
import { TrackStore } from './track.store.ts';
import type { StoredFix, Watch, World } from './watch.ts';
import { Watches } from './watches.ts';
import { judgedBy, worldOf } from './world.ts';

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;
/** How often we look whether a silence has become one. */
const LOOK_MS = 1_000;
const MS_PER_H = 3_600_000;

/** A fix that came with this pass, and when it was committed. */
interface NewFix {
  readonly fix: Fix;
  readonly committedAt: EpochMs;
}

interface Memory {
  standing: Standing;
  readonly watches: Watches;
  /** Every animal that wears a collar is watched; before that only those that were heard of. */
  complete: boolean;
}

/** What one pass has in hand. */
interface Hand {
  readonly watches: Watches;
  readonly tracks: JudgedTracks;
  readonly pass: Pass;
  readonly world: World;
  readonly now: EpochMs;
}

interface Surroundings {
  readonly world: World;
  readonly registryVersion: number;
  readonly book: RuleBook;
}

/**
 * Reads the log of batches past its cursor, asks every rule, and commits what changed together with the cursor: whatever
 * happens in between, every batch is judged once.
 *
 * A fix that is its animal's newest is judged next. For one that comes late, or when who wore which collar turns out otherwise,
 * the part of the past that may be other now is told again from the stored fixes.
 */
@Injectable()
export class Evaluator {
  private readonly logger = new Logger('evaluator');
  private readonly lateAfterMs: number;
  private memory: Memory | null = null;
  private surroundings: Surroundings | null = null;
  private running: Promise<void> | null = null;
  private awake = false;
  private stopped = true;
  /** The registry may have been edited since edits were last looked for. */
  private mayBeEdited = true;
  private troubleSince: EpochMs | null = null;
  private endings: (() => void)[] = [];

  constructor(
    private readonly settings: RuleSettings,
    private readonly feed: CommittedFixes,
    private readonly changes: AlertChanges,
    private readonly directory: CollarDirectory,
    private readonly store: EvaluatorStore,
    private readonly tracks: TrackStore,
    private readonly metrics: AlertingMetrics,
    @Inject(CONFIG) config: Pick<Config, 'LATE_AFTER_H'>,
  ) {
    this.lateAfterMs = config.LATE_AFTER_H * MS_PER_H;
  }

  /** Begins to judge where the last evaluator ended. */
  start(): void {
    this.stopped = false;
    this.changes.start();
    const clock = setInterval(() => this.look(), LOOK_MS);
    this.endings = [
      this.feed.onWake(() => this.wake()),
      this.directory.onChange(() => this.edited()),
      this.settings.onChange(() => this.edited()),
      () => clearInterval(clock),
    ];
    this.wake();
  }

  /** Finishes the pass in hand. What is not judged then is judged at the next start. */
  async stop(): Promise<void> {
    this.stopped = true;
    for (const end of this.endings) end();
    this.changes.stop();
    await this.running;
  }

  /** What keeps alerts from being judged, each a sentence; empty: nothing. */
  troubles(): string[] {
    return this.troubleSince === null
      ? []
      : [`alerts are not judged since ${new Date(this.troubleSince).toISOString()}`];
  }

  private edited(): void {
    this.mayBeEdited = true;
    this.wake();
  }

  private wake(): void {
    this.awake = true;
    this.running ??= this.run().finally(() => (this.running = null));
  }

  /** Wakes the evaluator when some silence has become one. */
  private look(): void {
    const { memory, surroundings } = this;
    if (this.running || !memory || !surroundings) return;
    if (this.lapsed(memory, surroundings.world, Date.now()).length > 0) this.wake();
  }

  private async run(): Promise<void> {
    for (let waitMs = FIRST_RETRY_MS; this.awake && !this.stopped;) {
      try {
        this.awake = false;
        while (!this.stopped && (await this.pass()));
        this.troubleSince = null;
        waitMs = FIRST_RETRY_MS;
      } catch (error) {
        this.note(error);
        // What was judged and not committed is still in memory: it is read anew.
        this.memory = null;
        this.mayBeEdited = true;
        this.awake = true;
        await new Promise((resolve) => setTimeout(resolve, waitMs));
        waitMs = Math.min(waitMs * 2, LAST_RETRY_MS);
      }
    }
  }

  private note(error: unknown): void {
    if (error instanceof CursorMoved) return;
    if (this.troubleSince === null) this.logger.error(`a pass was given up: ${String(error)}`);
    this.troubleSince ??= Date.now();
  }

  /** Judges what is new, once. @returns false: nothing is */
  private async pass(): Promise<boolean> {
    this.memory ??= await this.load();
    const { memory } = this;
    const world = await this.worldNow();
    const now = Date.now();
    const pass = new Pass(this.lateAfterMs);
    const { edits, retellings } = await this.takeEdits(memory, pass, world, now);
    const batches = await this.feed.readAfter(memory.standing.seq);
    const last = batches.at(-1);
    const tracks = this.tracksUpTo(last?.seq ?? memory.standing.seq);
    if (!last) await this.completeWatches(memory, tracks, world, now);
    if (!last && edits.length === 0 && this.lapsed(memory, world, now).length === 0) return false;
    const done = this.metrics.passSeconds.startTimer();
    await this.judge({ watches: memory.watches, tracks, pass, world, now }, this.newFixes(batches), retellings);
    pass.learned(now);
    // Only now: what has just been judged may have been what was due.
    for (const watch of this.lapsed(memory, world, now)) this.judgeSilence(watch, pass, world, now);
    const { seq, turn } = memory.standing;
    const cursor = { from: seq, to: last?.seq ?? seq, turn };
    const draft = pass.draft(cursor, Date.now(), edits);
    const committed = await this.store.commit(draft);
    memory.standing = { seq: cursor.to, turn: turn + 1 };
    done();
    if (last) this.metrics.behind.set(Math.max(0, Date.now() - last.committedAt) / 1_000);
    for (const { change, alert } of committed.changes) this.metrics.changes.inc({ rule: alert.kind, change });
    for (const change of draft.changes) this.measure(change, draft.judgedAt);
    if (committed.changes.length > 0) this.changes.announce(...committed.changes);
    if (committed.doubts) this.feed.announce({ ...committed.doubts, kind: 'doubts', doubts: draft.doubts });
    return true;
  }

  private measure({ change, at, arrival, late }: ChangeDraft, judgedAt: EpochMs): void {
    const { receivedAt = null, committedAt = null } = arrival ?? {};
    if (change === 'opened') this.metrics.opened({ fixAt: at, receivedAt, committedAt, judgedAt, late });
  }

  private async load(): Promise<Memory> {
    const [standing, stored] = [await this.store.standing(), await this.store.memories()];
    return { standing, watches: new Watches(stored), complete: false };
  }

  /** New fixes that an animal wore and that have no doubt of their own, by animal, in the order of time (then of collar). */
  private newFixes(batches: readonly Batch[]): ReadonlyMap<string, readonly NewFix[]> {
    const byAnimal = new Map<string, NewFix[]>();
    for (const batch of batches) {
      if (batch.kind !== 'fixes') continue;
      for (const fix of batch.fixes) {
        if (fix.doubts !== 0) continue;
        const animal = this.directory.animalAt(fix.collarId, fix.at);
        if (animal === null) continue;
        const fixes = byAnimal.get(animal);
        if (fixes) fixes.push({ fix, committedAt: batch.committedAt });
        else byAnimal.set(animal, [{ fix, committedAt: batch.committedAt }]);
      }
    }
    for (const fixes of byAnimal.values()) fixes.sort((a, b) => compareFixes(a.fix, b.fix));
    return byAnimal;
  }

  private tracksUpTo(seq: number): JudgedTracks {
    const animalOf = (fix: Fix) => this.directory.animalAt(fix.collarId, fix.at);
    return new JudgedTracks(this.tracks, this.feed, animalOf, seq);
  }

  /** @param retellings of animals that are told again anyway: each animal is judged once in a pass */
  private async judge(
    hand: Hand,
    byAnimal: ReadonlyMap<string, readonly NewFix[]>,
    retellings: readonly Retelling[],
  ): Promise<void> {
    const { watches, tracks, pass, world } = hand;
    const toTell = new Map(retellings.map((retelling) => [retelling.animal, retelling]));
    const heard = [...byAnimal].map(([animal, fixes]) => ({ animal, firstAt: fixes[0]!.fix.at, fixes: fixes.length }));
    await watches.recall(heard, world.lookbackMs, (asked) => tracks.recall(asked));
    for (const [animal, fixes] of byAnimal) {
      const [first, last] = [fixes[0]!.fix, fixes.at(-1)!.fix];
      const watch = watches.get(animal);
      for (const { fix, committedAt } of fixes) pass.heard(fix, committedAt);
      const learnedAt = Math.max(...fixes.map(({ committedAt }) => committedAt));
      const known = toTell.get(animal);
      if (known) toTell.set(animal, { ...known, since: known.since === null ? null : Math.min(known.since, first.at) });
      else if (watch?.canSee(first, world)) this.see(watch, fixes, pass, world);
      else toTell.set(animal, { animal, since: first.at, until: last.at, reason: 'late-fixes', learnedAt });
    }
    for (const retelling of toTell.values()) await this.retell(hand, retelling);
  }

  private see(watch: Watch, fixes: readonly NewFix[], pass: Pass, world: World): void {
    for (const { fix, committedAt } of fixes) {
      pass.learned(committedAt);
      watch.see(fix, world, pass);
    }
    this.metrics.judged.inc(fixes.length);
  }

  /** Judges a part of an animal's past again. */
  private async retell({ watches, tracks, pass, world, now }: Hand, retelling: Retelling): Promise<void> {
    const { animal, since, until, reason, learnedAt } = retelling;
    pass.learned(learnedAt ?? now);
    const stretch = {
      animal,
      since,
      until,
      now,
      endedAt: this.endOf(animal, now),
      isNew: (fix: StoredFix) => pass.isNew(fix),
    };
    const retold = await retell(stretch, world, tracks);
    this.metrics.judged.inc(retold.judged);
    pass.retold(retold, watches.memoriesOf(animal), {
      animal,
      at: since ?? now,
      reason,
      now,
      judgedBy: (name, place) => judgedBy(world, animal, retold.collarId, name, place),
    });
    if (retold.watch) watches.set(retold.watch);
  }

  private judgeSilence(watch: Watch, pass: Pass, world: World, now: EpochMs): void {
    const endedAt = this.endOf(watch.animal, now);
    if (endedAt === null) watch.lapse(now, world, pass);
    else watch.end(endedAt, world, pass);
  }

  /** Animals about which something is due that no fix brings. */
  private lapsed({ watches }: Memory, world: World, now: EpochMs): Watch[] {
    const lapsed: Watch[] = [];
    for (const watch of watches.all()) {
      const due = watch.dueAt(world);
      if ((due !== null && due < now) || (watch.memories.size > 0 && this.endOf(watch.animal, now) !== null))
        lapsed.push(watch);
    }
    return lapsed;
  }

  /** When an animal's last deployment ended; null: it wears a collar, or has none in the registry. */
  private endOf(animal: string, now: EpochMs): EpochMs | null {
    const to = this.directory.deploymentsOf(animal).at(-1)?.to ?? null;
    return to !== null && to <= now ? to : null;
  }

  /** Once the log has been read to its end: watches every animal that wears a collar, for the silent ones too. */
  private async completeWatches(
    memory: Memory,
    tracks: JudgedTracks,
    { lookbackMs }: World,
    now: EpochMs,
  ): Promise<void> {
    if (memory.complete) return;
    const worn = this.directory.animals().filter(({ id }) => this.directory.deploymentsOf(id).length > 0);
    const heard = worn.map(({ id }) => ({ animal: id, firstAt: FAR_AHEAD, fixes: 0 }));
    await memory.watches.recall(heard, lookbackMs, (asked) =>
      tracks.recall(asked.map((one) => ({ ...one, backTo: now - lookbackMs }))),
    );
    memory.complete = true;
  }

  /** Edits that make past judgements stale: ends what they end, and says what is to be told again. */
  private async takeEdits(
    { watches }: Memory,
    pass: Pass,
    world: World,
    now: EpochMs,
  ): Promise<{ edits: readonly number[]; retellings: readonly Retelling[] }> {
    if (!this.mayBeEdited) return NO_EDITS;
    this.mayBeEdited = false;
    const edits = await this.store.edits(Math.min(this.directory.version, this.settings.version));
    if (edits.length === 0) return NO_EDITS;
    // There may be more than were read at once.
    this.mayBeEdited = true;
    pass.learned(now);
    const editing = new Editing(edits, watches, world);
    editing.close(now, pass);
    const retellings = await editing.retellings((asked) => this.tracks.stirred(asked));
    return { edits: edits.map(({ id }) => id), retellings };
  }

  private async worldNow(): Promise<World> {
    const book = await this.settings.inStep();
    const registryVersion = this.directory.version;
    const { surroundings } = this;
    if (surroundings?.registryVersion === registryVersion && surroundings.book === book) return surroundings.world;
    const world = worldOf(this.directory.current, book);
    this.surroundings = { world, registryVersion, book };
    // A collar may be another animal's now, and rules may look back farther.
    this.memory?.watches.forgetTrails();
    if (this.memory) this.memory.complete = false;
    return world;
  }
}

const NO_EDITS = { edits: [], retellings: [] } as const;

/** Later than any fix. */
const FAR_AHEAD = Date.UTC(2200, 0, 1);
