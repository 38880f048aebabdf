import type { EpochMs } from '../fix.ts';
import type { Closest, Details } from './episode.ts';

export type AlertState = 'open' | 'closed' | 'retracted';

/** One step in an alert's life. */
export type ChangeKind =
  'opened' | 'escalated' | 'eased' | 'amended' | 'closed' | 'retracted' | 'acknowledged' | 'commented';

/**
 * What else than the next fix changed an alert: fixes that came late, an edit of who wore which collar, of a farm, an area, an
 * animal or a rule, or that one of these is no more.
 */
export type Reason =
  | 'late-fixes'
  | 'deployment-edited'
  | 'deployment-ended'
  | 'farm-edited'
  | 'farm-removed'
  | 'area-edited'
  | 'area-removed'
  | 'animal-edited'
  | 'rule-edited'
  | 'rule-disabled';

/** The times through which an alert became known. null: it did not pass there, or nobody wrote it down. */
export interface Ledger {
  /** Of the fix that opened it, or of the moment at which a silence became one. */
  readonly fixAt: EpochMs;
  readonly receivedAt: EpochMs | null;
  readonly committedAt: EpochMs | null;
  readonly judgedAt: EpochMs | null;
  /** The first time a subscriber was told. */
  readonly firstSentAt: EpochMs | null;
  readonly acknowledgedAt: EpochMs | null;
}

export interface Acknowledgement {
  readonly by: string;
  readonly at: EpochMs;
  readonly note: string;
}

/** What people are told about one visit of one animal to one farm. */
export interface Alert {
  readonly id: string;
  readonly kind: string;
  readonly animal: string;
  readonly farm: string | null;
  readonly area: string | null;
  readonly state: AlertState;
  /** One of its rule's levels. */
  readonly level: string;
  /** The worst level so far. */
  readonly peak: string;
  readonly openedAt: EpochMs;
  readonly closedAt: EpochMs | null;
  readonly closest: Closest | null;
  /** What its rule tells beside the rest; null: nothing. */
  readonly details: Details | null;
  /** Why it was retracted, or closed by something else than a fix; null: by a fix. */
  readonly reason: Reason | null;
  /** When it was learned it no longer described the present. */
  readonly late: boolean;
  readonly learnedAt: EpochMs;
  /** Counts the changes of this alert. */
  readonly revision: number;
  readonly acknowledged: Acknowledgement | null;
}

/** An entry of the log of alert changes, with the alert as it stood after it. */
export interface AlertChange {
  readonly seq: number;
  readonly change: ChangeKind;
  /** When it happened. */
  readonly at: EpochMs;
  /** When the server knew of it. */
  readonly learnedAt: EpochMs;
  /** When it was learned it no longer described the present. */
  readonly late: boolean;
  readonly reason?: Reason;
  readonly by?: string;
  readonly note?: string;
  readonly alert: Alert;
}
