import { Inject, Injectable, Logger } from '@nestjs/common';
import { CONFIG, type Config } from '../config.ts';
import type { EpochMs } from '../domain/fix.ts';
import { CommittedFixes } from '../ingest/committed-fixes.ts';
import { CollarDirectory } from '../registry/collar-directory.ts';
import { AlertChanges } from './alert-changes.ts';
import type { ChangeDraft } from './draft.ts';
import { CursorMoved, type Edit, EvaluatorStore, type Standing } from './evaluator.store.ts';
import { Judging } from './judging.ts';
import { AlertingMetrics } from './metrics.ts';
import { Pass } from './pass.ts';
import type { RuleBook } from './rule-book.ts';
import { RuleSettings } from './rule-settings.service.ts';
import type { World } from './watch.ts';
import { Watches } from './watches.ts';
import { worldOf } from './world.ts';

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;
/** How often we look whether a silence has become one. */
const LOOK_MS = 1_000;
const MS_PER_H = 3_600_000;

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
  private stopping = new AbortController();
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
    private readonly judging: Judging,
    private readonly metrics: AlertingMetrics,
    @Inject(CONFIG) config: Pick<Config, 'LATE_AFTER_H'>,
  ) {
    this.lateAfterMs = config.LATE_AFTER_H * MS_PER_H;
  }

  /** Begins to judge where the last evaluator ended. */
  start(): void {
    this.stopped = false;
    this.stopping = new AbortController();
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

  /** Finishes the pass in hand, or gives it up if it is a long one. What is not judged then is judged at the next start. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.stopping.abort();
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
    if (this.judging.lapsed(memory.watches, surroundings.world, Date.now()).length > 0) this.wake();
  }

  private async run(): Promise<void> {
    for (let waitMs = FIRST_RETRY_MS; this.awake && !this.stopped;) {
      try {
        this.awake = false;
        while (!this.stopped && (await this.pass()));
        this.troubleSince = null;
        waitMs = FIRST_RETRY_MS;
      } catch (error) {
        if (this.stopping.signal.aborted) return;
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
    const { watches, standing } = memory;
    const edits = await this.edits();
    const batches = await this.feed.readAfter(standing.seq);
    const last = batches.at(-1);
    const seq = last?.seq ?? standing.seq;
    const hand = { watches, tracks: this.judging.tracksUpTo(seq), pass, world, now, signal: this.stopping.signal };
    if (!last && !memory.complete) {
      await this.judging.watchAll(hand);
      memory.complete = true;
    }
    if (!last && edits.length === 0 && this.judging.lapsed(watches, world, now).length === 0) return false;
    const done = this.metrics.passSeconds.startTimer();
    const retellings = await this.judging.takeEdits(hand, edits);
    await this.judging.judge(hand, batches, retellings);
    // Only now: what has just been judged may have been what was due.
    this.judging.judgeSilences(hand);
    const cursor = { from: standing.seq, to: seq, turn: standing.turn };
    const draft = pass.draft(
      cursor,
      Date.now(),
      edits.map(({ id }) => id),
    );
    const committed = await this.store.commit(draft);
    memory.standing = { seq, turn: standing.turn + 1 };
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

  /** Edits that are not judged yet. */
  private async edits(): Promise<readonly Edit[]> {
    if (!this.mayBeEdited) return [];
    this.mayBeEdited = false;
    const edits = await this.store.edits(Math.min(this.directory.version, this.settings.version));
    // There may be more than were read at once.
    this.mayBeEdited = edits.length > 0;
    return edits;
  }

  private async worldNow(): Promise<World> {
    const book = await this.settings.inStep();
    const registryVersion = this.directory.version;
    const { surroundings } = this;
    if (surroundings?.registryVersion === registryVersion && surroundings.book === book) return surroundings.world;
    const world = worldOf(this.directory.current, book);
    this.surroundings = { world, registryVersion, book };
    if (surroundings?.book === book) this.memory?.watches.reconsider();
    else this.forgetTrails();
    return world;
  }

  /** Rules may look back farther now: where judging stands is read again. */
  private forgetTrails(): void {
    this.memory?.watches.forgetTrails();
    if (this.memory) this.memory.complete = false;
  }
}
