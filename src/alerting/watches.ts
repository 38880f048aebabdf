import type { EpochMs } from '../domain/fix.ts';
import { doubtBit } from '../domain/quality/doubt.ts';
import type { RuleMemory } from './draft.ts';
import type { Recall, Recalled } from './track.store.ts';
import { lookbackStart, NO_TRAIL, type StoredFix, trailAfter } from './trail.ts';
import { type AnimalMemories, memoryKey, Watch } from './watch.ts';

const UNCONFIRMED = doubtBit('unconfirmed');
/** Animals whose last fixes are kept in memory. One that is not there is read again when it is heard of. */
const MAX_WATCHES = 100_000;
/** Of each of them, all fixes of the look-back are read. */
const AT_ONCE = 200;

/** An animal of which new fixes came: the first of them, and how many. */
export interface Heard {
  readonly animal: string;
  readonly firstAt: EpochMs;
  readonly fixes: number;
}

/** The animals that are watched, and what rules remember of them. */
export class Watches {
  private readonly watches = new Map<string, Watch>();
  private readonly memories = new Map<string, AnimalMemories>();

  constructor(stored: Iterable<RuleMemory>) {
    for (const memory of stored) this.memoriesOf(memory.animal).set(memoryKey(memory.rule, memory.place), memory);
  }

  get(animal: string): Watch | undefined {
    return this.watches.get(animal);
  }

  set(watch: Watch): void {
    this.watches.set(watch.animal, watch);
    this.memories.set(watch.animal, watch.memories);
  }

  /** Every animal that some rule remembers something of. */
  remembered(): readonly { readonly animal: string; readonly memories: AnimalMemories }[] {
    return [...this.memories].map(([animal, memories]) => ({ animal, memories }));
  }

  all(): Iterable<Watch> {
    return this.watches.values();
  }

  /** What rules remember of an animal; the same map for as long as it is watched. */
  memoriesOf(animal: string): AnimalMemories {
    const memories = this.memories.get(animal) ?? new Map<string, RuleMemory>();
    this.memories.set(animal, memories);
    return memories;
  }

  /** Farms, collars or animals are others now. Whose track is another is told again; the others go on. */
  reconsider(): void {
    for (const watch of this.watches.values()) watch.reconsider();
  }

  /** Where judging stands is read again when it is needed. What rules remember stays. */
  forgetTrails(): void {
    this.watches.clear();
    for (const [animal, memories] of this.memories) if (memories.size === 0) this.memories.delete(animal);
  }

  /**
   * Finds out where judging of animals stands that are not in memory. Of one that has stored fixes after its first new one,
   * others than those that just came, it is not known what has been judged of it: it is left out.
   */
  async recall(
    heard: readonly Heard[],
    lookbackMs: number,
    read: (asked: readonly Recall[]) => Promise<ReadonlyMap<string, Recalled>>,
  ): Promise<void> {
    const unknown = heard.filter(({ animal }) => !this.watches.has(animal));
    if (this.watches.size + unknown.length > MAX_WATCHES) this.watches.clear();
    for (let first = 0; first < unknown.length; first += AT_ONCE) {
      const some = unknown.slice(first, first + AT_ONCE);
      const asked = some.map(({ animal, firstAt }) => ({
        animal,
        at: firstAt,
        backTo: lookbackStart(firstAt, lookbackMs),
      }));
      const recalled = await read(asked);
      for (const { animal, fixes } of some) {
        const { fixes: before = [], later = 0 } = recalled.get(animal) ?? {};
        const trail = later === fixes ? trailOf(before, lookbackMs) : null;
        if (trail) this.watches.set(animal, new Watch(animal, trail, this.memoriesOf(animal)));
      }
    }
  }
}

/** Where judging goes on after these fixes, trusted and unconfirmed, in the order of time; null: they do not tell. */
function trailOf(fixes: readonly StoredFix[], lookbackMs: number) {
  const newest = fixes.at(-1);
  if (!newest) return NO_TRAIL;
  const trusted = fixes.filter(({ doubts }) => doubts === 0);
  if (newest.doubts !== UNCONFIRMED) return trailAfter(trusted, null, lookbackMs);
  return fixes.at(-2)?.doubts === 0 ? trailAfter(trusted, newest, lookbackMs) : null;
}
