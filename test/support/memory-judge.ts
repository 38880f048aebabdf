import type { ChangeKind } from '../../src/domain/alert/alert.ts';
import type { EpochMs } from '../../src/domain/fix.ts';
import { compareFixes } from '../../src/domain/quality/confirm.ts';
import type { ChangeDraft, Draft } from '../../src/alerting/draft.ts';
import { Pass } from '../../src/alerting/pass.ts';
import { type Archive, retell } from '../../src/alerting/retell.ts';
import type { Recall, Recalled, StoredAlert } from '../../src/alerting/track.store.ts';
import type { StoredFix } from '../../src/alerting/trail.ts';
import type { World } from '../../src/alerting/watch.ts';
import { Watches } from '../../src/alerting/watches.ts';
import { judgedBy } from '../../src/alerting/world.ts';

/** A change as it was told. */
export interface Told extends ChangeDraft {
  readonly change: Exclude<ChangeKind, 'acknowledged' | 'commented'>;
}

/** One animal's fixes and alerts, judged as the evaluator judges them, with arrays in place of the database. */
export class MemoryJudge implements Archive {
  readonly fixes: StoredFix[] = [];
  readonly stored = new Map<string, StoredAlert>();
  readonly told: Told[] = [];
  judged = 0;
  private watches = new Watches([]);

  constructor(
    private readonly world: World,
    private readonly animal = 'sofia',
    private readonly endedAt: EpochMs | null = null,
  ) {}

  /** New fixes come in, in any order. Those of a time that is known are absorbed. */
  async hear(incoming: readonly StoredFix[], now: EpochMs): Promise<void> {
    const fixes: StoredFix[] = [];
    for (const fix of [...incoming].sort(compareFixes)) {
      const at = this.placeOf(fix.at);
      if (this.fixes[at]?.at === fix.at) continue;
      this.fixes.splice(at, 0, fix);
      fixes.push(fix);
    }
    if (fixes.length === 0) return;
    const { animal, world, watches } = this;
    const pass = new Pass(12 * 3_600_000);
    const heard = [{ animal, firstAt: fixes[0]!.at, fixes: fixes.length }];
    await watches.recall(heard, world.lookbackMs, (asked) => this.recall(asked));
    const watch = watches.get(animal);
    for (const fix of fixes) pass.heard(fix, now);
    pass.learned(now);
    if (watch?.canSee(fixes[0]!, world)) {
      for (const fix of fixes) watch.see(fix, world, pass);
      this.judged += fixes.length;
    } else await this.tellAgain(pass, fixes[0]!.at, fixes.at(-1)!.at, now);
    this.apply(pass.draft({ from: 0, to: 0, turn: 0 }, now, []));
  }

  /** Time passes. */
  async lapse(now: EpochMs): Promise<void> {
    const { animal, world, watches } = this;
    const backTo = now - world.lookbackMs;
    const heard = [{ animal, firstAt: Date.UTC(2200, 0, 1), fixes: 0 }];
    await watches.recall(heard, 0, (asked) => this.recall(asked.map((one) => ({ ...one, backTo }))));
    const watch = watches.get(animal);
    if (!watch) return;
    const pass = new Pass(12 * 3_600_000);
    pass.learned(now);
    if (this.endedAt !== null && this.endedAt <= now) watch.end(this.endedAt, world, pass);
    else watch.lapse(now, world, pass);
    this.apply(pass.draft({ from: 0, to: 0, turn: 0 }, now, []));
  }

  /** The process ends and another begins. */
  restart(): void {
    const memories = this.watches.remembered().flatMap(({ memories }) => [...memories.values()]);
    this.watches = new Watches(JSON.parse(JSON.stringify(memories)) as typeof memories);
  }

  /** Alerts that stand, in the order of their opening. */
  standing(): StoredAlert[] {
    const standing = [...this.stored.values()].filter(({ state }) => state !== 'retracted');
    const key = ({ rule, place, episode }: StoredAlert) =>
      `${rule}\n${place}\n${String(episode.openedAt).padStart(16, '0')}`;
    return standing.sort((a, b) => (key(a) < key(b) ? -1 : 1));
  }

  private async tellAgain(pass: Pass, since: EpochMs, until: EpochMs, now: EpochMs): Promise<void> {
    const { animal, world, watches, endedAt } = this;
    const retold = await retell({ animal, since, until, now, endedAt, isNew: (fix) => pass.isNew(fix) }, world, this);
    this.judged += retold.judged;
    pass.retold(retold, watches.memoriesOf(animal), {
      animal,
      at: since,
      reason: 'late-fixes',
      judgedBy: (name, place) => judgedBy(world, animal, retold.collarId, name, place),
    });
    if (retold.watch) watches.set(retold.watch);
  }

  private apply({ changes, moved, doubts }: Draft): void {
    this.told.push(...changes);
    for (const { alertId: id, rule, place, episode, settledAt, change } of changes) {
      const acknowledged = this.stored.get(id)?.acknowledged ?? null;
      const state = change === 'retracted' ? 'retracted' : episode.closedAt === null ? 'open' : 'closed';
      this.stored.set(id, { id, rule, place, state, episode, settledAt, acknowledged });
    }
    for (const { alertId: id, episode, settledAt } of moved) {
      const alert = this.stored.get(id);
      if (!alert) throw new Error('what moves has been told of');
      this.stored.set(id, { ...alert, episode, settledAt });
    }
    for (const { at, doubts: bits } of doubts) {
      const place = this.placeOf(at);
      this.fixes[place] = { ...this.fixes[place]!, doubts: bits };
    }
  }

  private placeOf(at: EpochMs): number {
    let [low, high] = [0, this.fixes.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.fixes[middle]!.at < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  before(_animal: string, at: EpochMs, limit: number): Promise<StoredFix[]> {
    const end = this.placeOf(at);
    return Promise.resolve(this.fixes.slice(Math.max(0, end - limit), end).reverse());
  }

  from(_animal: string, at: EpochMs, limit: number): Promise<StoredFix[]> {
    const start = this.placeOf(at);
    return Promise.resolve(this.fixes.slice(start, start + limit));
  }

  unrestAt(_animal: string, at: EpochMs): Promise<EpochMs | null> {
    const openings = [...this.stored.values()]
      .filter(
        ({ state, episode, settledAt }) =>
          state !== 'retracted' && episode.openedAt <= at && (settledAt ?? Infinity) > at,
      )
      .map(({ episode }) => episode.openedAt);
    return Promise.resolve(openings.length === 0 ? null : Math.min(...openings));
  }

  alerts(_animal: string, after: EpochMs | null, until: EpochMs | null): Promise<StoredAlert[]> {
    const opened = [...this.stored.values()].filter(
      ({ episode: { openedAt } }) => openedAt > (after ?? -Infinity) && openedAt <= (until ?? Infinity),
    );
    return Promise.resolve(opened);
  }

  private recall(asked: readonly Recall[]): Promise<ReadonlyMap<string, Recalled>> {
    const recalled = asked.map(({ animal, at, backTo }): [string, Recalled] => {
      const end = this.placeOf(at);
      const usable = this.fixes.slice(0, end).filter(({ doubts }) => doubts === 0 || doubts === 32);
      const fixes = usable.filter((fix, index) => fix.at >= backTo || index >= usable.length - 3);
      return [animal, { fixes, later: this.fixes.length - end }];
    });
    return Promise.resolve(new Map(recalled));
  }
}
