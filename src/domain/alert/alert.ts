import type { EpochMs } from '../fix.ts';
import type { Ring } from '../farm.ts';

export type AlertState = 'open' | 'closed' | 'retracted';

/** One step in an alert's life. */
export type ChangeKind =
  'opened' | 'escalated' | 'eased' | 'amended' | 'closed' | 'retracted' | 'acknowledged' | 'commented';

/** The least distance of a visit. */
export interface Closest {
  /** Metres to the farm's polygon; 0 inside. */
  readonly m: number;
  readonly at: EpochMs;
  /** Reached on the straight path between two fixes, not at a fix. */
  readonly between: boolean;
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
  readonly state: AlertState;
  readonly level: Ring;
  /** The deepest level of the visit. */
  readonly peak: Ring;
  readonly openedAt: EpochMs;
  readonly closedAt: EpochMs | null;
  readonly closest: Closest;
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
  readonly by?: string;
  readonly note?: string;
  readonly alert: Alert;
}
