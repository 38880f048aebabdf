import { randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Characters kept in memory before a file is used. */
const MEMORY_CHARS = 2_097_152;
const READ_BYTES = 262_144;

/**
 * ASCII text that has to wait for other text to be written first: a short one waits in memory, a long one in a temporary file that has no
 * name any more when the first byte is in it, so that nobody else reads it and a crash leaves nothing behind. Close it in a `finally`.
 */
export class Spool {
  private texts: string[] = [];
  private chars = 0;
  private file: FileHandle | null = null;

  constructor(private readonly memoryChars = MEMORY_CHARS) {}

  get isEmpty(): boolean {
    return this.chars === 0 && this.file === null;
  }

  /** Whether it waits in a file. */
  get isOnDisk(): boolean {
    return this.file !== null;
  }

  /** @throws Error when the temporary folder has no room */
  async append(text: string): Promise<void> {
    this.texts.push(text);
    this.chars += text.length;
    if (this.chars <= this.memoryChars) return;
    this.file ??= await nameless();
    const waiting = this.texts.join('');
    this.texts = [];
    this.chars = 0;
    await this.file.appendFile(waiting, 'latin1');
  }

  /** All of it, in the order in which it came. Append nothing afterwards. */
  async *read(): AsyncGenerator<string, void, void> {
    if (this.file) {
      const buffer = Buffer.allocUnsafe(READ_BYTES);
      for (let position = 0; ;) {
        const { bytesRead } = await this.file.read(buffer, 0, READ_BYTES, position);
        if (bytesRead === 0) break;
        position += bytesRead;
        yield buffer.toString('latin1', 0, bytesRead);
      }
    }
    yield* this.texts;
  }

  async close(): Promise<void> {
    const { file } = this;
    this.file = null;
    this.texts = [];
    this.chars = 0;
    await file?.close();
  }
}

async function nameless(): Promise<FileHandle> {
  const name = path.join(tmpdir(), `collarwatch-${randomUUID()}`);
  const file = await open(name, 'wx+', 0o600);
  await unlink(name);
  return file;
}
