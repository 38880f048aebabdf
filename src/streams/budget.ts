import type { EpochMs } from '../domain/fix.ts';

/** So much at once, and so much a second after that. */
export class Budget {
  private left: number;
  private at: EpochMs | null = null;

  constructor(
    private readonly atOnce: number,
    private readonly perSecond: number,
  ) {
    this.left = atOnce;
  }

  /**
   * Takes one.
   *
   * @returns milliseconds until there would have been one; 0: it is taken
   */
  take(now: EpochMs): number {
    const passedS = Math.max(0, now - (this.at ?? now)) / 1000;
    this.left = Math.min(this.atOnce, this.left + passedS * this.perSecond);
    this.at = now;
    if (this.left < 1) return Math.ceil(((1 - this.left) / this.perSecond) * 1000);
    this.left -= 1;
    return 0;
  }
}
