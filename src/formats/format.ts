import type { FailedAttempt, Reading } from '../domain/fix.ts';

/** One fix of a payload that breaks a limit. */
export interface Fault {
  /** The field as the payload names it; `[3]` for the fourth element of an array that is no object. */
  readonly field: string;
  /** What was expected there, as a sentence's end: `a number from -90 to 90`. Never the value itself. */
  readonly expected: string;
}

/** What one element of a payload turned out to be. */
export type Decoded =
  | { readonly kind: 'reading'; readonly reading: Reading }
  | { readonly kind: 'failed'; readonly attempt: FailedAttempt }
  | { readonly kind: 'invalid'; readonly fault: Fault };

/** A payload of which nothing can be read. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
}

/** One collar payload format. A file in this folder default-exports one, named as the file. */
export interface PayloadFormat {
  readonly name: string;
  /**
   * Reads a payload, in its order. Checks types, not ranges: those are the same for every format and ingest keeps them.
   *
   * @throws Unreadable when nothing can be read of it, with what was expected
   */
  decode(payload: Uint8Array): readonly Decoded[];
  /** The bytes of one element of a payload that `decode` could read, as they came: what a dead letter keeps of it. */
  element(payload: Uint8Array, index: number): Uint8Array;
  /** Writes what `decode` reads; lets the simulator speak the format, and tests go round. */
  encode(items: readonly (Reading | FailedAttempt)[]): Uint8Array;
}
