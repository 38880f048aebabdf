import type { EpochMs } from '../domain/fix.ts';
import type { Compared, Finding } from './backtest-fold.ts';

const MONTH_MS = 30 * 86_400_000;

/** What comes of one of two settings. */
interface Tally {
  /** Alerts that were open at some moment of the window. */
  alerts: number;
  /** Those of them that opened in it. */
  opened: number;
  /** By the worst level that each came to. */
  readonly byLevel: Record<string, number>;
}

/** Counts what a trial finds. */
export class Score {
  /** Fixes of the window so far. */
  fixes = 0;
  private animalMs = 0;
  private readonly proposed: Tally;
  private readonly inForce: Tally;
  private readonly verdicts = { both: 0, 'only-proposed': 0, 'only-in-force': 0 };

  constructor(
    levels: readonly string[],
    private readonly from: EpochMs,
    private readonly until: EpochMs,
  ) {
    const none = (): Tally => ({
      alerts: 0,
      opened: 0,
      byLevel: Object.fromEntries(levels.map((level) => [level, 0])),
    });
    this.proposed = none();
    this.inForce = none();
  }

  /** An animal that was ever heard wore a collar from then on, and until then (null: still). */
  watched(from: EpochMs, to: EpochMs | null): void {
    this.animalMs += Math.max(0, Math.min(to ?? Infinity, this.until) - Math.max(from, this.from));
  }

  /** @param found together: nothing of it is found again */
  found(found: readonly Compared[]): void {
    for (const compared of found) {
      this.verdicts[compared.verdict]++;
      this.count(compared.verdict === 'only-in-force' ? this.inForce : this.proposed, compared);
    }
    // One alert by the settings in force can be two by those proposed.
    for (const other of new Set(found.flatMap(({ inForce }) => inForce))) this.count(this.inForce, other);
  }

  summary() {
    const animalMonths = this.animalMs / MONTH_MS;
    const rated = ({ alerts, opened, byLevel }: Tally) => ({
      alerts,
      opened,
      perAnimalMonth: animalMonths === 0 ? null : rounded(opened / animalMonths),
      byLevel,
    });
    return {
      from: new Date(this.from).toISOString(),
      to: new Date(this.until).toISOString(),
      fixes: this.fixes,
      animalMonths: rounded(animalMonths),
      proposed: rated(this.proposed),
      inForce: rated(this.inForce),
      both: this.verdicts.both,
      onlyProposed: this.verdicts['only-proposed'],
      onlyInForce: this.verdicts['only-in-force'],
    };
  }

  private count(tally: Tally, { episode: { openedAt, closedAt, peak } }: Finding): void {
    if ((closedAt ?? Infinity) < this.from) return;
    tally.alerts++;
    if (openedAt >= this.from) tally.opened++;
    tally.byLevel[peak] = (tally.byLevel[peak] ?? 0) + 1;
  }
}

const rounded = (value: number): number => Math.round(value * 1_000) / 1_000;
