import { Injectable } from '@nestjs/common';
import type { PositionGrant } from '../../access/visibility.ts';
import type { EpochMs } from '../../domain/fix.ts';
import type { Registry } from '../../registry/registry.ts';
import type { FixBlock } from '../fix-block.ts';
import { FixBlockStore } from '../fix-block.store.ts';
import { type Span, spansOf } from '../span.ts';
import type { TrackQuestion } from '../track-question.ts';
import { TrackReader } from '../track-reader.ts';

/** Rows of one block: a few of them wait in memory at once. */
const BLOCK_ROWS = 20_000;
/** A time this long is read in parts side by side; a shorter one is read sooner by a single statement. */
const LONG_MS = 40 * 86_400_000;
const PARTS = 4;
/** Statements ahead of those that somebody waits for, of all requests together: the other connections are for what comes in. */
const MOST_AHEAD = 3;

/**
 * As TrackReader.blocks, sooner: a long time is read in parts side by side, which a database with several processors answers in half the
 * time. Blocks come in the order of time all the same, and no more than a few wait.
 */
@Injectable()
export class SideBySide {
  private ahead = 0;

  constructor(
    private readonly store: FixBlockStore,
    private readonly reader: TrackReader,
  ) {}

  /**
   * Blocks that are never empty.
   *
   * @param now where fixes end that have no end yet: only how the work is divided depends on it
   */
  async *blocks(
    grant: PositionGrant,
    registry: Registry,
    question: TrackQuestion,
    now: EpochMs,
  ): AsyncGenerator<FixBlock, void, void> {
    const { animal, from, to, asOf } = question;
    if (asOf !== undefined) {
      yield* this.reader.blocks(grant, registry, question);
      return;
    }
    const parts = spansOf(registry, animal, from, to).flatMap((span) => divided(span, now));
    const begun: (Promise<FixBlock> | null)[] = [];
    for (let index = 0; index < parts.length; index++) {
      const first = begun[index] ?? this.read(grant, parts[index]!, question);
      // What has been read is not kept.
      begun[index] = null;
      for (let block: FixBlock | null = null; ;) {
        while (begun.length < parts.length && begun.length <= index + MOST_AHEAD && this.ahead < MOST_AHEAD)
          begun.push(this.aside(this.read(grant, parts[begun.length]!, question)));
        const after: EpochMs | null = block === null ? null : block.at[block.length - 1]! + 1;
        block = await (after === null ? first : this.read(grant, { ...parts[index]!, from: after }, question));
        if (block.length > 0) yield block;
        if (block.length < BLOCK_ROWS) break;
      }
    }
  }

  private read(grant: PositionGrant, span: Span, { doubted = false, columns = [] }: TrackQuestion): Promise<FixBlock> {
    const block = this.store.first(grant, { span, limit: BLOCK_ROWS, doubted, columns });
    // Whoever stops before it does not wait for it, and its failure is nobody's.
    block.catch(() => undefined);
    return block;
  }

  private aside(block: Promise<FixBlock>): Promise<FixBlock> {
    this.ahead++;
    const done = () => void this.ahead--;
    block.then(done, done);
    return block;
  }
}

/** A span in parts that follow each other; a short one as it is. */
export function divided(span: Span, now: EpochMs): Span[] {
  const end = Math.min(span.to ?? now, Math.max(now, span.from));
  if (end - span.from < LONG_MS) return [span];
  const step = Math.ceil((end - span.from) / PARTS);
  return Array.from({ length: PARTS }, (_, part) => ({
    ...span,
    from: span.from + part * step,
    to: part === PARTS - 1 ? span.to : span.from + (part + 1) * step,
  }));
}
