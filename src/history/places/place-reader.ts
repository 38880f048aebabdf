import { Injectable } from '@nestjs/common';
import type { PositionGrant } from '../../access/visibility.ts';
import type { EpochMs } from '../../domain/fix.ts';
import type { Registry } from '../../registry/registry.ts';
import { type Span, spansOf } from '../span.ts';
import { cellCount, cellRanges } from './cells.ts';
import { type PlaceBlock, type PlaceKey, type PlaceQuery, PlacesStore, type Window } from './places.store.ts';
import { pacer } from './pace.ts';
import type { Shape } from './shape.ts';

/** Which fixes are asked for. */
export interface PlaceQuestion {
  /** null: everywhere. */
  readonly shape: Shape | null;
  readonly from?: EpochMs | undefined;
  readonly to?: EpochMs | undefined;
  /** Ids of animals that are registered; undefined: all. */
  readonly animals?: readonly string[] | undefined;
  readonly doubted?: boolean | undefined;
  /** Only what had been received by then; doubts are as they are now. */
  readonly asOf?: EpochMs | undefined;
  readonly after?: PlaceKey | null | undefined;
  /** How many will be taken, if not all. */
  readonly wanted?: number | undefined;
}

/** A fix in a shape, of the animal that wore the collar then. */
export interface FoundFix extends PlaceKey {
  readonly animal: string;
  readonly lon: number;
  readonly lat: number;
}

const DAY_MS = 86_400_000;
/** Rows of one statement: a megabyte or two. */
const MOST_ROWS = 20_000;
const LEAST_ROWS = 2_000;
/** Of so few collars the key is always quicker: it holds their fixes in the order of time. */
const FEW_SPANS = 20;
/** A box of more cells, a degree square, may hold most of all fixes; then to read a month for one page is too much. */
const MANY_CELLS = 1_024;
/** Below so many rows a day, a month of a large box is read by its cells. */
const SPARSE_PER_DAY = 100;
const LONGEST_SLICE_MS = 31 * DAY_MS;
/** Of few collars a year is as little as a day of all. */
const LONGEST_OF_FEW_MS = 366 * DAY_MS;
const MOST_MONTHS = 12;

/**
 * The way to the fixes of all animals: in a shape and a time, in the order of time, block by block, in constant memory. Of two ways the
 * one is taken that is quicker for the question (docs/where.md has what was measured): by the index of cells, month by month, which
 * costs what there is in the cells; or by the key, slice of time by slice, which costs what the collars reported in that time.
 */
@Injectable()
export class PlaceReader {
  constructor(private readonly store: PlacesStore) {}

  /** Blocks of fixes, which may be empty; the next one is read when it is asked for. */
  async *blocks(
    grant: PositionGrant,
    registry: Registry,
    question: PlaceQuestion,
  ): AsyncGenerator<readonly FoundFix[], void, void> {
    const animals = question.animals ?? registry.animals().map(({ id }) => id);
    const spans = animals.flatMap((animal) => spansOf(registry, animal, question.from, question.to));
    const months = await this.monthsOf(spans, question);
    if (months.length === 0) return;
    const among = question.animals === undefined ? null : new Set(animals);
    const take = pacer(question.shape?.corners ?? 1);
    for await (const block of this.read(grant, spans, months, question)) {
      const found: FoundFix[] = [];
      for (let place = 0; place < block.length; place++) {
        const fix = this.found(registry, block, place, question.shape, among);
        if (fix) found.push(fix);
        if (take.isTime()) await take.breath();
      }
      yield found;
    }
  }

  /**
   * Animals that may have a fix in a shape in a time, in the order of their ids: all that have, and some that have not.
   *
   * @param after only ids that are greater
   */
  async candidates(grant: PositionGrant, registry: Registry, question: PlaceQuestion): Promise<string[]> {
    const animals = [...(question.animals ?? registry.animals().map(({ id }) => id))].sort();
    const { shape } = question;
    const spans = new Map(animals.map((animal) => [animal, spansOf(registry, animal, question.from, question.to)]));
    if (shape === null || animals.length <= FEW_SPANS || cellCount(shape.bounds) > MANY_CELLS)
      return animals.filter((animal) => spans.get(animal)!.length > 0);
    const seen = new Set<string>();
    const ranges = cellRanges(shape.bounds);
    for (const window of grouped(await this.monthsOf([...spans.values()].flat(), question))) {
      const unseen = new Map<number, string[]>();
      for (const [animal, list] of spans)
        for (const span of seen.has(animal) ? [] : list)
          if (span.from < window.to && (span.to ?? Infinity) > window.from)
            unseen.set(span.collarId, [...(unseen.get(span.collarId) ?? []), animal]);
      if (unseen.size === 0) continue;
      const query = queryOf({ ...question, after: null }, window, 0);
      for (const collar of await this.store.collarsSeen(grant, ranges, [...unseen.keys()], query))
        for (const animal of unseen.get(collar) ?? []) seen.add(animal);
    }
    return animals.filter((animal) => seen.has(animal));
  }

