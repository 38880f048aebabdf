import type { Episode } from '../domain/alert/episode.ts';
import type { EpochMs } from '../domain/fix.ts';
import type { RuleMemory, Subject } from './draft.ts';
import type { ActiveRule } from './rule-book.ts';
import { type Listener, NO_TRAIL, type StoredFix, type Telling, Watch, type World } from './watch.ts';

/** An alert that there would have been. */
export interface Finding {
  /** A farm's or an area's id; '': the animal itself. */
  readonly place: string;
  readonly episode: Episode;
}

/** An alert that there would have been by one of two settings, or by both. */
export interface Compared extends Finding {
  readonly verdict: 'both' | 'only-proposed' | 'only-in-force';
  /** With `both`: those alerts by the settings in force that overlap it. */
  readonly inForce: readonly Finding[];
}

/** One animal's track judged by a rule as it is proposed and as it is in force, side by side. Nothing is told to anybody. */
export class Comparison {
  private readonly proposed: Trial;
  private readonly inForce: Trial;

  constructor(animal: string, proposed: World, inForce: World) {
    this.proposed = new Trial(animal, proposed);
    this.inForce = new Trial(animal, inForce);
  }

  /** Judges the animal's next fix. */
  see(fix: StoredFix): void {
    this.proposed.see(fix);
    this.inForce.see(fix);
  }

  /** There was no other fix until then; `ended`: and no collar from then on. */
  finish(at: EpochMs, ended: boolean): void {
    this.proposed.finish(at, ended);
    this.inForce.finish(at, ended);
  }

  /** Whether something was found and nothing is open: so it stays as it is, and meets nothing that is still to come. */
  get isSettled(): boolean {
    const { proposed, inForce } = this;
    return proposed.isQuiet && inForce.isQuiet && (proposed.hasFound || inForce.hasFound);
  }

  /** What was found since it was asked last, by its opening. Ask when it is settled, and at the end. */
  take(): Compared[] {
    const [proposed, inForce] = [this.proposed.take(), this.inForce.take()];
    const compared = proposed.map((finding): Compared => {
      const others = inForce.filter((other) => overlap(finding, other));
      return { ...finding, verdict: others.length > 0 ? 'both' : 'only-proposed', inForce: others };
    });
    const missed = inForce.filter((finding) => !proposed.some((other) => overlap(finding, other)));
    return [
      ...compared,
      ...missed.map((finding): Compared => ({ ...finding, verdict: 'only-in-force', inForce: [] })),
    ].sort((a, b) => a.episode.openedAt - b.episode.openedAt);
  }
}

function overlap(a: Finding, b: Finding): boolean {
  const end = ({ episode }: Finding): EpochMs => episode.closedAt ?? Infinity;
  return a.place === b.place && a.episode.openedAt <= end(b) && b.episode.openedAt <= end(a);
}

/** One animal judged by one world, and the episodes that came of it. */
class Trial implements Listener {
  private readonly watch: Watch;
  private readonly found = new Map<string, Finding>();
  private count = 0;

  constructor(
    animal: string,
    private readonly world: World,
  ) {
    this.watch = new Watch(animal, NO_TRAIL, new Map());
  }

  see(fix: StoredFix): void {
    this.watch.see(fix, this.world, this);
  }

  finish(at: EpochMs, ended: boolean): void {
    if (ended) this.watch.end(at, this.world, this);
    else this.watch.lapse(at, this.world, this);
  }

  get isQuiet(): boolean {
    return this.watch.memories.size === 0;
  }

  get hasFound(): boolean {
    return this.found.size > 0;
  }

  take(): Finding[] {
    const found = [...this.found.values()];
    this.found.clear();
    return found;
  }

  newAlert(): string {
    return String(this.count++);
  }

  told({ alertId, place, step: { episode } }: Telling): void {
    this.found.set(alertId, { place, episode });
  }

  remembered(_active: ActiveRule, { place }: Subject, memory: RuleMemory | null): void {
    if (memory) this.found.set(memory.alertId, { place, episode: memory.episode });
  }

  /** Doubts stay as they are stored. */
  reconsidered(): void {}
}
