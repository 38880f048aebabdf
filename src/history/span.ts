import type { EpochMs } from '../domain/fix.ts';
import type { Registry } from '../registry/registry.ts';

/** A collar for a while: where to look for the fixes of an animal. Half open. */
export interface Span {
  readonly collarId: number;
  readonly serial: string;
  readonly from: EpochMs;
  /** null: without an end. */
  readonly to: EpochMs | null;
}

/** Where the fixes of an animal are, in the order of time, of those between `from` and `to` if given. */
export function spansOf(registry: Registry, animal: string, from?: EpochMs, to?: EpochMs): Span[] {
  const spans = registry.deploymentsOf(animal).map((deployment): Span => ({
    collarId: deployment.collarId,
    serial: registry.collarById(deployment.collarId)?.serial ?? '',
    from: Math.max(deployment.from, from ?? -Infinity),
    to: least(deployment.to, to ?? null),
  }));
  return spans.filter((span) => span.to === null || span.from < span.to);
}

function least(one: EpochMs | null, other: EpochMs | null): EpochMs | null {
  return one === null ? other : other === null ? one : Math.min(one, other);
}
