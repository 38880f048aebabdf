import { Injectable } from '@nestjs/common';
import type { PositionGrant } from '../access/visibility.ts';
import type { EpochMs, Position } from '../domain/fix.ts';
import { NEIGHBOURS_DOUBTS } from '../domain/quality/doubt.ts';
import { staminaOf } from '../registry/stamina.ts';
import type { Registry } from '../registry/registry.ts';
import { BlockConfirmation } from './confirm-blocks.ts';
import { type FixBlock, pick } from './fix-block.ts';
import { FixBlockStore } from './fix-block.store.ts';
import { type Span, spansOf } from './span.ts';
import type { TrackQuestion } from './track-question.ts';

const BLOCK_ROWS = 10_000;
/** Fixes looked at first for a trusted one; nearly always one of the last two is. */
const LOOK_BACK_ROWS = 16;

type KnownQuestion = TrackQuestion & { readonly asOf: EpochMs };

/** Where the past as it was known begins to differ from the past as it is. */
interface Turning {
  /** The last fix before it whose doubts cannot have changed, with nothing unconfirmed then; null: none. */
  readonly trusted: (Position & { readonly at: EpochMs }) | null;
}

/**
 * The past as it was known at a moment: fixes that had been received by then, with the doubts that followed from just these. (Doubts come
 * and go with the fixes beside, so what is stored now is not what stood then.) Who wore which collar is as it is known today.
 */
@Injectable()
export class KnownThen {
  constructor(private readonly store: FixBlockStore) {}

  /** As TrackReader.blocks. */
  async *blocks(
    grant: PositionGrant,
    registry: Registry,
    question: KnownQuestion,
  ): AsyncGenerator<FixBlock, void, void> {
    const { animal, from = -Infinity, to = Infinity } = question;
    const turning = await this.turning(grant, spansOf(registry, animal), question.asOf);
    const since = turning === null ? Infinity : turning.trusted === null ? -Infinity : turning.trusted.at + 1;
    yield* this.read(grant, spansOf(registry, animal, from, least(to, since)), question);
    if (turning === null || since >= to) return;
    const stamina = staminaOf(registry.animal(animal) ?? { details: {} });
    const confirmation = new BlockConfirmation(stamina, turning.trusted);
    const known = { ...question, doubted: true, receivedBy: question.asOf };
    for await (const block of this.read(grant, spansOf(registry, animal, since, least(to, Infinity)), known))
      yield* shown(confirmation.next(block), question);
    if (to < Infinity && confirmation.isWaiting) {
      // Whether the last fix before the end is to be trusted, the first after it tells.
      for await (const block of this.read(grant, spansOf(registry, animal, to), known, 1)) {
        const settled = confirmation.next(block);
        yield* shown(settled, question);
        if (!confirmation.isWaiting || settled.length > 0) break;
      }
    }
    yield* shown(confirmation.end(), question);
  }

  /** The newest fix that was trusted then; null: none was. */
  async newest(grant: PositionGrant, registry: Registry, animal: string, asOf: EpochMs): Promise<FixBlock | null> {
    const spans = spansOf(registry, animal);
    const turning = await this.turning(grant, spans, asOf);
    // Whatever is newest, it is no older than the last one that is sure.
    if (turning !== null) return lastOf(this.blocks(grant, registry, { animal, from: turning.trusted?.at, asOf }));
    for (const span of [...spans].reverse()) {
      const block = await this.store.last(grant, { span, limit: 1, doubted: false, columns: [] });
      if (block.length > 0) return block;
    }
    return null;
  }

  /** null: everything had been received by then. */
  private async turning(grant: PositionGrant, spans: readonly Span[], asOf: EpochMs): Promise<Turning | null> {
    for (const [index, span] of spans.entries()) {
      const unknown = await this.store.firstReceivedAfter(span, asOf);
      if (unknown === null) continue;
      return { trusted: await this.trustedBefore(grant, spans.slice(0, index + 1), unknown) };
    }
    return null;
  }

  /** The last trusted fix before a moment that has another fix after it and before that moment, which may have cleared it. */
  private async trustedBefore(
    grant: PositionGrant,
    spans: readonly Span[],
    moment: EpochMs,
  ): Promise<Turning['trusted']> {
    let followed = false;
    for (const span of [...spans].reverse()) {
      for (let to = moment, limit = LOOK_BACK_ROWS; ; limit = Math.min(limit * 4, BLOCK_ROWS)) {
        if (to <= span.from) break;
        const query = {
          span: { ...span, to: least(to, span.to ?? Infinity) ?? null },
          limit,
          doubted: true,
          columns: [],
        };
        const block = await this.store.last(grant, query);
        for (let place = block.length - 1; place >= 0; place--) {
          const doubts = block.doubts[place]!;
          if ((doubts & ~NEIGHBOURS_DOUBTS) !== 0) continue;
          if (followed && doubts === 0) return { at: block.at[place]!, lon: block.lon[place]!, lat: block.lat[place]! };
          followed = true;
        }
        if (block.length < limit) break;
        to = block.at[0]!;
      }
    }
    return null;
  }

  private async *read(
    grant: PositionGrant,
    spans: readonly Span[],
    { doubted = false, columns = [], receivedBy }: TrackQuestion & { readonly receivedBy?: EpochMs },
    limit = BLOCK_ROWS,
  ): AsyncGenerator<FixBlock, void, void> {
    for (const span of spans) {
      for (let from = span.from; ;) {
        const query = { span: { ...span, from }, limit, doubted, columns };
        const block = await this.store.first(grant, receivedBy === undefined ? query : { ...query, receivedBy });
        if (block.length > 0) yield block;
        if (block.length < limit) break;
        from = block.at[block.length - 1]! + 1;
      }
    }
  }
}

/** Of blocks with doubts those rows that were asked for. */
function* shown(blocks: readonly FixBlock[], { from = -Infinity, to = Infinity, doubted = false }: TrackQuestion) {
  for (const block of blocks) {
    const places: number[] = [];
    for (let place = 0; place < block.length; place++) {
      const at = block.at[place]!;
      if (at >= from && at < to && (doubted || block.doubts[place] === 0)) places.push(place);
    }
    if (places.length > 0) yield places.length === block.length ? block : pick(block, places);
  }
}

/** The earlier of two ends; undefined: none. */
function least(one: EpochMs, other: EpochMs): EpochMs | undefined {
  const end = Math.min(one, other);
  return end === Infinity ? undefined : end;
}

async function lastOf(blocks: AsyncIterable<FixBlock>): Promise<FixBlock | null> {
  let last: FixBlock | null = null;
  for await (const block of blocks) last = block;
  return last && pick(last, [last.length - 1]);
}
