import type { EpochMs } from '../domain/fix.ts';
import { Problem } from '../domain/problem.ts';
import { planDeployments } from '../registry/deployment-plan.ts';
import type { Registry } from '../registry/registry.ts';
import { AnimalDocument, type DeploymentDocument } from '../registry/reserve.ts';
import { ImportNames } from './import-names.ts';
import type { ReferenceData } from './reading/reference.ts';

/** A tag on an animal, as far as a file has rows of both. */
export interface Wearing {
  readonly tag: string;
  readonly animal: string | null;
  /** Times of its first and last row; null: none. */
  readonly first: EpochMs | null;
  readonly last: EpochMs | null;
  readonly line: number;
}

export interface PlanInput {
  readonly wearings: readonly Wearing[];
  readonly reference: ReferenceData | null;
  /** Whether what is missing may be made. */
  readonly create: boolean;
  /** Which animal or collar is meant by a name of the file, where the importer says so. */
  readonly animals: Readonly<Record<string, string>>;
  readonly collars: Readonly<Record<string, string>>;
  readonly registry: Registry;
}

interface NewCollar {
  readonly serial: string;
  readonly format: string;
  readonly secret: null;
  readonly [detail: string]: unknown;
}

/** What an import makes in the registry before its first row is stored. */
export interface Plan {
  readonly animals: readonly AnimalDocument[];
  readonly collars: readonly NewCollar[];
  readonly deployments: readonly DeploymentDocument[];
  /** What it needs and may not make, or what contradicts the registry, each a sentence; none: it can be done. */
  readonly missing: readonly string[];
  readonly names: ImportNames;
}

/** Missing things told at most; the rest is counted. */
const MAX_MISSING = 100;

/**
 * What must be in the registry for a file's rows: what the reference names, else what the rows themselves do. The same file and
 * registry give the same plan, and after it was done an empty one.
 */
export function planRegistry(input: PlanInput): Plan {
  const names = new ImportNames(input.registry, input.animals, input.collars);
  const planner = new Planner(input, names);
  for (const animal of input.reference?.animals ?? [])
    planner.needAnimal(animal.name, animal.line, { species: animal.taxon, sex: animal.sex });
  for (const collar of input.reference?.collars ?? [])
    planner.needCollar(collar.tag, collar.line, { maker: collar.maker, model: collar.model });
  for (const { tag, animal, line } of input.wearings) {
    planner.needCollar(tag, line, {});
    if (animal !== null) planner.needAnimal(animal, line, {});
  }
  planner.deploy();
  return planner.plan();
}

interface Worn {
  readonly animal: string;
  readonly collar: string;
  readonly from: EpochMs;
  readonly to: EpochMs | null;
}

class Planner {
  private readonly animals = new Map<string, AnimalDocument>();
  private readonly collars = new Map<string, NewCollar>();
  private deployments: DeploymentDocument[] = [];
  private readonly missing: string[] = [];
  private readonly rowsOf = new Map<string, Wearing[]>();

  constructor(
    private readonly input: PlanInput,
    private readonly names: ImportNames,
  ) {
    for (const wearing of input.wearings)
      if (wearing.first !== null) this.rowsOf.set(wearing.tag, [...(this.rowsOf.get(wearing.tag) ?? []), wearing]);
  }

  needAnimal(name: string, line: number, details: Readonly<Record<string, string | null>>): void {
    const id = this.names.animal(name);
    if (this.input.registry.animal(id) || this.animals.has(id)) return;
    if (!this.mayCreate) this.missing.push(`animal ${name} (line ${line}) is not registered`);
    this.animals.set(id, AnimalDocument.parse({ id, name: name.slice(0, 200), ...told(details) }));
  }

