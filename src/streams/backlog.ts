import type { NamedDoubts, NamedFix } from '../access/visibility.ts';

/** What one batch holds for one view. */
export interface Selection {
  readonly seq: number;
  readonly fixes: readonly NamedFix[];
  readonly doubts: readonly NamedDoubts[];
}

/** Where in a backlog a reader stands: what it has been told, and how many positions that were since the backlog began. */
export interface Mark {
  readonly seq: number;
  readonly positions: number;
}

/** How a reader is told what it missed: as it came, as the newest per animal, or not at all. */
export type Telling =
  | { readonly kind: 'all'; readonly selections: readonly Selection[] }
  | {
      readonly kind: 'folded';
      readonly seq: number;
      readonly dropped: number;
      readonly fixes: readonly NamedFix[];
      readonly doubts: readonly NamedDoubts[];
    }
  | { readonly kind: 'overflow' };

/** Changes of doubts are not folded, so they must be bounded: a reader who would have to hear of more of them begins anew. */
const MAX_DOUBTS = 10_000;

interface Since<T> {
  readonly what: T;
  readonly seq: number;
}

/** The newest trusted fix of an animal, and a doubted one if it is newer. */
interface Newest {
  trusted?: Since<NamedFix>;
  doubted?: Since<NamedFix>;
}

/**
 * What readers of one view could not be sent while their sockets were full. The last of it is kept as it came. Of all of it, the
 * newest fix of each animal is kept and the rest is counted. So neither its size nor the work for it grows with the time that a reader
 * needs, nor with the number of such readers.
 */
export class Backlog {
  private recent: Selection[] = [];
  private recentSize = 0;
  /** Up to here, not everything is kept as it came. */
  private foldedTo: number;
  private readonly newest = new Map<string, Newest>();
  private readonly doubts = new Map<string, Since<NamedDoubts>>();
  /** Up to here, not every change of doubts is kept. */
  private forgottenTo = -1;
  private positions = 0;

  /**
   * @param seq behind which it begins
   * @param maxSize positions and changes of doubts that are kept as they came
   */
  constructor(
    private seq: number,
    private readonly maxSize: number,
  ) {
    this.foldedTo = seq;
  }

  /** The place of a reader who has been told everything so far. */
  mark(): Mark {
    return { seq: this.seq, positions: this.positions };
  }

  add(selection: Selection): void {
    const { seq, fixes, doubts } = selection;
    this.seq = seq;
    this.positions += fixes.length;
    this.keepRecent(selection);
    for (const fix of fixes) this.keepNewest({ what: fix, seq });
    for (const change of doubts) this.noteDoubts({ what: change, seq });
  }

  tell(since: Mark): Telling {
    const isMissed = ({ seq }: { readonly seq: number }) => seq > since.seq;
    if (since.seq >= this.foldedTo) return { kind: 'all', selections: this.recent.filter(isMissed) };
    if (since.seq < this.forgottenTo) return { kind: 'overflow' };
    const fixes = [...this.newest.values()]
      .flatMap(({ trusted, doubted }) => [trusted, doubted])
      .filter((held) => held !== undefined && isMissed(held))
      .map((held) => held!.what)
      .sort((one, other) => one.fix.at - other.fix.at);
    const dropped = this.positions - since.positions - fixes.length;
    const doubts = [...this.doubts.values()].filter(isMissed).map(({ what }) => what);
    return { kind: 'folded', seq: this.seq, dropped, fixes, doubts };
  }

  private keepRecent(selection: Selection): void {
    if (sizeOf(selection) === 0) return;
    this.recent.push(selection);
    this.recentSize += sizeOf(selection);
    while (this.recentSize > this.maxSize) {
      const oldest = this.recent.shift()!;
      this.recentSize -= sizeOf(oldest);
      this.foldedTo = oldest.seq;
    }
  }

  private keepNewest(held: Since<NamedFix>): void {
    const { animal, fix } = held.what;
    const newest = this.newest.get(animal) ?? {};
    if (fix.doubts === 0 && fix.at >= timeOf(newest.trusted)) newest.trusted = held;
    if (fix.doubts !== 0 && fix.at >= timeOf(newest.doubted)) newest.doubted = held;
    if (newest.doubted && timeOf(newest.doubted) < timeOf(newest.trusted)) delete newest.doubted;
    this.newest.set(animal, newest);
  }

  private noteDoubts(noted: Since<NamedDoubts>): void {
    const { animal, at, doubts } = noted.what;
    const key = `${at} ${animal}`;
    // Set anew, so that the map is in order of the last change.
    this.doubts.delete(key);
    this.doubts.set(key, noted);
    if (this.doubts.size > MAX_DOUBTS) this.forgetOldestDoubts();
    const newest = this.newest.get(animal);
    const held = [newest?.trusted, newest?.doubted].find((one) => one?.what.fix.at === at);
    if (!newest || !held) return;
    if (newest.trusted === held) delete newest.trusted;
    else delete newest.doubted;
    this.keepNewest({ what: { ...held.what, fix: { ...held.what.fix, doubts } }, seq: held.seq });
  }

  private forgetOldestDoubts(): void {
    const [oldest] = this.doubts;
    if (!oldest) return;
    this.doubts.delete(oldest[0]);
    this.forgottenTo = oldest[1].seq;
  }
}

function sizeOf({ fixes, doubts }: Selection): number {
  return fixes.length + doubts.length;
}

function timeOf(held: Since<NamedFix> | undefined): number {
  return held?.what.fix.at ?? -Infinity;
}
