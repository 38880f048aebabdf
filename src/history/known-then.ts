import { Injectable } from '@nestjs/common';
import type { PositionGrant } from '../access/visibility.ts';
import type { EpochMs, Position } from '../domain/fix.ts';
import { NEIGHBOURS_DOUBTS } from '../domain/quality/doubt.ts';
import { staminaOf } from '../registry/stamina.ts';
import type { Registry } from '../registry/registry.ts';
import { BlockConfirmation } from './confirm-blocks.ts';
import { type FixBlock, pick } from './fix-block.ts';
import { type BlockQuery, FixBlockStore } from './fix-block.store.ts';
import { readSpan } from './read-span.ts';
import { type Span, spansOf } from './span.ts';
import type { TrackQuestion } from './track-question.ts';

/** Fixes looked at first for a trusted one; nearly always one of the last two is. */
const LOOK_BACK_ROWS = 16;
const MOST_LOOK_BACK_ROWS = 10_000;
/** Animals asked for at once: connections are few. */
const AT_ONCE = 3;

type KnownQuestion = TrackQuestion & { readonly asOf: EpochMs };

/**
 * A fix this much ahead of its receipt is doubted for that alone, and its neighbours are not judged by it. So nothing from here on
 * matters to what was known but what is doubted anyway.
 */
const AHEAD_MS = 10 * 60_000 + 1;
/** The last moment that the database can be asked about in four digits. */
const END_OF_TIME = 253_402_300_799_999;

/** What is read of spans. */
interface KnownRead extends Pick<TrackQuestion, 'columns'> {
  readonly doubted?: BlockQuery['doubted'] | undefined;
  readonly receivedBy?: EpochMs | undefined;
}

/** A trusted fix. */
export type Trusted = Position & { readonly at: EpochMs };

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
    const trusted = await this.lastSure(grant, spansOf(registry, animal), question.asOf);
    const since = trusted === null ? -Infinity : trusted.at + 1;
    yield* this.read(grant, spansOf(registry, animal, from, least(to, since)), question);
    if (since < to) yield* this.fold(grant, registry, question, trusted, since);
  }

  /** What is known from `since` on, judged from the last fix that is sure. */
  private async *fold(
    grant: PositionGrant,
    registry: Registry,
    question: KnownQuestion,
    trusted: Trusted | null,
    since: EpochMs,
  ): AsyncGenerator<FixBlock, void, void> {
    const { animal, asOf, to = Infinity, doubted = false } = question;
    const bound = beyond(asOf);
    const between = (from: EpochMs, until: EpochMs) => spansOf(registry, animal, from, least(until, Infinity));
    const confirmation = new BlockConfirmation(staminaOf(registry.animal(animal) ?? { details: {} }), trusted);
    const known: KnownRead = { columns: question.columns, receivedBy: asOf, doubted: true };
    for await (const block of this.read(grant, between(since, Math.min(to, bound)), known))
      yield* shown(confirmation.next(block), question);
    if (to < bound && confirmation.isWaiting) {
      // Whether the last fix before the end is to be trusted, the first after it tells.
      for await (const block of this.read(grant, between(to, bound), known, 1)) {
        const settled = confirmation.next(block);
        yield* shown(settled, question);
        if (!confirmation.isWaiting || settled.length > 0) break;
      }
    }
    yield* shown(confirmation.end(), question);
    if (!doubted || to <= bound) return;
    for await (const block of this.read(grant, between(Math.max(since, bound), to), { ...known, doubted: 'only' }))
      yield* shown(confirmation.next(block), question);
  }

  /** The newest fix of each of some animals that was trusted then. */
  async newest(
    grant: PositionGrant,
    registry: Registry,
    animals: readonly string[],
    asOf: EpochMs,
  ): Promise<ReadonlyMap<string, FixBlock>> {
    const spans = animals.map((animal) => spansOf(registry, animal));
    const firsts = [...(await this.store.firstReceivedAfter(spans.flat(), asOf, beyond(asOf)))];
    const newest = new Map<string, FixBlock>();
    const left = animals.map((animal, place) => {
      const own = spans[place]!;
      return { animal, own, unknown: earliest(firsts.splice(0, own.length), beyond(asOf)) };
    });
    const work = async () => {
      for (let asked = left.pop(); asked; asked = left.pop()) {
        const trusted = await this.trustedBefore(grant, asked.own, asked.unknown);
        // Whatever is newest, it is no older than the last one that is sure.
        const since = trusted?.at ?? -Infinity;
        const known = this.fold(grant, registry, { animal: asked.animal, asOf }, trusted, since);
        const block = await lastOf(known);
        if (block) newest.set(asked.animal, block);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return newest;
  }

  /** The last trusted fix of which it is sure that it was trusted then, with nothing unconfirmed; null: there is none. */
  private async lastSure(grant: PositionGrant, spans: readonly Span[], asOf: EpochMs): Promise<Trusted | null> {
    const firsts = await this.store.firstReceivedAfter(spans, asOf, beyond(asOf));
    return this.trustedBefore(grant, spans, earliest(firsts, beyond(asOf)));
  }

  /** The last trusted fix before a moment that has another fix after it and before that moment, which may have cleared it. */
  private async trustedBefore(grant: PositionGrant, spans: readonly Span[], moment: EpochMs): Promise<Trusted | null> {
    let followed = false;
    for (const span of [...spans].reverse()) {
      for (let to = moment, limit = LOOK_BACK_ROWS; ; limit = Math.min(limit * 4, MOST_LOOK_BACK_ROWS)) {
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
    { doubted = false, columns = [], receivedBy }: KnownRead,
    rows?: number,
  ): AsyncGenerator<FixBlock, void, void> {
    for (const span of spans) {
      const query = { span, doubted, columns };
      yield* readSpan(this.store, grant, receivedBy === undefined ? query : { ...query, receivedBy }, rows);
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

/** From when on nothing known at a moment matters to what is known. */
function beyond(asOf: EpochMs): EpochMs {
  return Math.min(asOf + AHEAD_MS, END_OF_TIME);
}

/** The earliest of some times, or a later one where there are none. */
function earliest(times: readonly (EpochMs | null)[], otherwise: EpochMs): EpochMs {
  return times.reduce<EpochMs>((least, time) => Math.min(least, time ?? Infinity), otherwise);
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
