import type { EpochMs } from '../../domain/fix.ts';
import type { Registry } from '../../registry/registry.ts';
import { type Span, spansOf } from '../span.ts';

/** A span of an animal. */
export interface AnimalSpan extends Span {
  readonly animal: string;
}

/** Spans of all animals, by animal and then by time. */
export function spansOfAll(registry: Registry, from?: EpochMs, to?: EpochMs): AnimalSpan[] {
  const animals = registry.animals().map(({ id }) => id);
  animals.sort((a, b) => (a < b ? -1 : 1));
  return animals.flatMap((animal) => spansOf(registry, animal, from, to).map((span) => ({ ...span, animal })));
}
