import type { Registry } from '../registry/registry.ts';
import type { StoredAnimal, StoredCollar } from '../registry/stored.ts';
import { freeName, idOf, serialOf } from './names.ts';

type Said = Readonly<Record<string, string>>;

/**
 * Which animal and collar is meant by the names in a file: what the importer says, else who is registered by that name, else a new
 * id made from it. Asked in the same order with the same registry it answers the same, and so it does after the new ones were made.
 */
export class ImportNames {
  private readonly animals = new Map<string, string>();
  private readonly collars = new Map<string, string>();
  private readonly taken = { animals: new Set<string>(), collars: new Set<string>() };
  private readonly animalsByName: ReadonlyMap<string, StoredAnimal>;
  private readonly collarsByTag: ReadonlyMap<unknown, StoredCollar>;

  constructor(
    private readonly registry: Registry,
    private readonly saidAnimals: Said,
    private readonly saidCollars: Said,
  ) {
    this.animalsByName = new Map(registry.animals().map((animal) => [animal.name, animal]));
    this.collarsByTag = new Map(registry.collars().map((collar) => [collar.details['tag'], collar]));
  }

  /** The id of the animal that a file calls so. */
  animal(name: string): string {
    const known = this.animals.get(name);
    if (known !== undefined) return known;
    const id = this.saidAnimals[name] ?? this.animalsByName.get(name.slice(0, 200))?.id ?? this.newAnimal(name);
    this.animals.set(name, id);
    this.taken.animals.add(id);
    return id;
  }

  /** The serial of the collar that a file calls so. */
  collar(tag: string): string {
    const known = this.collars.get(tag);
    if (known !== undefined) return known;
    const serial = this.saidCollars[tag] ?? this.collarsByTag.get(tag)?.serial ?? this.newCollar(tag);
    this.collars.set(tag, serial);
    this.taken.collars.add(serial);
    return serial;
  }

  private newAnimal(name: string): string {
    // An id that is written as the name is the animal itself, whatever it is called there.
    if (this.registry.animal(name) && !this.taken.animals.has(name)) return name;
    return freeName(idOf(name), (id) => this.taken.animals.has(id) || this.registry.animal(id) !== undefined, 63);
  }

  private newCollar(tag: string): string {
    const serial = serialOf(tag);
    if (serial === tag && !this.taken.collars.has(tag)) return tag;
    return freeName(serial, (one) => this.taken.collars.has(one) || this.registry.collar(one) !== undefined, 64);
  }
}
