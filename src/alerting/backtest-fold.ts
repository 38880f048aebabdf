import type { Episode } from '../domain/alert/episode.ts';
import type { EpochMs } from '../domain/fix.ts';
import type { RuleMemory, Subject } from './draft.ts';
import type { ActiveRule } from './rule-book.ts';
import { NO_TRAIL, type StoredFix } from './trail.ts';
import { type Listener, type Telling, Watch, type World } from './watch.ts';

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

const NOTHING: readonly Compared[] = [];

/** One animal's track judged by a rule as it is proposed and as it is in force, side by side. Nothing is told to anybody. */
export class Comparison {
  private readonly proposed: Trial;
  private readonly inForce: Trial;
  /** Places about which one of the two has come to rest since they were looked at. */
  private readonly rested = new Set<string>();

  constructor(animal: string, proposed: World, inForce: World) {
    const onRest = (place: string) => this.rested.add(place);
    this.proposed = new Trial(animal, proposed, onRest);
    this.inForce = new Trial(animal, inForce, onRest);
  }

  /**
   * Judges the animal's next fix.
   *
   * @returns what was found about places about which both are at rest now, so that it stays as it is and meets nothing that is
   *   still to come; for each place by its opening
   */
  see(fix: StoredFix): readonly Compared[] {
    this.proposed.see(fix);
    this.inForce.see(fix);
    if (this.rested.size === 0) return NOTHING;
    const settled = [...this.rested].filter((place) => !this.proposed.isOpen(place) && !this.inForce.isOpen(place));
    this.rested.clear();
    return settled.flatMap((place) => this.take(place));
  }

  /** There was no other fix until then; `ended`: and no collar from then on. @returns all that was found and not returned yet */
  finish(at: EpochMs, ended: boolean): readonly Compared[] {
    this.proposed.finish(at, ended);
    this.inForce.finish(at, ended);
    const places = new Set([...this.proposed.places(), ...this.inForce.places()]);
    return [...places].flatMap((place) => this.take(place));
  }

  private take(place: string): readonly Compared[] {
    const [proposed, inForce] = [this.proposed.take(place), this.inForce.take(place)];
    const compared = proposed.map((finding): Compared => {
      const others = inForce.filter((other) => overlap(finding, other));
      return { ...finding, verdict: others.length > 0 ? 'both' : 'only-proposed', inForce: others };
    });
    const missed = inForce
      .filter((finding) => !proposed.some((other) => overlap(finding, other)))
      .map((finding): Compared => ({ ...finding, verdict: 'only-in-force', inForce: [] }));
    return [...compared, ...missed].sort((a, b) => a.episode.openedAt - b.episode.openedAt);
  }
}

function overlap({ episode: a }: Finding, { episode: b }: Finding): boolean {
  return a.openedAt <= (b.closedAt ?? Infinity) && b.openedAt <= (a.closedAt ?? Infinity);
}

/** One animal judged by one world, and the episodes that came of it. */
class Trial implements Listener {
  private readonly watch: Watch;
  /** By place and, in the order of their openings, by the name that they have here. */
  private readonly found = new Map<string, Map<string, Finding>>();
  private readonly open = new Set<string>();
  private count = 0;

  constructor(
    animal: string,
    private readonly world: World,
    private readonly onRest: (place: string) => void,
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

  isOpen(place: string): boolean {
    return this.open.has(place);
  }

  places(): Iterable<string> {
    return this.found.keys();
  }

  take(place: string): readonly Finding[] {
    const found = [...(this.found.get(place)?.values() ?? [])];
    this.found.delete(place);
    return found;
  }

  newAlert(): string {
    return String(this.count++);
  }

  told({ alertId, place, step: { episode } }: Telling): void {
    this.keep(alertId, place, episode);
  }

  remembered(_active: ActiveRule, { place }: Subject, memory: RuleMemory | null): void {
    if (memory) {
      this.open.add(place);
      this.keep(memory.alertId, place, memory.episode);
    } else {
      this.open.delete(place);
      this.onRest(place);
    }
  }

  /** Doubts stay as they are stored. */
  reconsidered(): void {}

  private keep(alertId: string, place: string, episode: Episode): void {
    const here = this.found.get(place) ?? new Map<string, Finding>();
    this.found.set(place, here);
    here.set(alertId, { place, episode });
  }
}
