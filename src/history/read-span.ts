import type { PositionGrant } from '../access/visibility.ts';
import type { EpochMs } from '../domain/fix.ts';
import type { FixBlock } from './fix-block.ts';
import type { BlockQuery, FixBlockStore } from './fix-block.store.ts';

/** Rows of one block: a statement of some milliseconds, and some hundred kilobytes. */
const BLOCK_ROWS = 10_000;

/**
 * The fixes of a span in blocks that are never empty, in the order of time. The next one is read while the last is being used; no statement
 * stays open between them.
 */
export async function* readSpan(
  store: FixBlockStore,
  grant: PositionGrant,
  { span, ...which }: Omit<BlockQuery, 'limit'>,
  rows = BLOCK_ROWS,
): AsyncGenerator<FixBlock, void, void> {
  const read = (from: EpochMs) => store.first(grant, { ...which, span: { ...span, from }, limit: rows });
  for (let next: Promise<FixBlock> | null = read(span.from); next !== null;) {
    const block: FixBlock = await next;
    // Times are whole milliseconds: the next fix is at one after the last at the earliest.
    next = block.length < rows ? null : read(block.at[block.length - 1]! + 1);
    // Whoever stops here does not wait for it, and its failure is nobody's.
    next?.catch(() => undefined);
    if (block.length > 0) yield block;
  }
}
