import type { ColumnName, FixBlock } from '../fix-block.ts';

/** Whose track it is, as formats name it. */
export interface TrackOf {
  readonly id: string;
  readonly name: string;
  /** Scientific name; undefined: not registered. */
  readonly species?: string | undefined;
}

/** A piece of a track. Pieces come in order: animal after animal, of each its segments in the order of time, of each its blocks. */
export interface TrackPart {
  readonly animal: TrackOf;
  /**
   * Counts up from 0 for each animal, at every gap in its data: no line may be drawn from one segment to the next. Blocks of one segment
   * belong together, also where the collar was changed between them.
   */
  readonly segment: number;
  /** Never empty. */
  readonly block: FixBlock;
}

/** What an answer says of itself, beside the fixes. */
export interface TrackAbout {
  /** Every animal that was asked for, those without a fix as well, in the order asked. */
  readonly animals: readonly TrackOf[];
  /** More than one animal was asked for by one call: formats that have a list for it use that. */
  readonly several: boolean;
  /** Doubted fixes were asked for: they are among the parts, each with its doubts. */
  readonly doubted?: boolean;
  /** What there is to say of how the track of an animal was made (thinning, gaps), as JSON members; ready when its last part has come. */
  readonly said?: (animal: string) => Readonly<Record<string, unknown>>;
}

/** One format that tracks can be had in. */
export interface TrackFormat {
  /** As `format` names it. */
  readonly name: string;
  /** Media type of the answer. */
  readonly type: string;
  /** Media types in `Accept` that ask for it. */
  readonly asked: readonly string[];
  /** Of a file that it is saved to, without the dot. */
  readonly extension: string;
  /** What it shows beside time and place. */
  readonly columns: readonly ColumnName[];
  /** Writes an answer part by part; never holds more than a part and what is bounded beside it. */
  write(parts: AsyncIterable<TrackPart>, about: TrackAbout): AsyncGenerator<string | Uint8Array, void, void>;
}
