import type { EpochMs, Fix } from '../domain/fix.ts';
import type { CommittedFixes } from '../ingest/committed-fixes.ts';
import type { Archive } from './retell.ts';
import type { Recall, Recalled, StoredAlert, TrackStore } from './track.store.ts';
import type { StoredFix } from './trail.ts';

/** Fixes that are remembered as not judged yet. With more than these waiting, some are judged a pass too early: no harm. */
const MOST_WAITING = 50_000;

const keyOf = ({ collarId, at }: Pick<Fix, 'collarId' | 'at'>): string => `${collarId}:${at}`;

/**
 * Tracks as they stood when the log had been read up to one entry: without the fixes of later entries, which are stored already and
 * have their turn in a later pass. So a pass judges the log entry by entry, whatever was committed meanwhile.
 */
export class JudgedTracks implements Archive {
  private readonly waiting = new Map<string, { readonly animal: string | null; readonly at: EpochMs }>();

  /** @param seq the last entry of the log that the pass has read */
  constructor(
    private readonly tracks: TrackStore,
    private readonly feed: CommittedFixes,
    private readonly animalOf: (fix: Fix) => string | null,
    private seq: number,
  ) {}

  before(animal: string, at: EpochMs, limit: number): Promise<StoredFix[]> {
    return this.withoutWaiting(limit, (more) => this.tracks.before(animal, at, more));
  }

  from(animal: string, at: EpochMs, limit: number): Promise<StoredFix[]> {
    return this.withoutWaiting(limit, (more) => this.tracks.from(animal, at, more));
  }

  unrestAt(animal: string, at: EpochMs): Promise<EpochMs | null> {
    return this.tracks.unrestAt(animal, at);
  }

  alerts(animal: string, after: EpochMs | null, until: EpochMs | null): Promise<StoredAlert[]> {
    return this.tracks.alerts(animal, after, until);
  }

  async recall(asked: readonly Recall[]): Promise<ReadonlyMap<string, Recalled>> {
    const recalled = new Map(await this.tracks.recall(asked));
    await this.readOn();
    if (this.waiting.size === 0) return recalled;
    const since = new Map(asked.map(({ animal, at }) => [animal, at]));
    const later = new Map<string, number>();
    for (const { animal, at } of this.waiting.values()) {
      if (animal !== null && at >= (since.get(animal) ?? Infinity)) later.set(animal, (later.get(animal) ?? 0) + 1);
    }
    for (const [animal, { fixes, later: stored }] of recalled) {
      recalled.set(animal, { fixes: this.known(fixes), later: stored - (later.get(animal) ?? 0) });
    }
    return recalled;
  }

  private async withoutWaiting(limit: number, read: (limit: number) => Promise<StoredFix[]>): Promise<StoredFix[]> {
    for (let more = limit; ; more = limit + this.waiting.size) {
      const fixes = await read(more);
      // After the reading: what was committed before it is in the log by now.
      await this.readOn();
      const known = this.known(fixes);
      if (known.length >= limit || fixes.length < more) return known.slice(0, limit);
      if (more >= limit + this.waiting.size) return known;
    }
  }

  private known(fixes: readonly StoredFix[]): StoredFix[] {
    return fixes.filter((fix) => !this.waiting.has(keyOf(fix)));
  }

  private async readOn(): Promise<void> {
    // The feed hears of entries a moment after they are stored: it is told to look.
    await this.feed.reach();
    while (this.waiting.size < MOST_WAITING) {
      const entries = await this.feed.readAfter(this.seq);
      const last = entries.at(-1);
      if (!last) return;
      this.seq = last.seq;
      for (const entry of entries) {
        if (entry.kind !== 'fixes') continue;
        for (const fix of entry.fixes) this.waiting.set(keyOf(fix), { animal: this.animalOf(fix), at: fix.at });
      }
    }
  }
}
