import { Injectable } from '@nestjs/common';
import { type PositionGrant, viewGranted } from '../access/visibility.ts';
import type { Visible } from '../access/visible.ts';
import type { EpochMs } from '../domain/fix.ts';
import type { Registry } from '../registry/registry.ts';
import { KnownThen } from './known-then.ts';
import { type NamedFixKey, type NamedSpan, PositionsStore, type PositionText } from './positions.store.ts';
import { spansOf } from './span.ts';

/** Nearly every animal that wears a collar has been heard of since. */
const RECENT_MS = 40 * 86_400_000;
/** Animals asked for at once when the past is asked for: each takes some statements, and connections are few. */
const AT_ONCE = 3;

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
    const found = new Set(recent.map(({ animal }) => animal));
    const older = await this.store.newest(
      grant,
      spans.filter(({ animal }) => !found.has(animal)),
      null,
    );
    return collection(grant, [...recent, ...older]);
  }

  /** The same as it was known at a moment. */
  async newestThen(grant: PositionGrant, registry: Registry, asOf: EpochMs): Promise<Visible<string>> {
    const keys: NamedFixKey[] = [];
    const left = [...registry.animals()];
    const work = async () => {
      for (let animal = left.pop(); animal; animal = left.pop()) {
        const block = await this.knownThen.newest(grant, registry, animal.id, asOf);
        const collar = block && registry.collar(block.collar);
        if (!block || !collar) continue;
        keys.push({
          animal: animal.id,
          name: animal.name,
          serial: block.collar,
          collarId: collar.id,
          at: block.at[0]!,
        });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return collection(grant, await this.store.features(grant, keys));
  }
}

function collection(grant: PositionGrant, positions: readonly PositionText[]): Visible<string> {
  const inOrder = [...positions].sort((a, b) => (a.animal < b.animal ? -1 : 1));
  return viewGranted(
    grant,
    `{"type":"FeatureCollection","features":[${inOrder.map(({ feature }) => feature).join(',')}]}`,
  );
}
