import { Injectable } from '@nestjs/common';
import type { EpochMs } from '../../domain/fix.ts';
import { Serial } from '../../domain/id.ts';
import { Moment } from '../../domain/moment.ts';
import type { Registry } from '../../registry/registry.ts';
import { unknownPlace } from './cursor.ts';
import type { Asker, Extent, FeaturePage, FeatureQuery, FeatureSource } from './feature-source.ts';
import { FixExtent } from './fix-extent.ts';
import { FixFeatureStore } from './fix-features.store.ts';
import { FixesInBox } from './fixes-in-box.ts';
import { type AnimalSpan, spansOfAll } from './spans-of-all.ts';

/** Spans asked of the database at once: the first alone, for it is mostly enough, then more and more of them. */
const MAX_SPANS = 64;

/**
 * Fixes as features, by animal and then by time; in a box, by time. A page begins after the animal and the time where the one before ended, so that a fix
 * that arrives meanwhile moves no other from page to page.
 */
@Injectable()
export class FixFeatures implements FeatureSource {
  constructor(
    private readonly store: FixFeatureStore,
    private readonly box: FixesInBox,
    private readonly extents: FixExtent,
  ) {}

  page(asker: Asker, query: FeatureQuery): Promise<FeaturePage> {
    return query.bbox === null ? this.pageOfAll(asker, query) : this.box.page(asker, query, query.bbox);
  }

  private async pageOfAll({ grant, registry }: Asker, query: FeatureQuery): Promise<FeaturePage> {
    const { limit, after, where } = query;
    const doubted = where['doubts'] === 'with';
    const spans = spansAfter(askedSpans(registry, query), after === null ? null : readAfter(after));
    const texts: string[] = [];
    let left = limit;
    let last: { readonly animal: string; readonly at: EpochMs } | null = null;
    let more = false;
    for (let begin = 0, step = 1; begin < spans.length && !more; begin += step, step = Math.min(MAX_SPANS, 2 * step)) {
      const part = await this.store.features(grant, spans.slice(begin, begin + step), { doubted, limit: left });
      if (part.count > 0) texts.push(part.text);
      left -= part.count;
      last = part.last ?? last;
      more = part.more;
    }
    const count = limit - left;
    return {
      text: texts.join(','),
      count,
      // To count millions takes seconds; of what is here as a whole the number is known.
      matched: after === null && !more ? count : null,
      next: more && last ? `${last.animal}@${last.at}` : null,
    };
  }

  async one({ grant, registry }: Asker, id: string): Promise<string | null> {
    const cut = id.lastIndexOf('@');
    const at = Moment.safeParse(id.slice(cut + 1));
    const collar = Serial.safeParse(id.slice(0, Math.max(0, cut))).success
      ? registry.collar(id.slice(0, cut))
      : undefined;
    if (!at.success || !collar || new Date(at.data).toISOString() !== id.slice(cut + 1)) return null;
    const animal = registry.animalAt(collar.id, at.data);
    if (animal === null) return null;
    const span = { animal, collarId: collar.id, serial: collar.serial, from: at.data, to: at.data + 1 };
    return this.store.one(grant, span, at.data);
  }

  extent({ grant, registry }: Asker): Promise<Extent> {
    return this.extents.extent(grant, registry);
  }
}

function askedSpans(registry: Registry, { during, where }: FeatureQuery): AnimalSpan[] {
  const to = during === null || during.to === Infinity ? undefined : during.to;
  return spansOfAll(registry, during?.from, to).filter(({ animal, serial }) => {
    if (where['animal'] !== undefined && where['animal'] !== animal) return false;
    return where['collar'] === undefined || where['collar'] === serial;
  });
}

function spansAfter(spans: readonly AnimalSpan[], after: ReturnType<typeof readAfter> | null): readonly AnimalSpan[] {
  if (after === null) return spans;
  return spans.flatMap((span) => {
    if (span.animal !== after.animal) return span.animal > after.animal ? [span] : [];
    if (span.to !== null && span.to <= after.at + 1) return [];
    return [{ ...span, from: Math.max(span.from, after.at + 1) }];
  });
}

/** The animal and the time of a page's last fix: at one moment an animal wears one collar. */
function readAfter(after: string): { readonly animal: string; readonly at: EpochMs } {
  const match = /^([a-z0-9][a-z0-9-]{0,62})@(-?\d{1,15})$/.exec(after);
  const at = Number(match?.[2]);
  if (match?.[1] === undefined || Number.isNaN(new Date(at).getTime())) throw unknownPlace();
  return { animal: match[1], at };
}
