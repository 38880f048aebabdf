import type { EpochMs } from '../src/domain/fix.ts';

/** How fast simulated time runs: a factor of real time, or as fast as messages are acknowledged. */
export type Speed = number | 'max';

/** A stretch of simulated time at one speed. */
export interface Stretch {
  readonly until: EpochMs;
  readonly speed: Speed;
}

/**
 * The simulated clock: what must wait until when. It starts when it is made and never runs ahead of the real one, for a server
 * doubts fixes from the future: when it has caught up with the present it goes on in real time, whatever its speed.
 */
export class Pace {
  private readonly stretches: Stretch[];
  private startedAt: EpochMs;

  /**
   * @param start simulated time at which the clock starts, epoch ms
   * @param stretches in order of time; the last one's speed holds for ever
   * @param realNow the real time, epoch ms
   */
  constructor(
    private start: EpochMs,
    stretches: readonly Stretch[],
    realNow: EpochMs,
  ) {
    this.stretches = [...stretches];
    this.startedAt = realNow;
  }

  /**
   * Real milliseconds to wait until the simulated clock shows `at`; 0 or less when it already does. Calls must be in order of `at`.
   * A stretch begins, for the real clock, when the first moment beyond the one before it is asked for.
   */
  waitMs(at: EpochMs, realNow: EpochMs): number {
    for (
      let [stretch, next] = this.stretches;
      stretch && next && at > stretch.until;
      [stretch, next] = this.stretches
    ) {
      this.startedAt = Math.max(realNow, this.due(stretch.until, stretch.speed));
      this.start = stretch.until;
      this.stretches.shift();
    }
    return this.due(at, this.stretches[0]?.speed ?? 1) - realNow;
  }

  /** The real time at which the clock shows `at`. */
  private due(at: EpochMs, speed: Speed): EpochMs {
    return speed === 'max' ? at : Math.max(at, this.startedAt + (at - this.start) / speed);
  }
}

/** Waits until the simulated clock shows `at`, or until the signal; before a wait that is one, calls `idle`. */
export async function untilDue(pace: Pace, at: EpochMs, stop: AbortSignal, idle?: () => void): Promise<void> {
  let wait = pace.waitMs(at, Date.now());
  if (wait > 0) idle?.();
  while (wait > 0 && !stop.aborted) {
    await sleep(wait, stop);
    wait = pace.waitMs(at, Date.now());
  }
}

/** Waits, at most until the signal; a wait of 0 or less does not even give way. */
export async function sleep(ms: number, stop: AbortSignal): Promise<void> {
  if (ms <= 0 || stop.aborted) return;
  const LONGEST = 2 ** 31 - 1; // setTimeout takes a longer wait for none
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, Math.min(ms, LONGEST));
    stop.addEventListener('abort', done, { once: true });
    function done(): void {
      clearTimeout(timer);
      stop.removeEventListener('abort', done);
      resolve();
    }
  });
}
