import type { EpochMs, Fix, Sensors } from '../domain/fix.ts';

/** A fix with the names that people know its collar and animal by. */
export interface NamedFix {
  readonly animal: string;
  readonly collar: string;
  readonly fix: Fix;
}

/** A fix as subscribers get it. Times are RFC 3339. */
export interface PositionView extends Sensors {
  readonly animal: string;
  readonly collar: string;
  readonly at: string;
  readonly lat: number;
  readonly lon: number;
  readonly late: boolean;
  readonly doubts: readonly string[];
}

/** A stored fix whose doubts are now others. */
export interface NamedDoubts {
  readonly animal: string;
  readonly at: EpochMs;
  /** Bits. */
  readonly doubts: number;
}

export interface DoubtsView {
  readonly animal: string;
  readonly at: string;
  readonly doubts: readonly string[];
}

/**
 * An alert in answers and frames: no position in it, for nobody. Times are RFC 3339. Beside these fields stand the details that its
 * rule tells, each under its own name.
 */
export interface AlertView {
  readonly id: string;
  readonly kind: string;
  readonly animal: string;
  readonly farm: string | null;
  readonly area: string | null;
  readonly state: string;
  readonly level: string;
  readonly peak: string;
  readonly openedAt: string;
  readonly closedAt: string | null;
  readonly closest: { readonly m: number; readonly at: string; readonly between: boolean } | null;
  /** Why it was retracted, or closed by something else than a fix. */
  readonly reason?: string;
  readonly late: boolean;
  readonly learnedAt: string;
  readonly revision: number;
  readonly acknowledged: { readonly by: string; readonly at: string; readonly note: string } | null;
}

export interface AlertChangeView {
  readonly seq: number;
  readonly change: string;
  readonly at: string;
  readonly learnedAt: string;
  readonly late: boolean;
  readonly reason?: string;
  readonly by?: string;
  readonly note?: string;
  readonly alert: AlertView;
}

export interface AlertListView {
  readonly items: readonly AlertView[];
  /** Cursor of the next page; null: this was the last. */
  readonly next: string | null;
}

/** When an alert passed each step on its way to people; null: it did not, or nobody wrote it down. */
export interface LedgerView {
  readonly fixAt: string;
  readonly receivedAt: string | null;
  readonly committedAt: string | null;
  readonly judgedAt: string | null;
  readonly firstSentAt: string | null;
  readonly acknowledgedAt: string | null;
}

export interface AlertWithChangesView extends AlertView {
  readonly ledger: LedgerView;
  readonly changes: readonly AlertChangeView[];
}
