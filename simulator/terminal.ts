/** What the programs need of a stream that people read. */
export interface TextStream {
  readonly isTTY?: boolean;
  /** Width of a terminal. */
  readonly columns?: number;
  write(text: string, written?: () => void): boolean;
}

const CLEAR_LINE = '\r\u001b[K';
const REFRESH_MS = { tty: 200, file: 1_000 } as const;

/** Standard output for results, standard error for what goes on. */
export class Terminal {
  private describe: (() => string) | undefined;

  constructor(
    private readonly out: TextStream,
    private readonly errors: TextStream,
  ) {}

  /** A line of the result. Resolves when it is written: a slow reader slows the writer, and a signal is heard between two lines. */
  async print(line: string): Promise<void> {
    await new Promise<void>((resolve) => void this.out.write(`${line}\n`, () => resolve()));
  }

  /** A line about what goes on. */
  tell(line: string): void {
    this.errors.write(`${this.errors.isTTY ? CLEAR_LINE : ''}${line}\n`);
    if (this.errors.isTTY) this.show();
  }

  /** Shows how far long work is: over and over on one line of a terminal, a line a second elsewhere. Returns what ends it. */
  progress(describe: () => string): () => void {
    this.describe = describe;
    const timer = setInterval(() => this.show(), this.errors.isTTY ? REFRESH_MS.tty : REFRESH_MS.file);
    return () => {
      clearInterval(timer);
      if (this.errors.isTTY && this.describe) this.errors.write(CLEAR_LINE);
      this.describe = undefined;
    };
  }

  private show(): void {
    if (this.describe === undefined) return;
    const line = this.describe();
    // A line that is longer than the terminal is wide would scroll instead of being renewed.
    this.errors.write(this.errors.isTTY ? CLEAR_LINE + line.slice(0, (this.errors.columns ?? 80) - 1) : `${line}\n`);
  }
}
