import type { FailedAttempt, Reading } from '../domain/fix.ts';

/** Where something stands in a file. */
export interface Place {
  /** From 1, the header's line included; a quoted field with line ends in it counts those too. */
  readonly line: number;
  /** Name of the column (CSV) or element (GPX) that is wrong; undefined: the line as a whole. */
  readonly column?: string | undefined;
}

/** Whose row it is, in the file's own words: an import says which animals and collars these are. */
export interface RowOf {
  /** The tag's own name; it becomes a collar's serial. */
  readonly tag: string;
  /** The animal's own name; null: the file does not say, deployments do. */
  readonly animal: string | null;
}

/** What a file holds, one after another, in the order of the file. */
export type ImportItem =
  | (RowOf & {
      readonly kind: 'fix';
      readonly line: number;
      readonly reading: Reading;
      /** Whoever kept the file had marked it as wrong: it is stored with the doubt `marked-outlier`. */
      readonly outlier: boolean;
    })
  /** An attempt without a position: kept and counted. */
  | (RowOf & { readonly kind: 'attempt'; readonly line: number; readonly attempt: FailedAttempt })
  /** A row that says nothing of positions (another sensor's): counted, not kept. */
  | { readonly kind: 'other'; readonly line: number; readonly what: string }
  /** A row that cannot be read: a dead letter. The rest of the file goes on. `expected` is the end of a sentence: line, column, expected. */
  | (Place & { readonly kind: 'bad'; readonly expected: string; readonly raw: string });

/**
 * Why a file cannot be read: thrown before its first item, nothing of it can be; later, it is broken from `place` on, and what was
 * read before stands. The message is one sentence: line, column, what was expected.
 */
export class UnreadableFile extends Error {
  override readonly name = 'UnreadableFile';

  constructor(
    message: string,
    readonly place: Place | null = null,
  ) {
    super(message);
  }
}
