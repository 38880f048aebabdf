import { Injectable } from '@nestjs/common';
import type { PositionGrant } from '../access/visibility.ts';
import type { Registry } from '../registry/registry.ts';
import type { FixBlock } from './fix-block.ts';
import { FixBlockStore } from './fix-block.store.ts';
import { KnownThen } from './known-then.ts';
import { readSpan } from './read-span.ts';
import { spansOf } from './span.ts';
import type { TrackQuestion } from './track-question.ts';

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
    const { doubted = false, columns = [] } = question;
    for (const span of spansOf(registry, animal, from, to))
      yield* readSpan(this.store, grant, { span, doubted, columns });
  }
}
