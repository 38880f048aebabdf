import type { Episode } from '../domain/alert/episode.ts';
import type { DoubtBits } from '../domain/quality/doubt.ts';
import type { EpochMs } from '../domain/fix.ts';
import type { Reconsidered } from '../domain/quality/confirm.ts';
import type { RuleMemory, Subject } from './draft.ts';
import type { ActiveRule } from './rule-book.ts';
import type { StoredFix } from './trail.ts';
import type { Listener, Telling } from './watch.ts';

/** A moment of an episode: as it stood, what it followed from, and the step if there was one. */
export interface Moment {
  readonly by: EpochMs;
  readonly episode: Episode;
  readonly telling: Telling | null;
}

/** An episode with all its moments, in their order. */
export interface Chapter extends Subject {
  readonly active: ActiveRule;
  /** Names it among the chapters; no alert's id. */
  readonly id: string;
  readonly moments: readonly Moment[];
  /** The fix or moment from which on its rule remembered nothing of it; null: it still does. */
  readonly settledAt: EpochMs | null;
}

interface Draft extends Subject {
  readonly active: ActiveRule;
  readonly id: string;
  readonly moments: Moment[];
  settledAt: EpochMs | null;
}

/** Writes down all that a watch tells. */
export class Chronicle implements Listener {
  private readonly byId = new Map<string, Draft>();
  private readonly bits = new Map<StoredFix, DoubtBits>();

  get chapters(): readonly Chapter[] {
    return [...this.byId.values()];
  }

  /** The doubts that a fix has among its neighbours. */
  doubtsOf(fix: StoredFix): DoubtBits {
    return this.bits.get(fix) ?? 0;
  }

  newAlert(): string {
    return `chapter ${this.byId.size}`;
  }

  told(telling: Telling): void {
    const { active, rule, animal, place, alertId: id, step, by } = telling;
    const chapter = this.byId.get(id) ?? { active, rule, animal, place, id, moments: [], settledAt: null };
    this.byId.set(id, chapter);
    chapter.moments.push({ by, episode: step.episode, telling });
    if (step.change === 'closed') chapter.settledAt = by;
  }

  remembered(_active: ActiveRule, _subject: Subject, memory: RuleMemory | null, by: EpochMs): void {
    const chapter = memory && this.byId.get(memory.alertId);
    if (!chapter || chapter.moments.at(-1)?.episode === memory.episode) return;
    chapter.moments.push({ by, episode: memory.episode, telling: null });
  }

  reconsidered({ fix, to }: Reconsidered<StoredFix>): void {
    this.bits.set(fix, to);
  }
}
