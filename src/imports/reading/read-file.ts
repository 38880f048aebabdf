import type { ImportItem } from '../import-item.ts';
import { UnreadableFile } from '../import-item.ts';
import type { ReadingOptions, UnpackingLimits } from './options.ts';
import { UNPACKING_LIMITS } from './options.ts';
import type { Recognised } from './recognised.ts';

/** Some thousand items of a file, in its order, and how far they reach. */
export interface ItemGroup {
  readonly items: readonly ImportItem[];
  /** Items of the file up to and with this group: what `skip` of a later reading takes to go on after it. */
  readonly itemsRead: number;
  /** Line of the last item. */
  readonly line: number;
  /** Bytes of the source (packed, if it is packed) taken in so far: for progress. */
  readonly bytesRead: number;
}

export interface Progress {
  /** Items to leave out at the beginning: they were read before. */
  readonly skip?: number;
  readonly limits?: UnpackingLimits;
}

/**
 * Reads a file in groups of some thousand items, in its order and in constant memory; nothing is read ahead of who asks.
 *
 * @param source the file's bytes, packed or not, in pieces of any size
 * @throws UnreadableFile before the first group: nothing of it can be imported (unknown, ambiguous, not text).
 *   After some groups: it is broken from `place` on (cut off, other bytes than text); what was given before stands.
 */
export async function* readFile(
  source: AsyncIterable<Uint8Array>,
  options: ReadingOptions,
  { skip = 0, limits = UNPACKING_LIMITS }: Progress = {},
): AsyncGenerator<ItemGroup, Recognised> {
  void [source, options, skip, limits];
  throw new UnreadableFile('no format is read yet');
}
