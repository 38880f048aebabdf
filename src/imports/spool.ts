import { createReadStream, createWriteStream } from 'node:fs';
import { access, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Problem } from '../domain/problem.ts';

/** A sender who sends nothing for so long is given up, milliseconds. */
const STALLED_MS = 60_000;
const UNFINISHED = '.part';

/** Files of imports on disk until they are stored. Nobody but the server may read the folder: it holds positions. */
export class Spool {
  constructor(private readonly folder: string) {}

  /** Makes the folder; forgets what was being received when the server stopped. */
  async open(): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    for (const name of await readdir(this.folder))
      if (name.endsWith(UNFINISHED)) await rm(path.join(this.folder, name), { force: true });
  }

  /**
   * Takes a file in, in constant memory; it is on the disk when this resolves.
   *
   * @param name of the file in the spool: an import's id, or that with `.reference`
   * @returns its bytes
   * @throws Problem 413 when it is longer than allowed, 400 when it is empty or breaks off; nothing of it stays
   */
  async receive(name: string, body: Readable, maxBytes: number): Promise<number> {
    const unfinished = this.pathOf(name) + UNFINISHED;
    let bytes = 0;
    const stalled = setTimeout(() => body.destroy(new Error('nothing came')), STALLED_MS);
    const counted = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        stalled.refresh();
        bytes += chunk.length;
        done(bytes > maxBytes ? tooLarge(maxBytes) : null, chunk);
      },
    });
    try {
      await pipeline(body, counted, createWriteStream(unfinished, { mode: 0o600 }));
      if (bytes === 0) throw new Problem(400, 'empty-file', 'The body is empty; send the file as it is.');
      await synced(unfinished);
      await rename(unfinished, this.pathOf(name));
    } catch (error) {
      await rm(unfinished, { force: true });
      if (error instanceof Problem || (error as NodeJS.ErrnoException).syscall !== undefined) throw error;
      throw new Problem(400, 'cut-off', 'The body broke off before its end; nothing of it was kept.');
    } finally {
      clearTimeout(stalled);
    }
    return bytes;
  }

  read(name: string): Readable {
    return createReadStream(this.pathOf(name), { highWaterMark: 262_144 });
  }

  async has(name: string): Promise<boolean> {
    return access(this.pathOf(name)).then(
      () => true,
      () => false,
    );
  }

  /** Removes an import's file and what came with it. */
  async remove(id: string): Promise<void> {
    for (const name of [id, referenceOf(id)]) await rm(this.pathOf(name), { force: true });
  }

  private pathOf(name: string): string {
    return path.join(this.folder, name);
  }
}

/** The name in the spool of the reference data of an import. */
export const referenceOf = (id: string): string => `${id}.reference`;

function tooLarge(maxBytes: number): Problem {
  return new Problem(413, 'too-large', `A file may have ${maxBytes} bytes (IMPORT_MAX_BYTES); this one has more.`);
}

async function synced(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
