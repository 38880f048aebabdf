import { Injectable } from '@nestjs/common';
import { bounds } from '../../domain/geo/bounds.ts';
import type { StoredAnimal } from '../../registry/stored.ts';
import { boxShape } from '../places/shape.ts';
import { spansOf } from '../span.ts';
import {
  type Asker,
  type Extent,
  type FeaturePage,
  type FeatureQuery,
  type FeatureSource,
  pageOfList,
} from './feature-source.ts';
import { type NewestFix, FixFeatureStore } from './fix-features.store.ts';

interface Placed {
  readonly id: string;
  readonly animal: StoredAnimal;
  readonly fix: NewestFix | null;
}

/** Animals as features, each where it was last seen. One that never was has no geometry and no time: any place and time is its own. */
@Injectable()
export class AnimalFeatures implements FeatureSource {
  constructor(private readonly store: FixFeatureStore) {}

  async page(asker: Asker, query: FeatureQuery): Promise<FeaturePage> {
    const { bbox, during, where } = query;
    const box = bbox && boxShape(bbox);
    const animals = asker.registry.animals().filter((animal) => {
      if (where['animal'] !== undefined && where['animal'] !== animal.id) return false;
      return where['species'] === undefined || where['species'] === textOr(animal.details['species']);
    });
    const placed = (await this.placed(asker, animals)).filter(({ fix }) => {
      if (where['collar'] !== undefined && where['collar'] !== fix?.collar) return false;
      if (fix === null) return true;
      if (during !== null && (fix.at < during.from || fix.at >= during.to)) return false;
      return box === null || box.contains(fix);
    });
    return pageOfList(placed, query, textOf);
  }

  async one(asker: Asker, id: string): Promise<string | null> {
    const animal = asker.registry.animal(id);
    if (!animal) return null;
    const [placed] = await this.placed(asker, [animal]);
    return placed ? textOf(placed) : null;
  }

  async extent(asker: Asker): Promise<Extent> {
    const fixes = (await this.placed(asker, asker.registry.animals())).flatMap(({ fix }) => fix ?? []);
    if (fixes.length === 0) return { bounds: null, interval: null };
    const coordinates = fixes.map(({ lon, lat }) => [[[lon, lat]]]);
    const times = fixes.map(({ at }) => at);
    const [first, last] = times.reduce(([a, b], at) => [Math.min(a, at), Math.max(b, at)], [Infinity, -Infinity]);
    return { bounds: bounds({ type: 'MultiPolygon', coordinates }), interval: [first, last] };
  }

  private async placed({ grant, registry }: Asker, animals: readonly StoredAnimal[]): Promise<Placed[]> {
    const spans = animals.flatMap(({ id }) => spansOf(registry, id).map((span) => ({ ...span, animal: id })));
    const newest = new Map((await this.store.newest(grant, spans)).map((fix) => [fix.animal, fix]));
    return animals.map((animal) => ({ id: animal.id, animal, fix: newest.get(animal.id) ?? null }));
  }
}

function textOf({ animal: { id, name, details }, fix }: Placed): string {
  return JSON.stringify({
    type: 'Feature',
    id,
    geometry: fix && { type: 'Point', coordinates: [fix.lon, fix.lat] },
    properties: {
      animal: id,
      name,
      species: textOr(details['species']),
      sex: textOr(details['sex']),
      collar: fix && fix.collar,
      at: fix && new Date(fix.at).toISOString(),
      receivedAt: fix && new Date(fix.receivedAt).toISOString(),
    },
  });
}

/** Details are as they were given: only a text stands in a table's column. */
function textOr(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
