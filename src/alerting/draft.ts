import type { ChangeKind, Reason } from '../domain/alert/alert.ts';
import type { Episode } from '../domain/alert/episode.ts';
import type { DoubtChange } from '../domain/batch.ts';
import type { EpochMs } from '../domain/fix.ts';

/** Which rule was asked about whom and what: a farm's or an area's id; '': the animal itself. */
export interface Subject {
  readonly rule: string;
  readonly animal: string;
  readonly place: string;
}

/** What a rule remembers of an open episode, and the alert that tells of it. */
export interface RuleMemory extends Subject {
  readonly state: unknown;
  readonly episode: Episode;
  readonly alertId: string;
}

/** When a fix that opened an alert came in. */
export interface Arrival {
  readonly receivedAt: EpochMs | null;
  readonly committedAt: EpochMs | null;
}

/** An alert as it is to stand. */
export interface AlertDraft extends Subject {
  readonly alertId: string;
  readonly about: 'farm' | 'area' | 'animal';
  readonly episode: Episode;
  /** The fix from which on its rule remembered nothing of it; null: it still does. */
  readonly settledAt: EpochMs | null;
}

/** An alert that moved without a change that people need to hear of: its least distance, say. */
export interface MoveDraft extends AlertDraft {
  readonly learnedAt: EpochMs;
}

/** A step in an alert's life, to be written as a change of it. */
export interface ChangeDraft extends AlertDraft {
  readonly change: Exclude<ChangeKind, 'acknowledged' | 'commented'>;
  readonly at: EpochMs;
  readonly learnedAt: EpochMs;
  readonly late: boolean;
  readonly reason: Reason | null;
  /** Of the fix that opened it, with `opened`. */
  readonly arrival: Arrival | null;
}

/** What one pass of the evaluator leaves behind: all of it is committed with its cursor, or nothing. */
export interface Draft {
  readonly cursor: { readonly from: number; readonly to: number; readonly turn: number };
  readonly judgedAt: EpochMs;
  readonly changes: readonly ChangeDraft[];
  readonly moved: readonly MoveDraft[];
  readonly memories: readonly RuleMemory[];
  readonly forgotten: readonly Subject[];
  readonly doubts: readonly DoubtChange[];
  /** Edits of the registry that have been judged anew. */
  readonly edits: readonly number[];
}
