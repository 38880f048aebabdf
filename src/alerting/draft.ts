import type { ChangeKind } from '../domain/alert/alert.ts';
import type { VisitSummary } from '../domain/alert/visit.ts';
import type { EpochMs } from '../domain/fix.ts';
import type { DoubtChange } from '../domain/batch.ts';

/** Who was where: what an alert is about. */
export interface Subject {
  readonly rule: string;
  readonly animal: string;
  readonly farm: string;
}

/** A visit in the rule's memory, and the alert that tells of it; no alert: the rule remembers something that nobody was told. */
export interface RuleMemory extends Subject {
  readonly state: unknown;
  readonly alertId: string | null;
}

/** A step of a visit, to be written as a change of its alert. */
export interface ChangeDraft extends Subject {
  readonly alertId: string;
  readonly change: ChangeKind;
  readonly at: EpochMs;
  readonly learnedAt: EpochMs;
  readonly visit: VisitSummary;
  readonly late: boolean;
}

/** What one pass of the evaluator leaves behind: all of it is committed with its cursor, or nothing. */
export interface Draft {
  readonly cursor: { readonly from: number; readonly to: number };
  readonly changes: readonly ChangeDraft[];
  /** Visits that moved without a change that people need to hear of: their least distance. */
  readonly moved: readonly { readonly alertId: string; readonly visit: VisitSummary }[];
  readonly memories: readonly RuleMemory[];
  readonly forgotten: readonly Subject[];
  readonly doubts: readonly DoubtChange[];
}
