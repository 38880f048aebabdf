import type { Mark } from './backlog.ts';
import type { ResyncReason } from './messages.ts';

/** Whole frames as bytes, ready to be written to any number of sockets. */
export interface Told {
  readonly bytes: Buffer;
  readonly frames: number;
  /** To be called when they have been written to somebody. Absent: nobody wants to know. */
  readonly written?: () => void;
}

/**
 * What a stream tells readers of one filter, one set of rights and one subscription id. Readers who share all three share the
 * view, and so the bytes that were made for it.
 */
export interface View<Entry> {
  /** Of the subscription. */
  readonly id: string;
  /** Two views of one id and the same rights say the same if their keys are the same. */
  readonly filterKey: string;
  /** What these entries of the log say to this view; null: nothing. */
  tell(entries: readonly Entry[]): Told | null;
  /**
   * Begins what is kept for readers of this view whose sockets are full, from behind a cursor on. null: nothing is kept, they read
   * the log again.
   */
  readonly startBacklog: ((seq: number) => ViewBacklog<Entry>) | null;
}

/** What slow readers of a view have not been told. */
export interface ViewBacklog<Entry> {
  add(entries: readonly Entry[]): void;
  /** The place of a reader who has been told everything so far. */
  mark(): Mark;
  /** What a reader missed since then: how many positions were left out, and what is left to tell. Or why it cannot be told. */
  tell(since: Mark): { readonly dropped: number; readonly told: Told | null } | ResyncReason;
}
