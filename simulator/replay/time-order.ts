import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** Items that are sorted in memory at once. */
const RUN = 50_000;

interface Ordered<T> {
  readonly at: number;
  /** Place among all items: items of one time keep their order. */
  readonly place: number;
  readonly item: T;
}

/**
 * Puts any number of items in order of time in bounded memory: sorted runs go to files of a temporary folder and are merged.
 * Items must survive JSON.
 */
export class TimeOrder<T> {
  private run: Ordered<T>[] = [];
  private readonly files: string[] = [];
  private folder: string | undefined;
  count = 0;

  constructor(private readonly runLength = RUN) {}

  async add(at: number, item: T): Promise<void> {
    this.run.push({ at, place: this.count, item });
    this.count += 1;
    if (this.run.length >= this.runLength) await this.spill();
  }

  /** All items in order. May be read once, after the last was added. */
  async *items(): AsyncGenerator<T> {
    const heads = await Promise.all([
      readRun(this.sortedRun()),
      ...this.files.map((file) => readRun(fileRun<T>(file))),
    ]);
    for (;;) {
      const first = heads.reduce((least, head) => (before(head, least) ? head : least));
      if (first.next === undefined) return;
      yield first.next.item;
      await first.advance();
    }
  }

  /** Removes what lies on disk. */
  async close(): Promise<void> {
    if (this.folder !== undefined) await rm(this.folder, { recursive: true, force: true });
  }

  private sortedRun(): Ordered<T>[] {
    return this.run.sort((a, b) => a.at - b.at || a.place - b.place);
  }

  private async spill(): Promise<void> {
    this.folder ??= await mkdtemp(path.join(tmpdir(), 'collarwatch-replay-'));
    const file = path.join(this.folder, `${this.files.length}.jsonl`);
    await writeFile(
      file,
      this.sortedRun().map((entry) => `${JSON.stringify(entry)}\n`),
      { mode: 0o600 },
    );
    this.files.push(file);
    this.run = [];
  }
}

interface Head<T> {
  next: Ordered<T> | undefined;
  advance(): Promise<void>;
}

function before<T>({ next: a }: Head<T>, { next: b }: Head<T>): boolean {
  if (a === undefined || b === undefined) return a !== undefined;
  return a.at < b.at || (a.at === b.at && a.place < b.place);
}

async function readRun<T>(entries: Iterable<Ordered<T>, void> | AsyncIterable<Ordered<T>, void>): Promise<Head<T>> {
  const iterator: AsyncIterator<Ordered<T>, void> | Iterator<Ordered<T>, void> =
    Symbol.asyncIterator in entries ? entries[Symbol.asyncIterator]() : entries[Symbol.iterator]();
  const head: Head<T> = {
    next: undefined,
    advance: async () => {
      const result = await iterator.next();
      head.next = result.done ? undefined : result.value;
    },
  };
  await head.advance();
  return head;
}

async function* fileRun<T>(file: string): AsyncGenerator<Ordered<T>> {
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    yield JSON.parse(line) as Ordered<T>;
  }
}
