import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Batch } from '../domain/batch.ts';
import { errorMetres, type EpochMs, type Fix } from '../domain/fix.ts';
import { compareFixes, confirm, type Confirmation, STAMINA, UNKNOWN_ANIMAL } from '../domain/quality/confirm.ts';
import { doubtBit } from '../domain/quality/doubt.ts';
import { CommittedFixes } from '../ingest/committed-fixes.ts';
import { CollarDirectory } from '../registry/collar-directory.ts';
import type { JudgedFix, Rule } from '../rules/rule.ts';
import { AlertChanges } from './alert-changes.ts';
import { CursorMoved, EvaluatorStore, type StoredFix } from './evaluator.store.ts';
import { AlertingMetrics } from './metrics.ts';
import { NearbyFarms } from './nearby-farms.ts';
import { type ActiveRule, Memories, Pass } from './pass.ts';

export const RULES = Symbol('rules');

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;
/** Animals whose last fixes are kept in memory. One that is not there is read again when it is heard of. */
const MAX_TRAILS = 100_000;

/** A fix that came with this pass, and when it was committed. */
interface NewFix {
  readonly fix: Fix;
  readonly animal: string;
  readonly committedAt: EpochMs;
}

interface Memory {
  cursor: number;
  readonly memories: Memories;
  readonly trails: Map<string, Confirmation<StoredFix>>;
}

const toJudged = (fix: StoredFix): JudgedFix => ({ at: fix.at, lon: fix.lon, lat: fix.lat, errorM: errorMetres(fix) });

/**
 * Reads the log of batches past its cursor, asks every rule, and commits what changed together with the cursor: whatever
 * happens in between, every batch is judged once.
 *
 * A fix older than the last one judged of its animal is stored and shown, and not judged.
 */
@Injectable()
export class Evaluator {
  private readonly logger = new Logger('evaluator');
  private readonly rules: readonly ActiveRule[];
  private memory: Memory | null = null;
  private farms: { readonly index: NearbyFarms; readonly registryVersion: number } | null = null;
  private running: Promise<void> | null = null;
  private awake = false;
  private stopped = true;
  private troubleSince: EpochMs | null = null;
  private endWake: (() => void) | undefined;

  constructor(
    @Inject(RULES) rules: ReadonlyMap<string, Rule>,
    private readonly feed: CommittedFixes,
    private readonly changes: AlertChanges,
    private readonly directory: CollarDirectory,
    private readonly store: EvaluatorStore,
    private readonly metrics: AlertingMetrics,
  ) {
    this.rules = [...rules.values()].map((rule) => ({ rule, settings: rule.settings.parse({}) }));
  }

  /** Begins to judge where the last evaluator ended. */
  start(): void {
    this.stopped = false;
    this.changes.start();
    this.endWake = this.feed.onWake(() => this.wake());
    this.wake();
  }

  /** Finishes the pass in hand. What is not judged then is judged at the next start. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.endWake?.();
    this.changes.stop();
    await this.running;
  }

  /** What keeps alerts from being judged, each a sentence; empty: nothing. */
  troubles(): string[] {
    return this.troubleSince === null
      ? []
      : [`alerts are not judged since ${new Date(this.troubleSince).toISOString()}`];
  }

  private wake(): void {
    this.awake = true;
    this.running ??= this.run().finally(() => (this.running = null));
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
    const batches = await this.feed.readAfter(memory.cursor);
    const last = batches.at(-1);
    if (!last) return false;
    const done = this.metrics.passSeconds.startTimer();
    const pass = new Pass(memory.memories, this.rules);
    await this.judge(memory, pass, this.newFixes(batches));
    const cursor = { from: memory.cursor, to: last.seq };
    const committed = await this.store.commit(pass.draft(cursor));
    memory.cursor = last.seq;
    done();
    this.metrics.judged.inc(pass.judged);
    this.metrics.behind.set(Math.max(0, Date.now() - last.committedAt) / 1_000);
    for (const { change, alert } of committed.changes) this.metrics.changes.inc({ rule: alert.kind, change });
    if (committed.changes.length > 0) this.changes.announce(...committed.changes);
    if (committed.doubts) this.feed.announce({ ...committed.doubts, kind: 'doubts', doubts: pass.doubtChanges });
    return true;
  }

  private async load(): Promise<Memory> {
    const [cursor, stored] = [await this.store.cursor(), await this.store.memories()];
    return { cursor, memories: new Memories(stored), trails: new Map() };
  }

  /** New fixes that an animal wore and that have no doubt of their own, in the order of time (then of collar). */
  private newFixes(batches: readonly Batch[]): NewFix[] {
    const fixes: NewFix[] = [];
    for (const batch of batches) {
      if (batch.kind !== 'fixes') continue;
      for (const fix of batch.fixes) {
        if (fix.doubts !== 0) continue;
        const animal = this.directory.animalAt(fix.collarId, fix.at);
        if (animal !== null) fixes.push({ fix, animal, committedAt: batch.committedAt });
      }
    }
    return fixes.sort((a, b) => compareFixes(a.fix, b.fix));
  }

  private async judge(memory: Memory, pass: Pass, fixes: readonly NewFix[]): Promise<void> {
    const farms = this.nearbyFarms();
    await this.recall(memory, fixes);
    for (const { fix, animal, committedAt } of fixes) {
      const before = memory.trails.get(animal) ?? UNKNOWN_ANIMAL;
      const newest = before.unconfirmed ?? before.last;
      if (newest && compareFixes(fix, newest) <= 0) continue;
      const { state, reconsidered, judge } = confirm<StoredFix>(before, fix, STAMINA);
      for (const { fix: other, to } of reconsidered) pass.doubt({ collarId: other.collarId, at: other.at, doubts: to });
      let from = before.last && toJudged(before.last);
      for (const next of judge) {
        const to = toJudged(next);
        pass.judge(animal, { from, to }, farms.near(from, to), (id) => farms.byId(id), committedAt);
        from = to;
      }
      memory.trails.set(animal, state);
    }
  }

  /** Reads where the judging of animals stands that are not in memory. */
  private async recall(memory: Memory, fixes: readonly NewFix[]): Promise<void> {
    const unknown = new Map<string, EpochMs>();
    for (const { animal, fix } of fixes) {
      if (!memory.trails.has(animal) && !unknown.has(animal)) unknown.set(animal, fix.at);
    }
    if (unknown.size === 0) return;
    if (memory.trails.size + unknown.size > MAX_TRAILS) memory.trails.clear();
    const last = await this.store.lastFixes(unknown);
    for (const animal of unknown.keys()) memory.trails.set(animal, trailOf(last.get(animal) ?? []));
  }

  private nearbyFarms(): NearbyFarms {
    const registryVersion = this.directory.version;
    if (this.farms?.registryVersion === registryVersion) return this.farms.index;
    const index = new NearbyFarms(this.directory.farms(), this.rules);
    this.farms = { index, registryVersion };
    // A collar may be another animal's now.
    this.memory?.trails.clear();
    return index;
  }
}

function trailOf(fixes: readonly StoredFix[]): Confirmation<StoredFix> {
  const newest = fixes.at(-1) ?? null;
  if (!newest || newest.doubts !== doubtBit('unconfirmed')) return { last: newest, unconfirmed: null };
  const before = fixes.at(-2) ?? null;
  return before?.doubts === 0 ? { last: before, unconfirmed: newest } : { last: null, unconfirmed: null };
}
