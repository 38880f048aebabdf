import type { ImportItem } from '../../src/imports/import-item.ts';
import { UnreadableFile } from '../../src/imports/import-item.ts';
import type { ReadingOptions } from '../../src/imports/reading/options.ts';
import type { Progress } from '../../src/imports/reading/read-file.ts';
import { readFile } from '../../src/imports/reading/read-file.ts';
import type { Recognised } from '../../src/imports/reading/recognised.ts';

/** What came of reading a file: its items, and why it ended early (undefined: it did not). */
export interface FileRead {
  readonly items: ImportItem[];
  readonly recognised: Recognised | undefined;
  readonly error: UnreadableFile | undefined;
}

/** Bytes in chunks that end where they are told to, the rest in one. */
export async function* inChunks(bytes: Uint8Array, ends: readonly number[] = []): AsyncGenerator<Uint8Array> {
  let from = 0;
  for (const end of [...ends].sort((a, b) => a - b)) {
    if (end <= from || end >= bytes.length) continue;
    yield bytes.subarray(from, end);
    from = end;
  }
  yield bytes.subarray(from);
}

/** Reads a whole file of which the test knows that it is small. */
export async function readAll(
  file: string | Uint8Array | AsyncIterable<Uint8Array>,
  options: ReadingOptions = {},
  progress: Progress = {},
): Promise<FileRead> {
  const bytes = typeof file === 'string' ? Buffer.from(file) : file;
  const reading = readFile(bytes instanceof Uint8Array ? inChunks(bytes) : bytes, options, progress);
  const items: ImportItem[] = [];
  try {
    for (;;) {
      const next = await reading.next();
      if (next.done === true) return { items, recognised: next.value, error: undefined };
      items.push(...next.value.items);
    }
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    return { items, recognised: undefined, error };
  }
}
