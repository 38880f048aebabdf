import type { NamedDoubts, NamedFix } from '../access/visibility.ts';
import type { Batch } from '../domain/batch.ts';
import type { EpochMs } from '../domain/fix.ts';

/** Who wore which collar: what streams ask of the registry to name a fix. */
export interface Wearers {
  animalAt(collarId: number, at: EpochMs): string | null;
  collarById(collarId: number): { readonly serial: string } | undefined;
}

/**
 * An entry of the log of batches with the names that people know. Fixes of a collar that no animal wore at that time are not in
 * it: nobody is told of them.
 */
export class NamedBatch {
  private byAnimal: Map<string, NamedFix[]> | undefined;

  constructor(
    readonly seq: number,
    readonly fixes: readonly NamedFix[],
    readonly doubts: readonly NamedDoubts[],
  ) {}

  static of(batch: Batch, wearers: Wearers): NamedBatch {
    if (batch.kind === 'fixes') return new NamedBatch(batch.seq, nameFixes(batch.fixes, wearers), []);
    return new NamedBatch(batch.seq, [], nameDoubts(batch.doubts, wearers));
  }

  /** Positions and changes of doubts in it. */
  get size(): number {
    return this.fixes.length + this.doubts.length;
  }

  /** Its fixes of some animals. The first who asks sorts them by animal, so that the next thousand filters cost little. */
  fixesOf(animals: ReadonlySet<string>): NamedFix[] {
    this.byAnimal ??= byAnimal(this.fixes);
    const found: NamedFix[] = [];
    for (const animal of animals) {
      const fixes = this.byAnimal.get(animal);
      if (fixes) found.push(...fixes);
    }
    return found;
  }
}

function byAnimal(fixes: readonly NamedFix[]): Map<string, NamedFix[]> {
  const groups = new Map<string, NamedFix[]>();
  for (const fix of fixes) {
    const group = groups.get(fix.animal);
    if (group) group.push(fix);
    else groups.set(fix.animal, [fix]);
  }
  return groups;
}

function nameFixes(fixes: Extract<Batch, { kind: 'fixes' }>['fixes'], wearers: Wearers): NamedFix[] {
  const named: NamedFix[] = [];
  for (const fix of fixes) {
    const animal = wearers.animalAt(fix.collarId, fix.at);
    const collar = wearers.collarById(fix.collarId);
    if (animal !== null && collar) named.push({ animal, collar: collar.serial, fix });
  }
  return named;
}

function nameDoubts(changes: Extract<Batch, { kind: 'doubts' }>['doubts'], wearers: Wearers): NamedDoubts[] {
  const named: NamedDoubts[] = [];
  for (const { collarId, at, doubts } of changes) {
    const animal = wearers.animalAt(collarId, at);
    if (animal !== null) named.push({ animal, at, doubts });
  }
  return named;
}