  private found(
    registry: Registry,
    block: PlaceBlock,
    place: number,
    shape: Shape | null,
    among: ReadonlySet<string> | null,
  ): FoundFix | null {
    const [at, collarId] = [block.at[place]!, block.collarId[place]!];
    const animal = registry.animalAt(collarId, at);
    if (animal === null || (among !== null && !among.has(animal))) return null;
    const fix = { animal, at, collarId, lon: block.lon[place]!, lat: block.lat[place]! };
    return shape === null || shape.polygon === null || shape.contains(fix) ? fix : null;
  }

  private async *read(
    grant: PositionGrant,
    spans: readonly Span[],
    months: readonly Window[],
    question: PlaceQuestion,
  ): AsyncGenerator<PlaceBlock, void, void> {
    const { shape, wanted = Infinity } = question;
    const isLarge = shape !== null && cellCount(shape.bounds) > MANY_CELLS;
    const keyOnly = shape === null || spans.length <= FEW_SPANS;
    const limit = Math.max(LEAST_ROWS, Math.min(MOST_ROWS, wanted + 1));
    let byKey = keyOnly || isLarge;
    const longestMs = spans.length <= FEW_SPANS ? LONGEST_OF_FEW_MS : LONGEST_SLICE_MS;
    let sliceMs = spans.length <= FEW_SPANS ? LONGEST_SLICE_MS : DAY_MS;
    let group = 1;
    let after = question.after ?? null;
    for (let left: readonly Window[] = months; left.length > 0;) {
      const window = byKey ? sliceOf(left, sliceMs) : groupOf(left, group);
      const query = queryOf({ ...question, after }, window, limit);
      const block = await (byKey
        ? this.store.byKeys(grant, spans, query)
        : this.store.byCells(grant, cellRanges(shape!.bounds), query));
      yield block;
      const isFull = block.length === limit;
      const last = block.length - 1;
      if (isFull) after = { at: block.at[last]!, collarId: block.collarId[last]! };
      if (byKey) sliceMs = Math.min(longestMs, block.length * 3 < limit ? sliceMs * 2 : sliceMs);
      else group = isFull ? 1 : Math.min(MOST_MONTHS, group * 2);
      left = restOf(left, isFull ? after!.at : window.to);
      if (isLarge && !keyOnly) byKey = byKey ? perDay(block, window) >= SPARSE_PER_DAY : isFull;
    }
  }

  /** The months that there may be an answer in, cut to the period and to when collars were worn. */
  private async monthsOf(spans: readonly Span[], { from, to, after }: PlaceQuestion): Promise<Window[]> {
    const begin = Math.max(from ?? -Infinity, after?.at ?? -Infinity, least(spans.map((span) => span.from)));
    const end = Math.min(to ?? Infinity, -least(spans.map((span) => -(span.to ?? Infinity))));
    const months = await this.store.months();
    return months
      .map((month) => ({ from: Math.max(month.from, begin), to: Math.min(month.to, end) }))
      .filter((month) => month.from < month.to);
  }
}

function queryOf({ shape, doubted, asOf, after }: PlaceQuestion, window: Window, limit: number): PlaceQuery {
  return {
    window,
    bounds: shape?.bounds ?? null,
    after: after ?? null,
    doubted: doubted ?? false,
    receivedBy: asOf ?? null,
    limit,
  };
}

function sliceOf(months: readonly Window[], sliceMs: number): Window {
  const { from } = months[0]!;
  return { from, to: Math.min(months.at(-1)!.to, from + sliceMs) };
}

/** The first months as one, so many of them; where one is missing between, nothing is lost. */
function groupOf(months: readonly Window[], count: number): Window {
  return { from: months[0]!.from, to: months[Math.min(count, months.length) - 1]!.to };
}

/** All months in groups that double, so that what is found early spares the rest. */
function* grouped(months: readonly Window[]): Generator<Window, void, void> {
  for (let begin = 0, count = 1; begin < months.length; begin += count, count = Math.min(MOST_MONTHS, count * 2))
    yield groupOf(months.slice(begin), count);
}

function restOf(months: readonly Window[], from: EpochMs): Window[] {
  return months.filter(({ to }) => to > from).map((month) => ({ ...month, from: Math.max(month.from, from) }));
}

function perDay({ length, at }: PlaceBlock, { from, to }: Window): number {
  const end = length > 0 ? Math.max(at[length - 1]! - from, 1) : to - from;
  return (length * DAY_MS) / Math.max(end, 1);
}

function least(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => Math.min(a, b), Infinity);
}
