import { Injectable } from '@nestjs/common';
import type { PositionGrant } from '../access/visibility.ts';
import type { EpochMs } from '../domain/fix.ts';
import type { Registry } from '../registry/registry.ts';
import type { FixBlock } from './fix-block.ts';
import { FixBlockStore } from './fix-block.store.ts';
import { KnownThen } from './known-then.ts';
import { type Span, spansOf } from './span.ts';
import type { TrackQuestion } from './track-question.ts';

/** Rows of one block: a statement of some milliseconds, and some hundred kilobytes. */
const BLOCK_ROWS = 10_000;

/**
 * The one way to the fixes of an animal: in the order of time over all of its collars, block by block, in constant memory. No statement
 * and no transaction stays open between blocks, so a slow reader holds nothing up; a fix that arrives meanwhile is in the answer when
 * its place had not been read yet.
 */
@Injectable()
export class TrackReader {
  constructor(
    private readonly store: FixBlockStore,
    private readonly knownThen: KnownThen,
  ) {}

  /** Blocks that are never empty. The next one is read while the last is being used. */
  async *blocks(
    grant: PositionGrant,
    registry: Registry,
    question: TrackQuestion,
  ): AsyncGenerator<FixBlock, void, void> {
    const { animal, from, to, asOf } = question;
    if (asOf !== undefined) {
      yield* this.knownThen.blocks(grant, registry, { ...question, asOf });
      return;
    }
    for (const span of spansOf(registry, animal, from, to)) yield* this.span(grant, span, question);
  }

  private async *span(
    grant: PositionGrant,
    span: Span,
    { doubted = false, columns = [] }: TrackQuestion,
  ): AsyncGenerator<FixBlock, void, void> {
    const read = (from: EpochMs) =>
      this.store.first(grant, { span: { ...span, from }, limit: BLOCK_ROWS, doubted, columns });
    for (let next: Promise<FixBlock> | null = read(span.from); next !== null;) {
      const block: FixBlock = await next;
      // Times are whole milliseconds: the next fix is at one after the last at the earliest.
      next = block.length < BLOCK_ROWS ? null : read(block.at[block.length - 1]! + 1);
      // Whoever stops here does not wait for it, and its failure is nobody's.
      next?.catch(() => undefined);
      if (block.length > 0) yield block;
    }
  }
}
