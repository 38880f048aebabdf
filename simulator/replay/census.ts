import type { EpochMs } from '../../src/domain/fix.ts';
import type { Wearer } from './movebank.ts';

/** An animal of the file in one collar, with the span of its rows. */
export interface Wearing {
  readonly animal: string;
  readonly serial: string;
  readonly name: string;
  readonly taxon: string | undefined;
  first: EpochMs;
  last: EpochMs;
}

/** A tag's identifier as a serial: what a serial may not hold becomes a hyphen. */
export function serialOf(tag: string): string {
  return (
    tag
      .normalize('NFKD')
      .replace(/[^A-Za-z0-9._-]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 64) || 'tag'
  );
}

/** An individual's identifier as an id: lower case, what an id may not hold becomes a hyphen. */
export function idOf(individual: string): string {
  const plain = individual.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  return (
    plain
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 63)
      .replace(/-+$/, '') || 'animal'
  );
}

/** Gives every identifier of a file a name of its own. */
class Names {
  private readonly byIdentifier = new Map<string, string>();
  private readonly taken = new Set<string>();

  constructor(
    private readonly shape: (identifier: string) => string,
    private readonly longest: number,
  ) {}

  of(identifier: string): string {
    const known = this.byIdentifier.get(identifier);
    if (known !== undefined) return known;
    const wanted = this.shape(identifier);
    let name = wanted;
    for (let i = 2; this.taken.has(name); i += 1) name = `${wanted.slice(0, this.longest - 1 - String(i).length)}-${i}`;
    this.taken.add(name);
    this.byIdentifier.set(identifier, name);
    return name;
  }

  /** Identifiers that had to be changed, as `from → to`. */
  changed(): string[] {
    return [...this.byIdentifier].filter(([from, to]) => from !== to).map(([from, to]) => `${from} → ${to}`);
  }
}

/** Who is in the file, in which collar, from when to when. Grows with the animals, not with the rows. */
export class Census {
  private readonly serials = new Names(serialOf, 64);
  private readonly ids = new Names(idOf, 63);
  private readonly wearings = new Map<string, Wearing>();

  /** Counts a row. @returns its collar's serial */
  add({ tag, individual, taxon }: Wearer, at: EpochMs): string {
    const key = JSON.stringify([tag, individual]);
    let wearing = this.wearings.get(key);
    if (wearing === undefined) {
      wearing = {
        animal: this.ids.of(individual),
        serial: this.serials.of(tag),
        name: individual,
        taxon,
        first: at,
        last: at,
      };
      this.wearings.set(key, wearing);
    }
    wearing.first = Math.min(wearing.first, at);
    wearing.last = Math.max(wearing.last, at);
    return wearing.serial;
  }

  all(): Wearing[] {
    return [...this.wearings.values()];
  }

  /** Tags whose serial is not their identifier. */
  changedSerials(): string[] {
    return this.serials.changed();
  }
}
