import type { ResyncReason, Stream } from './messages.ts';

const LETTERS: Readonly<Record<Stream, string>> = { positions: 'p', alerts: 'a' };
/** Enough of the epoch to tell databases apart. */
const EPOCH_LENGTH = 8;

/** Writes and reads the cursors of one log as the text that clients keep: its letter, its epoch, and how far it was read. */
export class CursorText {
  private readonly prefix: string;

  /** @param epoch which history the log tells: a uuid of the database */
  constructor(stream: Stream, epoch: string) {
    this.prefix = `${LETTERS[stream]}-${epoch.slice(0, EPOCH_LENGTH)}-`;
  }

  write(seq: number): string {
    return this.prefix + seq;
  }

  /** How far a client has read, or why that cannot be told. */
  read(text: string): { readonly seq: number; readonly reason: null } | { readonly reason: ResyncReason } {
    const match = /^([pa]-[0-9a-f]{8}-)(\d{1,15})$/.exec(text);
    if (!match) return { reason: 'cursor-unreadable' };
    if (match[1] !== this.prefix) return { reason: 'cursor-of-another-log' };
    return { seq: Number(match[2]), reason: null };
  }
}
