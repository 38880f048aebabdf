import type { Principal } from '../../access/principal.ts';
import type { PositionGrant } from '../../access/visibility.ts';
import type { EpochMs } from '../../domain/fix.ts';
import type { Bounds } from '../../domain/geo/bounds.ts';
import type { Registry } from '../../registry/registry.ts';

/** Who asks, with what they may see and the registry as it is now. */
export interface Asker {
  readonly principal: Principal;
  readonly grant: PositionGrant;
  readonly registry: Registry;
}

/** A time of the past, half open. */
export interface During {
  readonly from: EpochMs;
  /** Infinity: without an end. */
  readonly to: EpochMs;
}

/** Which features of a collection. */
export interface FeatureQuery {
  readonly bbox: Bounds | null;
  readonly during: During | null;
  readonly limit: number;
  /** Where the page before ended, as it said. */
  readonly after: string | null;
  /** Properties and the values they must have. */
  readonly where: Readonly<Record<string, string>>;
}

/** A page of features. */
export interface FeaturePage {
  /** GeoJSON features, joined by commas. */
  readonly text: string;
  readonly count: number;
  /** All that match, on whatever page; null: to count them would take long. */
  readonly matched: number | null;
  /** What `after` says for the next page; null: this is the last one. */
  readonly next: string | null;
}

/** Where the features of a collection are in space and time; null: there is none. */
export interface Extent {
  readonly bounds: Bounds | null;
  readonly interval: readonly [from: EpochMs | null, to: EpochMs | null] | null;
}

/** The features of one collection. */
export interface FeatureSource {
  /** @throws Problem 400 for an `after` that is none of its own */
  page(asker: Asker, query: FeatureQuery): Promise<FeaturePage>;
  /** One feature as GeoJSON; null: there is no such feature. */
  one(asker: Asker, id: string): Promise<string | null>;
  extent(asker: Asker): Promise<Extent>;
}

/** A page is cut short when it is as long as this: farms may have long borders. Characters. */
const PAGE_CHARS = 8_388_608;

/** Features of a list in the order of their ids, made into text one by one. */
export function pageOfList<Item extends { readonly id: string }>(
  items: readonly Item[],
  { limit, after }: Pick<FeatureQuery, 'limit' | 'after'>,
  textOf: (item: Item) => string,
): FeaturePage {
  const ordered = [...items].sort((a, b) => (a.id < b.id ? -1 : 1));
  const left = after === null ? ordered : ordered.filter(({ id }) => id > after);
  const texts: string[] = [];
  let chars = 0;
  for (const item of left.slice(0, limit)) {
    if (chars > PAGE_CHARS) break;
    const text = textOf(item);
    texts.push(text);
    chars += text.length;
  }
  const last = left[texts.length - 1];
  return {
    text: texts.join(','),
    count: texts.length,
    matched: items.length,
    next: last !== undefined && texts.length < left.length ? last.id : null,
  };
}