  needCollar(tag: string, line: number, details: Readonly<Record<string, string | null>>): void {
    const serial = this.names.collar(tag);
    if (this.input.registry.collar(serial) || this.collars.has(serial)) return;
    if (!this.mayCreate) this.missing.push(`collar ${tag} (line ${line}) is not registered`);
    this.collars.set(serial, {
      serial,
      format: 'json-v1',
      secret: null,
      ...(serial !== tag && { tag }),
      ...told(details),
    });
  }

  /** By the reference where it names a tag, else from the first to the last row that names both. */
  deploy(): void {
    if (!this.mayCreate) return;
    const wanted = [...this.byReference(), ...this.byRows()].flatMap((worn) => this.notYet(worn));
    this.deployments = wanted;
    try {
      planDeployments(wanted, this.known(), 'deployments');
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.missing.push(error.message);
    }
  }

  plan(): Plan {
    const { missing, names } = this;
    const told = missing.slice(0, MAX_MISSING);
    if (missing.length > told.length) told.push(`and ${missing.length - told.length} more`);
    if (!this.mayCreate) return { animals: [], collars: [], deployments: [], missing: told, names };
    const [animals, collars] = [[...this.animals.values()], [...this.collars.values()]];
    return { animals, collars, deployments: this.deployments, missing: told, names };
  }

  private get mayCreate(): boolean {
    return this.input.create || this.input.reference !== null;
  }

  private known() {
    const { registry } = this.input;
    const collars = new Map(registry.collars().map(({ serial, id }) => [serial, id]));
    [...this.collars.keys()].forEach((serial, index) => collars.set(serial, -1 - index));
    const animals = new Set([...registry.animals().map(({ id }) => id), ...this.animals.keys()]);
    return { deployments: registry.deployments(), animals, collars };
  }

  private byReference(): Worn[] {
    return (this.input.reference?.deployments ?? []).flatMap(({ tag, animal, from, to }): Worn[] => {
      const rows = this.rowsOf.get(tag) ?? [];
      const began = from ?? least(rows.map(({ first }) => first!));
      // Where nobody says when it came off, its last row is all that is known of it.
      const ended = to ?? after(most(rows.map(({ last }) => last!)));
      if (began === null || (ended !== null && ended <= began)) return [];
      return [{ animal: this.names.animal(animal), collar: this.names.collar(tag), from: began, to: ended }];
    });
  }

  private byRows(): Worn[] {
    const referred = new Set((this.input.reference?.deployments ?? []).map(({ tag }) => tag));
    return this.input.wearings.flatMap(({ tag, animal, first, last }): Worn[] => {
      if (animal === null || first === null || last === null || referred.has(tag)) return [];
      return [{ animal: this.names.animal(animal), collar: this.names.collar(tag), from: first, to: last + 1 }];
    });
  }

  /** What of a wearing no deployment of the same animal and collar covers yet. One that ends where the rest begins goes on. */
  private notYet({ animal, collar, from, to }: Worn): DeploymentDocument[] {
    const { registry } = this.input;
    const collarId = registry.collar(collar)?.id;
    let begin = from;
    const parts: DeploymentDocument[] = [];
    for (const known of registry.deploymentsOf(animal)) {
      if (known.collarId !== collarId || (known.to !== null && known.to <= begin)) continue;
      if (to !== null && known.from >= to) break;
      if (known.from > begin) parts.push({ animal, collar, from: begin, to: known.from });
      if (known.to === null) return parts;
      begin = known.to;
    }
    if (to === null || begin < to) parts.push({ animal, collar, from: begin, to });
    return parts;
  }
}

function told(details: Readonly<Record<string, string | null>>): Record<string, string> {
  return Object.fromEntries(Object.entries(details).filter((pair): pair is [string, string] => pair[1] !== null));
}

const least = (times: readonly EpochMs[]): EpochMs | null => (times.length === 0 ? null : Math.min(...times));
const most = (times: readonly EpochMs[]): EpochMs | null => (times.length === 0 ? null : Math.max(...times));
const after = (time: EpochMs | null): EpochMs | null => (time === null ? null : time + 1);
