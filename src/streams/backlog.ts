import type { NamedDoubts, NamedFix } from '../access/visibility.ts';

/** What one batch holds for one subscription. */
export interface Selection {
  readonly seq: number;
  readonly fixes: readonly NamedFix[];
  readonly doubts: readonly NamedDoubts[];
}

/** How a backlog is told: as it came, as the newest per animal, or not at all. */
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

/** The newest trusted fix of an animal, and a doubted one if it is newer. */
interface Newest {
  trusted?: NamedFix;
  doubted?: NamedFix;
}

/**
 * What a reader of positions could not be sent while its socket was full. Little of it is kept as it came. Of more, the newest
 * fix of each animal is kept and the rest is counted, so that its size does not grow with the time that the reader needs.
 */
export class Backlog {
  private selections: Selection[] = [];
  private readonly newest = new Map<string, Newest>();
  private readonly doubts = new Map<string, NamedDoubts>();
  private positions = 0;
  private size = 0;
  private seq = 0;

  /** @param maxSize positions and changes of doubts that are kept as they came */
  constructor(private readonly maxSize: number) {}

  add(selection: Selection): void {
    this.seq = selection.seq;
    const size = selection.fixes.length + selection.doubts.length;
    this.positions += selection.fixes.length;
    this.size += size;
    if (size > 0) this.selections.push(selection);
    if (this.isTooMuch()) this.selections = [];
    for (const fix of selection.fixes) this.keepNewest(fix);
    for (const change of selection.doubts) this.noteDoubts(change);
  }

  tell(): Telling {
    if (!this.isTooMuch()) return { kind: 'all', selections: this.selections };
    if (this.doubts.size > MAX_DOUBTS) return { kind: 'overflow' };
    const fixes = [...this.newest.values()]
      .flatMap(({ trusted, doubted }) => [trusted, doubted])
      .filter((fix) => fix !== undefined)
      .sort((one, other) => one.fix.at - other.fix.at);
    const dropped = this.positions - fixes.length;
    return { kind: 'folded', seq: this.seq, dropped, fixes, doubts: [...this.doubts.values()] };
  }

  private isTooMuch(): boolean {
    return this.size > this.maxSize;
  }

  private keepNewest(named: NamedFix): void {
    const newest = this.newest.get(named.animal) ?? {};
    const { trusted, doubted } = newest;
    const { at, doubts } = named.fix;
    if (doubts === 0 && at >= (trusted?.fix.at ?? -Infinity)) newest.trusted = named;
    if (doubts !== 0 && at >= (doubted?.fix.at ?? -Infinity)) newest.doubted = named;
    if ((newest.doubted?.fix.at ?? Infinity) < (newest.trusted?.fix.at ?? -Infinity)) delete newest.doubted;
    this.newest.set(named.animal, newest);
  }

  private noteDoubts(change: NamedDoubts): void {
    if (this.doubts.size <= MAX_DOUBTS) this.doubts.set(`${change.at} ${change.animal}`, change);
    const newest = this.newest.get(change.animal);
    const held = [newest?.trusted, newest?.doubted].find((fix) => fix?.fix.at === change.at);
    if (!newest || !held) return;
    if (newest.trusted === held) delete newest.trusted;
    else delete newest.doubted;
    this.keepNewest({ ...held, fix: { ...held.fix, doubts: change.doubts } });
  }
}
