import { Injectable } from '@nestjs/common';
import type { Bounds } from '../../domain/geo/bounds.ts';
import type { Registry } from '../../registry/registry.ts';
import { type FoundFix, PlaceReader } from '../places/place-reader.ts';
import type { PlaceKey } from '../places/places.store.ts';
import { boxShape } from '../places/shape.ts';
import { unknownPlace } from './cursor.ts';
import type { Asker, FeaturePage, FeatureQuery } from './feature-source.ts';
import { FixFeatureStore } from './fix-features.store.ts';

/** Fixes in a box as features, by time and then by collar: by whichever index is quicker for the box. */
@Injectable()
export class FixesInBox {
  constructor(
    private readonly reader: PlaceReader,
    private readonly store: FixFeatureStore,
  ) {}

  async page({ grant, registry }: Asker, query: FeatureQuery, bbox: Bounds): Promise<FeaturePage> {
    const { during, limit, after, where } = query;
    const collar = where['collar'] === undefined ? undefined : registry.collar(where['collar']);
    const place = after === null ? null : readAfter(registry, after);
    const question = {
      shape: boxShape(bbox),
      from: during && Number.isFinite(during.from) ? during.from : undefined,
      to: during && Number.isFinite(during.to) ? during.to : undefined,
      animals: animalsOf(registry, where, collar?.id),
      doubted: where['doubts'] === 'with',
      after: place,
      wanted: limit,
    };
    const found: FoundFix[] = [];
    for await (const block of this.reader.blocks(grant, registry, question)) {
      for (const fix of block)
        if (found.length <= limit && (collar === undefined || fix.collarId === collar.id)) found.push(fix);
      if (found.length > limit) break;
    }
    const shown = found.slice(0, limit).map((fix) => ({ ...fix, serial: serialOf(registry, fix.collarId) }));
    const last = found.length > limit ? shown.at(-1) : undefined;
    return {
      text: await this.store.these(grant, shown),
      count: shown.length,
      // To count them all takes as long as to read them; of what is here as a whole the number is known.
      matched: after === null && !last ? shown.length : null,
      next: last ? `${last.at}_${last.serial}` : null,
    };
  }
}

/** undefined: all animals. */
function animalsOf(registry: Registry, where: FeatureQuery['where'], collarId?: number): readonly string[] | undefined {
  const { animal, collar } = where;
  if (animal === undefined && collar === undefined) return undefined;
  const wore =
    collar === undefined
      ? null
      : new Set((collarId === undefined ? [] : registry.deploymentsOfCollar(collarId)).map((worn) => worn.animal));
  const asked = animal === undefined ? [...(wore ?? [])] : registry.animal(animal) ? [animal] : [];
  return asked.filter((id) => wore === null || wore.has(id));
}

function serialOf(registry: Registry, collarId: number): string {
  return registry.collarById(collarId)?.serial ?? '';
}

/** The time and the collar of a page's last fix. */
function readAfter(registry: Registry, after: string): PlaceKey {
  const match = /^(-?\d{1,15})_([A-Za-z0-9._-]{1,64})$/.exec(after);
  const at = Number(match?.[1]);
  const collar = registry.collar(match?.[2] ?? '');
  if (!collar || Number.isNaN(new Date(at).getTime())) throw unknownPlace();
  return { at, collarId: collar.id };
}
