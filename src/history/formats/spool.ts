import { randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Bytes kept in memory before a file is used. */
const MEMORY_BYTES = 2_097_152;
const READ_BYTES = 262_144;

/**
 * ASCII text that has to wait for other text to be written first: a short one waits in memory, a long one in a temporary file that has no
 * name any more when the first byte is in it, so that nobody else reads it and a crash leaves nothing behind. Close it in a `finally`.
 */
export class Spool {
  private waiting: Uint8Array[] = [];
  private bytes = 0;
  private file: FileHandle | null = null;
  private fileBytes = 0;

  constructor(private readonly memoryBytes = MEMORY_BYTES) {}

  /** Whether it waits in a file. */
  get isOnDisk(): boolean {
    return this.file !== null;
  }

  /** @throws Error when the temporary folder has no room */
  async append(text: string | Uint8Array): Promise<void> {
    // As bytes: a string that was put together of many small ones keeps all of them.
    const more = typeof text === 'string' ? Buffer.from(text, 'latin1') : text;
    this.waiting.push(more);
    this.bytes += more.length;
    if (this.bytes > this.memoryBytes) await this.flush();
  }

  /** All of it, in the order in which it came. Append nothing while it is read. */
  async *read(): AsyncGenerator<Uint8Array, void, void> {
    for (let position = 0; this.file !== null && position < this.fileBytes;) {
      const { bytesRead, buffer } = await this.file.read({ buffer: Buffer.allocUnsafe(READ_BYTES), position });
      if (bytesRead === 0) throw new Error('a temporary file was cut short');
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
    yield* this.waiting;
  }

  /** Forgets all of it, to be filled anew. */
  async clear(): Promise<void> {
    this.waiting = [];
    this.bytes = 0;
    this.fileBytes = 0;
    await this.file?.truncate(0);
  }

  async close(): Promise<void> {
    const { file } = this;
    this.file = null;
    this.waiting = [];
    this.bytes = 0;
    await file?.close();
  }

  private async flush(): Promise<void> {
    this.file ??= await nameless();
    const all = Buffer.concat(this.waiting);
    this.waiting = [];
    this.bytes = 0;
    for (let written = 0; written < all.length;) {
      const { bytesWritten } = await this.file.write(all, written, all.length - written, this.fileBytes);
      written += bytesWritten;
      this.fileBytes += bytesWritten;
    }
  }
}

async function nameless(): Promise<FileHandle> {
  const name = path.join(tmpdir(), `collarwatch-${randomUUID()}`);
  const file = await open(name, 'wx+', 0o600);
  await unlink(name);
  return file;
}
