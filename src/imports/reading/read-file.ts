import { setImmediate } from 'node:timers/promises';
import type { ImportItem } from '../import-item.ts';
import { UnreadableFile } from '../import-item.ts';
import { CsvReader } from './csv-reader.ts';
import { GpxReader } from './gpx-reader.ts';
import type { ItemReader } from './item-reader.ts';
import type { ReadingOptions, UnpackingLimits } from './options.ts';
import { UNPACKING_LIMITS } from './options.ts';
import { HEAD_BYTES } from './recognise.ts';
import type { Recognised } from './recognised.ts';
import { startOf } from './start.ts';
import { TextFeed } from './text-feed.ts';
import type { Understood } from './understand.ts';

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
  /** Bytes read at a time. */
  readonly pieceBytes?: number;
}

/** A group has at least as many items, but for the last. */
const GROUP_ITEMS = 2_000;

/**
 * Reads a file in groups of some thousand items, in its order and in constant memory; nothing is read ahead of who asks.
 *
 * @param source the file's bytes, packed or not, in pieces of any size
 * @returns what the file turned out to be
 * @throws UnreadableFile before the first group: nothing of it can be imported (unknown, ambiguous, not text).
 *   After some groups: it is broken from `place` on (cut off, other bytes than text); what was given before stands.
 */
export async function* readFile(
  source: AsyncIterable<Uint8Array>,
  options: ReadingOptions,
  { skip = 0, limits = UNPACKING_LIMITS, pieceBytes = HEAD_BYTES }: Progress = {},
): AsyncGenerator<ItemGroup, Recognised> {
  const taken = { bytes: 0, packed: false };
  const { understood, pieces } = await startOf(source, options, limits, taken, pieceBytes);
  const reader = await readerOf(understood, options, pieces);
  const text = new TextFeed(understood.head.encoding, reader);
  let [itemsRead, unbroken] = [0, 0];
  /** The items that have come together, as a group; none, where all of them are to be left out. */
  const group = (): ItemGroup[] => {
    const items = text.take();
    itemsRead += items.length;
    const left = Math.min(items.length, itemsRead - skip);
    if (left <= 0) return [];
    return [{ items: items.slice(-left), itemsRead, line: items.at(-1)?.line ?? 0, bytesRead: taken.bytes }];
  };
  let failure: Error | undefined;
  try {
    for await (const piece of pieces) {
      text.push(piece);
      if (text.items.length >= GROUP_ITEMS) yield* group();
      // Others wait for the event loop too, and a source may be in memory.
      unbroken += piece.length;
      if (unbroken < HEAD_BYTES) continue;
      unbroken = 0;
      await setImmediate();
    }
    text.end();
  } catch (error) {
    failure = text.located(error);
  }
  yield* group();
  if (failure !== undefined) throw failure;
  return understood.recognised;
}

/** @throws UnreadableFile when what was recognised is nothing with positions; its source is let go of */
async function readerOf(
  { recognised, layout }: Understood,
  options: ReadingOptions,
  pieces: AsyncGenerator<Uint8Array, void>,
): Promise<ItemReader<ImportItem>> {
  if (recognised.format === 'gpx') return new GpxReader(options);
  if (layout === null || recognised.delimiter === null) {
    await pieces.return(undefined);
    throw new UnreadableFile('the file is reference data (animals, tags, deployments) and holds no positions');
  }
  return new CsvReader(layout, recognised.delimiter, options);
}
