import { Injectable } from '@nestjs/common';
import { viewGranted, type PositionGrant } from '../access/visibility.ts';
import type { Visible } from '../access/visible.ts';
import type { VisibleChunks } from '../access/visible-stream.ts';
import type { EpochMs } from '../domain/fix.ts';
import type { Registry } from '../registry/registry.ts';
import { pick } from './fix-block.ts';
import { FixesStore, type FixesText } from './fixes.store.ts';
import { type Cursor, type Mark, writeCursor } from './mark.ts';
import { spansOf } from './span.ts';
import { TrackReader } from './track-reader.ts';

/** Fixes read at once for an answer without pages. */
const STREAM_ROWS = 5_000;
/**
 * A pull of what changed tells how far it has seen less than what it has seen: whatever had been received but not committed when it
 * looked is committed within this time, or not at all. So the next pull repeats a little and misses nothing.
 */
export const OVERLAP_MS = 120_000;

/** Which fixes of an animal are asked for. */
export interface FixesQuestion {
  readonly animal: string;
  readonly from?: EpochMs | undefined;
  readonly to?: EpochMs | undefined;
  readonly doubted: boolean;
  readonly attempts: boolean;
  readonly updatedAfter?: EpochMs | undefined;
  readonly asOf?: EpochMs | undefined;
}

/** An animal's fixes one by one, as pages or as one stream of lines. */
@Injectable()
export class FixPages {
  constructor(
    private readonly store: FixesStore,
    private readonly reader: TrackReader,
  ) {}

  /**
   * A page as text: `{"items":[…],"next":"cursor"|null}`, oldest first; of a pull of what changed with `"upTo"` beside, which the next
   * pull begins at.
   *
   * @param now when it is asked
   */
  async page(
    grant: PositionGrant,
    registry: Registry,
    question: FixesQuestion,
    { after, limit, now }: { after: Cursor | null; limit: number; now: EpochMs },
  ): Promise<Visible<string>> {
    const found = await this.some(grant, registry, question, after, limit);
    const isMore = found.count === limit && (await this.some(grant, registry, question, found.last, 1)).count > 0;
    const upTo = question.updatedAfter === undefined ? null : (after?.upTo ?? now - OVERLAP_MS);
    const next = isMore && found.last !== null ? JSON.stringify(writeCursor({ ...found.last, upTo })) : 'null';
    const seen = upTo === null ? '' : `,"upTo":"${new Date(upTo).toISOString()}"`;
    return viewGranted(grant, `{"items":[${found.text.replaceAll('\n', ',')}],"next":${next}${seen}}`);
  }

  /** All of them, a line each, in constant memory. */
  async *lines(grant: PositionGrant, registry: Registry, question: FixesQuestion): VisibleChunks {
    for (let after: Mark | null = null; ;) {
      const found: FixesText = await this.some(grant, registry, question, after, STREAM_ROWS);
      yield viewGranted(grant, found.count === 0 ? '' : `${found.text}\n`);
      if (found.count < STREAM_ROWS) return;
      after = found.last;
    }
  }

  /** The first of them after a mark. */
  private async some(
    grant: PositionGrant,
    registry: Registry,
    question: FixesQuestion,
    after: Mark | null,
    limit: number,
  ): Promise<FixesText> {
    const { asOf } = question;
    return joined(
      asOf === undefined
        ? this.present(grant, registry, question, after, limit)
        : this.known(grant, registry, { ...question, asOf }, after, limit),
    );
  }

  private async *present(
    grant: PositionGrant,
    registry: Registry,
    { animal, from, to, ...which }: FixesQuestion,
    after: Mark | null,
    limit: number,
  ): AsyncGenerator<FixesText, void, void> {
    for (
      let left = limit, spans = spansOf(registry, animal, from, to);
      left > 0 && spans.length > 0;
      spans = spans.slice(1)
    ) {
      const [span] = spans;
      if (!span || (span.to !== null && after !== null && after.at >= span.to)) continue;
      const part = await this.store.fixes(grant, { ...which, span, after, limit: left });
      left -= part.count;
      yield part;
    }
  }

  /** As it was known then: which fixes and which doubts, the reader knows; the rest of each fix does not change. */
  private async *known(
    grant: PositionGrant,
    registry: Registry,
    question: FixesQuestion & { readonly asOf: EpochMs },
    after: Mark | null,
    limit: number,
  ): AsyncGenerator<FixesText, void, void> {
    const from = after === null ? question.from : Math.max(after.at + 1, question.from ?? -Infinity);
    if (from !== undefined && question.to !== undefined && from >= question.to) return;
    const spans = spansOf(registry, question.animal);
    let left = limit;
    for await (const block of this.reader.blocks(grant, registry, { ...question, from })) {
      const some =
        block.length <= left
          ? block
          : pick(
              block,
              Array.from({ length: left }, (_, place) => place),
            );
      const span = spans.find(
        ({ serial, from, to }) => serial === block.collar && from <= block.at[0]! && (to ?? Infinity) > block.at[0]!,
      );
      if (span) yield await this.store.inFull(grant, span, some);
      left -= some.length;
      if (left === 0) return;
    }
  }
}

async function joined(parts: AsyncIterable<FixesText>): Promise<FixesText> {
  const texts: string[] = [];
  let count = 0;
  let last: Mark | null = null;
  for await (const part of parts) {
    if (part.count === 0) continue;
    texts.push(part.text);
    count += part.count;
    last = part.last;
  }
  return { text: texts.join('\n'), count, last };
}
