import { setImmediate } from 'node:timers/promises';

/** How long others wait at most while a long calculation goes on, milliseconds, but for its longest part. */
const TURN_MS = 8;

/** Long calculations that let others take their turn. */
export class AtEase {
  private since = performance.now();

  /** Lets others run when it is their turn. */
  async pause(): Promise<void> {
    if (performance.now() - this.since < TURN_MS) return;
    await setImmediate();
    this.since = performance.now();
  }

  /** Goes through with a calculation that yields between its parts. */
  async finish<T>(steps: Generator<void, T, void>): Promise<T> {
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      await this.pause();
    }
  }
}
