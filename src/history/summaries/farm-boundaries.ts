import { Injectable } from '@nestjs/common';
import { prepareBoundary } from '../../domain/geo/boundary.ts';
import type { MeasuredFarm } from '../../domain/movement/farm-distance.ts';
import type { Registry } from '../../registry/registry.ts';
import type { StoredFarm } from '../../registry/stored.ts';
import type { AtEase } from './at-ease.ts';

/** Farms prepared for measuring: each once, for as long as the registry holds it. */
@Injectable()
export class FarmBoundaries {
  private readonly prepared = new WeakMap<StoredFarm, MeasuredFarm>();

  async of(registry: Registry, ease: AtEase): Promise<MeasuredFarm[]> {
    const farms: MeasuredFarm[] = [];
    for (const farm of registry.farms()) {
      let measured = this.prepared.get(farm);
      if (!measured) {
        measured = { id: farm.id, name: farm.name, boundary: prepareBoundary(farm.boundary) };
        this.prepared.set(farm, measured);
        await ease.pause();
      }
      farms.push(measured);
    }
    return farms;
  }
}
