/** What a bench has started and must end, however it ends itself: last begun, first ended. */
export class Cleanup {
  private readonly steps: (() => Promise<unknown> | void)[] = [];
  private running: Promise<void> | null = null;

  /** @throws Error when everything is being ended: then this is ended at once */
  add(step: () => Promise<unknown> | void): void {
    if (this.running === null) return void this.steps.push(step);
    void step();
    throw new Error('the bench is being ended');
  }

  /** Ends everything once, whoever asks and however often. A step that does not work keeps none of the others from being done. */
  run(): Promise<void> {
    this.running ??= this.all();
    return this.running;
  }

  private async all(): Promise<void> {
    for (let step = this.steps.pop(); step; step = this.steps.pop()) {
      try {
        await step();
      } catch (error) {
        process.stderr.write(`ending: ${String(error)}\n`);
      }
    }
  }
}

/** Runs work that starts processes; Ctrl-C and SIGTERM end those first, then this one. */
export async function cleaningUp<T>(work: (cleanup: Cleanup) => Promise<T>): Promise<T> {
  const cleanup = new Cleanup();
  const interrupted = (signal: NodeJS.Signals) =>
    void cleanup.run().finally(() => process.exit(signal === 'SIGINT' ? 130 : 143));
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    return await work(cleanup);
  } finally {
    await cleanup.run();
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
  }
}
