import type { Registry } from '../registry/registry.ts';
import { staminaOf } from '../registry/stamina.ts';
import type { Watched } from '../rules/rule.ts';
import { Places } from './places.ts';
import type { ActiveRule, RuleBook } from './rule-book.ts';
import type { World } from './watch.ts';

/** The world as the registry and the rules have it now. */
export function worldOf(registry: Registry, book: RuleBook): World {
  const watched = new Map<string, Watched>();
  return {
    rules: book.rules,
    lookbackMs: book.lookbackMs,
    places: new Places(registry.farms(), registry.areas(), book.rules),
    watched(animal, collarId) {
      const key = `${animal}\n${collarId}`;
      const known = watched.get(key) ?? watchedOf(registry, animal, collarId);
      watched.set(key, known);
      return known;
    },
  };
}

function watchedOf(registry: Registry, animal: string, collarId: number): Watched {
  const stored = registry.animal(animal);
  const collar = registry.collarById(collarId);
  const text = (value: unknown) => (typeof value === 'string' ? value : null);
  return {
    id: animal,
    species: text(stored?.details['species']),
    group: text(stored?.details['group']),
    stamina: staminaOf({ details: stored?.details ?? {} }),
    collar: { serial: collar?.serial ?? '', fixIntervalS: collar?.fixIntervalS ?? null },
  };
}

/** By which rule an alert of an animal about a place may be judged; null: it is off there, or the place is no more. */
export function judgedBy(
  world: World,
  animal: string,
  collarId: number,
  name: string,
  place: string,
): ActiveRule | null {
  const active = world.rules.find(({ rule }) => rule.name === name);
  if (!active || world.places.byId(active.rule.about, place) === undefined) return null;
  return active.settingsFor(world.watched(animal, collarId), place) === undefined ? null : active;
}
