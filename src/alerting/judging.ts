import { Injectable } from '@nestjs/common';
import type { Batch } from '../domain/batch.ts';
import type { EpochMs, Fix } from '../domain/fix.ts';
import { compareFixes } from '../domain/quality/confirm.ts';
import { CommittedFixes } from '../ingest/committed-fixes.ts';
import { CollarDirectory } from '../registry/collar-directory.ts';
import { Editing, type Retelling } from './editing.ts';
import type { Edit } from './evaluator.store.ts';
import { JudgedTracks } from './judged-tracks.ts';
import { AlertingMetrics } from './metrics.ts';
import type { Pass } from './pass.ts';
import { retell } from './retell.ts';
import { TrackStore } from './track.store.ts';
import type { StoredFix } from './trail.ts';
import type { Watch, World } from './watch.ts';
import type { Watches } from './watches.ts';
import { judgedBy } from './world.ts';

/** A fix that came with this pass, and when it was committed. */
interface NewFix {
  readonly fix: Fix;
  readonly committedAt: EpochMs;
}

/** What one pass has in hand. */
export interface Hand {
  readonly watches: Watches;
  readonly tracks: JudgedTracks;
  readonly pass: Pass;
  readonly world: World;
  readonly now: EpochMs;
  /** Aborted when the server stops: what is not judged then is judged at the next start. */
  readonly signal: AbortSignal;
}

/**
 * Judges what one pass has in hand: new fixes, silences, and what edits made otherwise.
 *
 * A fix that is its animal's newest is judged next. For one that comes late, or when who wore which collar turns out otherwise,
 * the part of the past that may be other now is told again from the stored fixes.
 */
@Injectable()
export class Judging {
  constructor(
    private readonly feed: CommittedFixes,
    private readonly directory: CollarDirectory,
    private readonly tracks: TrackStore,
    private readonly metrics: AlertingMetrics,
  ) {}

  /** Tracks as a pass has them that has read the log up to this entry. */
  tracksUpTo(seq: number): JudgedTracks {
    const animalOf = (fix: Fix) => this.directory.animalAt(fix.collarId, fix.at);
    return new JudgedTracks(this.tracks, this.feed, animalOf, seq);
  }

  /** @param retellings of animals that are told again anyway: each animal is judged once in a pass */
  async judge(hand: Hand, batches: readonly Batch[], retellings: readonly Retelling[]): Promise<void> {
    const { watches, tracks, pass, world } = hand;
    const byAnimal = this.newFixes(batches);
    const toTell = new Map(retellings.map((retelling) => [retelling.animal, retelling]));
    const heard = [...byAnimal].map(([animal, fixes]) => ({ animal, firstAt: fixes[0]!.fix.at, fixes: fixes.length }));
    await watches.recall(heard, world.lookbackMs, (asked) => tracks.recall(asked));
    for (const [animal, fixes] of byAnimal) {
      const [first, last] = [fixes[0]!.fix, fixes.at(-1)!.fix];
      const watch = watches.get(animal);
      for (const { fix, committedAt } of fixes) pass.heard(fix, committedAt);
      const learnedAt = fixes.reduce((latest, { committedAt }) => Math.max(latest, committedAt), 0);
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
  private async retell({ watches, tracks, pass, world, now, signal }: Hand, retelling: Retelling): Promise<void> {
    const { animal, since, until, reason, learnedAt } = retelling;
    pass.learned(learnedAt ?? now);
    const endedAt = this.endOf(animal, now);
    const stretch = { animal, since, until, now, endedAt, signal, isNew: (fix: StoredFix) => pass.isNew(fix) };
    const retold = await retell(stretch, world, tracks);
    this.metrics.judged.inc(retold.judged);
    pass.retold(retold, watches.memoriesOf(animal), {
      animal,
      at: since ?? now,
      reason,
      judgedBy: (name, place) => judgedBy(world, animal, retold.collarId, name, place),
    });
    if (retold.watch) watches.set(retold.watch);
  }

  /** Judges everything about which something is due that no fix brings. */
  judgeSilences({ watches, pass, world, now }: Hand): void {
    pass.learned(now);
    for (const watch of this.lapsed(watches, world, now)) {
      const endedAt = this.endOf(watch.animal, now);
      if (endedAt === null) watch.lapse(now, world, pass);
      else watch.end(endedAt, world, pass);
    }
  }

  /** Animals about which something is due that no fix brings. */
  lapsed(watches: Watches, world: World, now: EpochMs): Watch[] {
    const lapsed: Watch[] = [];
    for (const watch of watches.all()) {
      const due = watch.dueAt(world);
      const endedAt = this.endOf(watch.animal, now);
      // What would be due after the collar came off is never judged: it must not be asked for again and again.
      const isDue = due !== null && due < (endedAt ?? now);
      if (isDue || (watch.memories.size > 0 && endedAt !== null)) lapsed.push(watch);
    }
    return lapsed;
  }

  /** When an animal's last deployment ended; null: it wears a collar, or has none in the registry. */
  private endOf(animal: string, now: EpochMs): EpochMs | null {
    const to = this.directory.deploymentsOf(animal).at(-1)?.to ?? null;
    return to !== null && to <= now ? to : null;
  }

  /** Once the log has been read to its end: watches every animal that wears a collar, for the silent ones too. */
  async watchAll({ watches, tracks, world: { lookbackMs }, now }: Hand): Promise<void> {
    const worn = this.directory.animals().filter(({ id }) => this.directory.deploymentsOf(id).length > 0);
    const heard = worn.map(({ id }) => ({ animal: id, firstAt: FAR_AHEAD, fixes: 0 }));
    await watches.recall(heard, lookbackMs, (asked) =>
      tracks.recall(asked.map((one) => ({ ...one, backTo: now - lookbackMs }))),
    );
  }

  /** Edits that make past judgements stale: ends what they end, and says what is to be told again. */
  async takeEdits({ watches, pass, world, now }: Hand, edits: readonly Edit[]): Promise<readonly Retelling[]> {
    if (edits.length === 0) return [];
    pass.learned(now);
    const editing = new Editing(
      edits,
      watches,
      world,
      (animal) => this.directory.deploymentsOf(animal).at(-1)?.collarId ?? -1,
    );
    editing.close(now, pass);
    return editing.retellings((asked) => this.tracks.stirred(asked));
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
}

/** Later than any fix. */
const FAR_AHEAD = Date.UTC(2200, 0, 1);
