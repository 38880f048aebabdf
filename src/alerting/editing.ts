import type { Reason } from '../domain/alert/alert.ts';
import type { EpochMs } from '../domain/fix.ts';
import type { RuleMemory } from './draft.ts';
import type { Edit } from './evaluator.store.ts';
import { NO_TRAIL } from './trail.ts';
import { type AnimalMemories, type Listener, Watch, type World } from './watch.ts';
import type { Watches } from './watches.ts';

/** A part of an animal's past that is to be told again, and why. */
export interface Retelling {
  readonly animal: string;
  /** null: all of it. */
  readonly since: EpochMs | null;
  /** null: up to the present. */
  readonly until: EpochMs | null;
  readonly reason: Reason;
  /** When the last of its fixes that are new was committed; absent: there are none. */
  readonly learnedAt?: EpochMs;
}

/** Finds of these animals those of which there is anything to tell since a moment. */
type FindStirred = (asked: readonly { animal: string; since: EpochMs | null }[]) => Promise<ReadonlySet<string>>;

/** What follows from edits of the registry and of rules. `collarOf`: the collar that an animal wears, or wore last. */
export class Editing {
  constructor(
    private readonly edits: readonly Edit[],
    private readonly watches: Watches,
    private readonly world: World,
    private readonly collarOf: (animal: string) => number,
  ) {}

  /** Ends what is open about farms and areas that are no more, and of rules that are off: it was so until now. */
  close(now: EpochMs, listener: Listener): void {
    for (const { animal, memories } of this.watches.remembered()) {
      for (const memory of [...memories.values()]) {
        const edit = this.edits.find((one) => this.ends(one, animal, memory));
        const active = this.world.rules.find(({ rule }) => rule.name === memory.rule);
        if (edit && active) this.watchOf(animal, memories).close(active, memory, now, edit.reason, listener);
      }
    }
  }

  /** What is to be told again: each animal once, from the earliest moment that any edit concerns. */
  async retellings(stirred: FindStirred): Promise<Retelling[]> {
    const byAnimal = new Map<string, Retelling>();
    const add = (animal: string, since: EpochMs | null, reason: Reason) => {
      const known = byAnimal.get(animal);
      const from = since === null || known?.since === null ? null : Math.min(since, known?.since ?? since);
      byAnimal.set(animal, { animal, since: from, until: null, reason });
    };
    for (const { animal, since, reason } of this.edits) if (animal !== null) add(animal, since, reason);
    for (const { animal, memories } of this.watches.remembered()) {
      for (const memory of memories.values()) {
        const edit = this.edits.find((one) => isOtherNow(one, memory, this.world));
        if (edit) add(animal, memory.episode.openedAt, edit.reason);
      }
    }
    const asked = [...byAnimal.values()];
    const found = asked.length === 0 ? new Set<string>() : await stirred(asked);
    return asked.filter(({ animal }) => found.has(animal));
  }

  private ends({ farm, area, rule, reason }: Edit, animal: string, memory: RuleMemory): boolean {
    const active = this.world.rules.find((one) => one.rule.name === memory.rule);
    if (reason === 'farm-removed' || reason === 'area-removed')
      return memory.place === (farm ?? area) && active?.rule.about === (farm === null ? 'area' : 'farm');
    if (reason !== 'rule-disabled' || rule !== memory.rule || !active) return false;
    return active.settingsFor(this.world.watched(animal, this.collarOf(animal)), memory.place) === undefined;
  }

  private watchOf(animal: string, memories: AnimalMemories): Watch {
    return this.watches.get(animal) ?? new Watch(animal, NO_TRAIL, memories);
  }
}

/** Whether an edit gave the farm or area of an episode another shape, or took away the farm that it names. */
function isOtherNow({ farm, area, reason }: Edit, { rule, place, episode }: RuleMemory, { rules }: World): boolean {
  const reach = episode.details?.['couldReach'];
  if (farm !== null && typeof reach === 'object' && reach?.farm === farm) return true;
  if (reason !== 'farm-edited' && reason !== 'area-edited') return false;
  const about = rules.find((active) => active.rule.name === rule)?.rule.about;
  return place === (farm ?? area) && about === (farm === null ? 'area' : 'farm');
}
