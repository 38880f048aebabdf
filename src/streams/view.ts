import type { ResyncReason } from './messages.ts';

/** Whole frames as bytes, ready to be written to any number of sockets. */
export interface Told {
  readonly bytes: Buffer;
  readonly frames: number;
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
   * What is kept for a reader whose socket is full; null: nothing, the reader reads the log again.
   *
   * @param seq how far it has read
   * @param maxBytes of frames that it gets as they came; of more it gets less
   */
  startBacklog(seq: number, maxBytes: number): ViewBacklog<Entry> | null;
}

/** What a slow reader has not been told. */
export interface ViewBacklog<Entry> {
  add(entries: readonly Entry[]): void;
  /** How many positions were left out of it, and what is left to tell; null: nothing is. Or why it cannot be told. */
  tell(): { readonly dropped: number; readonly told: Told | null } | ResyncReason;
}
