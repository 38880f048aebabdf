import type { EpochMs } from '../../domain/fix.ts';

/** Gaps that an answer lists: of more, the longest. */
const MOST_GAPS = 1_000;

interface Gap {
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/** What thinning was asked for, and what it did. */
export interface Thinning {
  readonly method: 'none' | 'douglas-peucker';
  readonly maxPoints?: number | undefined;
  readonly toleranceM?: number | undefined;
  /** No fix that went is farther from the line than this, metres. */
  readonly deviationM?: number | undefined;
  /** Segments that went as a whole; left out where there are none. */
  readonly segmentsLeft?: number | undefined;
}

/** What is noted of one animal's track while it is made, for the answer to say. */
export class TrackReport {
  private fixes = 0;
  private kept = 0;
  private gaps: Gap[] = [];
  private gapCount = 0;
  private thinning: Thinning = { method: 'none' };
  private readonly intervals = new Map<string, { s: number; of: 'collar' | 'data' }>();

  /** @param gapFactor null: nothing is a gap */
  constructor(private readonly gapFactor: number | null) {}

  read(fixes: number): void {
    this.fixes += fixes;
  }

  keep(fixes: number): void {
    this.kept += fixes;
  }

  gap(from: EpochMs, to: EpochMs): void {
    this.gapCount++;
    this.gaps.push({ from, to });
    if (this.gaps.length > 2 * MOST_GAPS) this.gaps = longest(this.gaps);
  }

  /** How far apart the fixes of a collar should be, in seconds, and whether the registry or the data says so. */
  interval(collar: string, s: number, of: 'collar' | 'data'): void {
    this.intervals.set(collar, { s, of });
  }

  thinned(thinning: Thinning): void {
    this.thinning = thinning;
  }

  /** Members of the answer. Times are RFC 3339; `s` is seconds. */
  said(): Readonly<Record<string, unknown>> {
    const { method, ...rest } = this.thinning;
    return {
      thinning: { method, fixes: this.fixes, kept: this.kept, ...rest },
      gaps: longest(this.gaps).map(({ from, to }) => ({ from: iso(from), to: iso(to), s: (to - from) / 1_000 })),
      ...(this.gapCount > MOST_GAPS ? { gapCount: this.gapCount } : {}),
      gapFactor: this.gapFactor,
      intervals: [...this.intervals].map(([collar, { s, of }]) => ({ collar, s, of })),
    };
  }
}

/** The longest of them, in the order of time. */
function longest(gaps: readonly Gap[]): Gap[] {
  if (gaps.length <= MOST_GAPS) return [...gaps];
  const most = [...gaps].sort((a, b) => b.to - b.from - (a.to - a.from) || a.from - b.from).slice(0, MOST_GAPS);
  return most.sort((a, b) => a.from - b.from);
}

const iso = (at: EpochMs): string => new Date(at).toISOString();
