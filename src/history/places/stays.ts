import type { EpochMs } from '../../domain/fix.ts';

/** Fixes farther apart than this say nothing of what was between them (the path between fixes, docs/alerts.md): a stay ends there. */
export const LONGEST_GAP_MS = 6 * 3_600_000;

/** One stay of one animal in a shape: fixes inside, one after the other, none outside between them and no long gap. */
export interface Stay {
  /** The first fix inside. */
  readonly entered: EpochMs;
  /** The last fix inside. */
  readonly left: EpochMs;
  readonly fixes: number;
  /** What ended it; `open`: nothing that was asked for. */
  readonly ended: 'outside' | 'gap' | 'open';
}

/** Makes stays of the fixes of one animal in the order of time. */
export class Stays {
  private entered: EpochMs | null = null;
  private left: EpochMs = NaN;
  private fixes = 0;

  /** @returns the stay that this fix ends; null: none */
  next(at: EpochMs, isInside: boolean): Stay | null {
    const ended = this.entered === null ? null : at - this.left > LONGEST_GAP_MS ? 'gap' : isInside ? null : 'outside';
    const stay = ended === null ? null : this.end(ended);
    if (isInside) {
      this.entered ??= at;
      this.left = at;
      this.fixes++;
    }
    return stay;
  }

  /** @returns the stay that is still going on when no more fixes follow; null: none */
  end(ended: Stay['ended'] = 'open'): Stay | null {
    if (this.entered === null) return null;
    const stay = { entered: this.entered, left: this.left, fixes: this.fixes, ended };
    this.entered = null;
    this.fixes = 0;
    return stay;
  }
}
