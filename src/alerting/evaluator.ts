import { Inject, Injectable, Logger } from '@nestjs/common';
import { CONFIG, type Config } from '../config.ts';
import type { Batch } from '../domain/batch.ts';
import type { EpochMs, Fix } from '../domain/fix.ts';
import { compareFixes } from '../domain/quality/confirm.ts';
import { CommittedFixes } from '../ingest/committed-fixes.ts';
import { CollarDirectory } from '../registry/collar-directory.ts';
import { AlertChanges } from './alert-changes.ts';
import { Editing, type Retelling } from './editing.ts';
import { CursorMoved, EvaluatorStore, type Standing } from './evaluator.store.ts';
import { AlertingMetrics } from './metrics.ts';
import { Pass } from './pass.ts';
import { retell } from './retell.ts';
import type { RuleBook } from './rule-book.ts';
import { RuleSettings } from './rule-settings.service.ts';
import { TrackStore } from './track.store.ts';
import type { Watch, World } from './watch.ts';
import { Watches } from './watches.ts';
import { worldOf } from './world.ts';

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
    const edits = await this.judgeEdits(memory, pass, world, now);
    const batches = await this.feed.readAfter(memory.standing.seq);
    const last = batches.at(-1);
    if (!last) await this.completeWatches(memory, world, now);
    const lapsed = this.lapsed(memory, world, now);
    if (!last && lapsed.length === 0 && edits.length === 0) return false;
    const done = this.metrics.passSeconds.startTimer();
    await this.judge(memory, pass, world, this.newFixes(batches), now);
    pass.learned(now);
    for (const watch of lapsed) this.judgeSilence(watch, pass, world, now);
    const { seq, turn } = memory.standing;
    const cursor = { from: seq, to: last?.seq ?? seq, turn };
    const draft = pass.draft(cursor, Date.now(), edits);
    const committed = await this.store.commit(draft);
    memory.standing = { seq: cursor.to, turn: turn + 1 };
    done();
    if (last) this.metrics.behind.set(Math.max(0, Date.now() - last.committedAt) / 1_000);
    for (const { change, alert } of committed.changes) this.metrics.changes.inc({ rule: alert.kind, change });
    if (committed.changes.length > 0) this.changes.announce(...committed.changes);
    if (committed.doubts) this.feed.announce({ ...committed.doubts, kind: 'doubts', doubts: draft.doubts });
    return true;
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

  private async judge(
    { watches }: Memory,
    pass: Pass,
    world: World,
    byAnimal: ReadonlyMap<string, readonly NewFix[]>,
    now: EpochMs,
  ): Promise<void> {
    const heard = [...byAnimal].map(([animal, fixes]) => ({ animal, firstAt: fixes[0]!.fix.at, fixes: fixes.length }));
    await watches.recall(heard, world.lookbackMs, (asked) => this.tracks.recall(asked));
    for (const [animal, fixes] of byAnimal) {
      const watch = watches.get(animal);
      for (const { fix, committedAt } of fixes) pass.heard(fix, committedAt);
      if (watch?.canSee(fixes[0]!.fix, world)) {
        for (const { fix, committedAt } of fixes) {
          pass.heard(fix, committedAt);
          watch.see(fix, world, pass);
        }
        this.metrics.judged.inc(fixes.length);
        continue;
      }
      const [since, until] = [fixes[0]!.fix.at, fixes.at(-1)!.fix.at];
      await this.retell(watches, pass, world, { animal, since, until, reason: 'late-fixes' }, now);
    }
  }

  /** Judges a part of an animal's past again. */
  private async retell(
    watches: Watches,
    pass: Pass,
    world: World,
    { animal, since, until, reason }: Retelling,
    now: EpochMs,
  ): Promise<void> {
    const known = watches.get(animal);
    const stretch = { animal, since, until, now, endedAt: this.endOf(animal, now) };
    const retold = await retell(stretch, world, this.tracks);
    this.metrics.judged.inc(retold.judged);
    pass.retold(retold, watches.memoriesOf(animal), {
      animal,
      presentAt: known?.trusted?.at ?? null,
      at: since ?? now,
      reason,
      now,
      judgedBy: (name, place) => judgedBy(world, name, place),
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
  private async completeWatches(memory: Memory, { lookbackMs }: World, now: EpochMs): Promise<void> {
    if (memory.complete) return;
    const worn = this.directory.animals().filter(({ id }) => this.directory.deploymentsOf(id).length > 0);
    const heard = worn.map(({ id }) => ({ animal: id, firstAt: FAR_AHEAD, fixes: 0 }));
    await memory.watches.recall(heard, lookbackMs, (asked) =>
      this.tracks.recall(asked.map((one) => ({ ...one, backTo: now - lookbackMs }))),
    );
    memory.complete = true;
  }

  private async judgeEdits(memory: Memory, pass: Pass, world: World, now: EpochMs): Promise<number[]> {
    if (!this.mayBeEdited) return [];
    this.mayBeEdited = false;
    const edits = await this.store.edits(Math.min(this.directory.version, this.settings.version));
    if (edits.length === 0) return [];
    pass.learned(now);
    const editing = new Editing(edits, memory.watches, world);
    editing.close(now, pass);
    for (const retelling of await editing.retellings((asked) => this.tracks.stirred(asked))) {
      await this.retell(memory.watches, pass, world, retelling, now);
    }
    // There may be more than were read at once.
    this.mayBeEdited = true;
    return edits.map(({ id }) => id);
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

/** Later than any fix. */
const FAR_AHEAD = Date.UTC(2200, 0, 1);

/** By which rule an alert about a place may be judged; null: it is off, or the place is no more. */
export function judgedBy(world: World, name: string, place: string) {
  const active = world.rules.find(({ rule }) => rule.name === name);
  return active && !active.isOff && world.places.byId(active.rule.about, place) !== undefined ? active : null;
}
