import { Problem } from '../domain/problem.ts';
import type { Registry } from './registry.ts';
import type { StoredAnimal } from './stored.ts';

/** What is told of an animal that is not registered. */
export function unknownAnimal(): Problem {
  return new Problem(404, 'unknown-animal', 'There is no such animal.');
}

/** @throws Problem 404 for one that is not registered */
export function knownAnimal(registry: Registry, id: string): StoredAnimal {
  const animal = registry.animal(id);
  if (!animal) throw unknownAnimal();
  return animal;
}

/** @throws Problem 404 that names the first which is not registered */
export function knownAnimals(registry: Registry, ids: readonly string[]): readonly StoredAnimal[] {
  return ids.map((id) => {
    const animal = registry.animal(id);
    if (!animal) throw new Problem(404, 'unknown-animal', `There is no animal ${id}.`);
    return animal;
  });
}
