import { Injectable } from '@nestjs/common';
import type { MultiPolygon, Polygon, Position } from 'geojson';
import { bounds } from '../../domain/geo/bounds.ts';
import { farmOut } from '../../registry/documents.ts';
import type { Registry } from '../../registry/registry.ts';
import type { StoredFarm } from '../../registry/stored.ts';
import {
  type Asker,
  type Extent,
  type FeaturePage,
  type FeatureQuery,
  type FeatureSource,
  pageOfList,
} from './feature-source.ts';
import { reachesBox } from './in-box.ts';

/** Farms as features. They have no time: any time is theirs. */
@Injectable()
export class FarmFeatures implements FeatureSource {
  page({ registry }: Asker, query: FeatureQuery): Promise<FeaturePage> {
    const { bbox, where } = query;
    const farms = registry.farms().filter(({ id, boundary }) => {
      if (where['farm'] !== undefined && where['farm'] !== id) return false;
      return bbox === null || reachesBox(boundary, bbox);
    });
    return Promise.resolve(pageOfList(farms, query, textOf));
  }

  one({ registry }: Asker, id: string): Promise<string | null> {
    const farm = registry.farm(id);
    return Promise.resolve(farm ? textOf(farm) : null);
  }

  extent({ registry }: Asker): Promise<Extent> {
    return Promise.resolve({ bounds: boundsOfFarms(registry), interval: null });
  }
}

/** The least box around all farms; null: there is none. */
export function boundsOfFarms(registry: Registry): Extent['bounds'] {
  const coordinates = registry.farms().flatMap(({ boundary }) => polygonsOf(boundary));
  return coordinates.length === 0 ? null : bounds({ type: 'MultiPolygon', coordinates });
}

function polygonsOf(boundary: Polygon | MultiPolygon): Position[][][] {
  return boundary.type === 'Polygon' ? [boundary.coordinates] : boundary.coordinates;
}

function textOf(farm: StoredFarm): string {
  const { properties, ...feature } = farmOut(farm);
  return JSON.stringify({ ...feature, properties: { ...properties, farm: farm.id } });
}
