import { Injectable } from '@nestjs/common';
import { type PositionGrant, viewGranted } from '../access/visibility.ts';
import type { Visible } from '../access/visible.ts';
import type { EpochMs } from '../domain/fix.ts';
import type { Registry } from '../registry/registry.ts';
import { KnownThen } from './known-then.ts';
import { type NamedFixKey, type NamedSpan, PositionsStore, type PositionsText } from './positions.store.ts';
import { spansOf } from './span.ts';

/** Nearly every animal that wears a collar has been heard of since. */
const RECENT_MS = 40 * 86_400_000;

/** Where each animal is, or was thought to be. */
@Injectable()
export class Positions {
  constructor(
    private readonly store: PositionsStore,
    private readonly knownThen: KnownThen,
  ) {}

  /** The newest undoubted fix of each animal, as a FeatureCollection. */
  async newest(grant: PositionGrant, registry: Registry, now: EpochMs): Promise<Visible<string>> {
    const spans = registry
      .animals()
      .flatMap(({ id, name }) => spansOf(registry, id).map((span): NamedSpan => ({ ...span, animal: id, name })));
    const since = now - RECENT_MS;
    const recent = await this.store.newest(
      grant,
      spans.filter(({ to }) => to === null || to > since),
      since,
    );
    const found = new Set(recent.animals);
    const older = await this.store.newest(
      grant,
      spans.filter(({ animal }) => !found.has(animal)),
      null,
    );
    return collection(grant, recent, older);
  }

  /** The same as it was known at a moment. */
  async newestThen(grant: PositionGrant, registry: Registry, asOf: EpochMs): Promise<Visible<string>> {
    const ids = registry.animals().map(({ id }) => id);
    const newest = await this.knownThen.newest(grant, registry, ids, asOf);
    const keys = registry.animals().flatMap(({ id, name }): NamedFixKey[] => {
      const block = newest.get(id);
      const collar = block && registry.collar(block.collar);
      return collar ? [{ animal: id, name, serial: collar.serial, collarId: collar.id, at: block.at[0]! }] : [];
    });
    return collection(grant, await this.store.features(grant, keys));
  }
}

/** In the order of the animals. */
function collection(grant: PositionGrant, ...parts: readonly PositionsText[]): Visible<string> {
  const found = parts.filter(({ animals }) => animals.length > 0);
  const [first] = found;
  const features =
    found.length === 1 && first
      ? first.features
      : found
          .flatMap(({ animals, features }) =>
            features.split('\n').map((feature, place) => ({ animal: animals[place]!, feature })),
          )
          .sort((a, b) => (a.animal < b.animal ? -1 : 1))
          .map(({ feature }) => feature)
          .join('\n');
  return viewGranted(grant, `{"type":"FeatureCollection","features":[${features.replaceAll('\n', ',')}]}`);
}
