import type { EpochMs } from '../fix.ts';
import type { Ring } from '../farm.ts';
import type { ChangeKind, Closest } from './alert.ts';

/** A visit as people are told of it. */
export interface VisitSummary {
  readonly level: Ring;
  readonly peak: Ring;
  readonly openedAt: EpochMs;
  /** null: not over. */
  readonly closedAt: EpochMs | null;
  readonly closest: Closest;
}

/** A change in a visit's life, with the visit as it stood right after it. */
export interface VisitStep {
  readonly change: Extract<ChangeKind, 'opened' | 'escalated' | 'eased' | 'closed'>;
  readonly at: EpochMs;
  readonly visit: VisitSummary;
}
