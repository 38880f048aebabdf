import { once } from 'node:events';
import { createGunzip } from 'node:zlib';
import type { UnpackingLimits } from './options.ts';

/** The first two bytes of a gzip file. */
export const GZIP = [0x1f, 0x8b] as const;
/** Packed bytes unpacked at a time: even of nothing but zeros they make no more than some 16 MiB. */
const PART_BYTES = 16_384;
/** The least that is unpacked before the ratio is judged: short files pack in odd ways. */
const JUDGED_FROM = 2 ** 20;

/** The source stops being readable: cut off, damaged. What came before it has been given. */
export class BrokenSource extends Error {
  override readonly name = 'BrokenSource';
}

/** Unpacked it would be far larger than a track can be; nothing more of it is unpacked. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge';
}

/** Tells what has been taken of the source. */
export interface Taken {
  bytes: number;
  packed: boolean;
}

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === GZIP[0] && bytes[1] === GZIP[1];
}

/**
 * The file's own bytes, unpacked where they begin as gzip does, as fast as they are asked for.
 *
 * @throws BrokenSource, TooLarge
 */
export async function* unpacked(
  source: AsyncIterable<Uint8Array>,
  limits: UnpackingLimits,
  taken: Taken,
): AsyncGenerator<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    const first = await atLeast(2, iterator, taken);
    taken.packed = isGzip(first);
    const all = (async function* () {
      yield first;
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
        taken.bytes += next.value.length;
        yield next.value;
      }
    })();
    yield* taken.packed ? gunzipped(all, limits) : all;
  } finally {
    await iterator.return?.();
  }
}

/** The first bytes of a source: as many as asked for, or more, or all that there are. */
async function atLeast(bytes: number, iterator: AsyncIterator<Uint8Array>, taken: Taken): Promise<Uint8Array> {
  let first: Uint8Array = new Uint8Array(0);
  while (first.length < bytes) {
    const next = await iterator.next();
    if (next.done === true) break;
    taken.bytes += next.value.length;
    first = first.length === 0 ? next.value : Buffer.concat([first, next.value]);
  }
  return first;
}

/**
 * Not a pipeline: there an error throws away what was unpacked before it, and of a file that was cut off that is what can be saved.
 */
async function* gunzipped(packed: AsyncIterable<Uint8Array>, limits: UnpackingLimits): AsyncGenerator<Uint8Array> {
  const gunzip = new Gunzip(limits);
  try {
    for await (const chunk of packed) {
      for (let from = 0; from < chunk.length && gunzip.goesOn(); from += PART_BYTES) {
        yield* await gunzip.write(chunk.subarray(from, from + PART_BYTES));
      }
      if (!gunzip.goesOn()) break;
    }
    yield* gunzip.end();
  } finally {
    gunzip.destroy();
  }
}

class Gunzip {
  private readonly stream = createGunzip();
  private readonly over = Promise.race([once(this.stream, 'end'), once(this.stream, 'close')]).catch(() => undefined);
  private ready: Buffer[] = [];
  private bytes = 0;
  private failed: Error | null = null;

  constructor(private readonly limits: UnpackingLimits) {
    this.stream.on('error', (error: Error) => (this.failed ??= broken(error)));
    this.stream.on('data', (part: Buffer) => this.take(part));
  }

  goesOn(): boolean {
    return this.failed === null;
  }

  /** What the part unpacks to. @throws TooLarge */
  async write(part: Uint8Array): Promise<Buffer[]> {
    await Promise.race([new Promise((done) => this.stream.write(part, done)), this.over]);
    return this.taken();
  }

  /** What is left; a failure is thrown after that has been taken. */
  async *end(): AsyncGenerator<Buffer> {
    this.stream.end();
    await this.over;
    yield* this.taken();
    if (this.failed !== null) throw this.failed;
  }

  destroy(): void {
    this.stream.destroy();
  }

  private take(part: Buffer): void {
    this.bytes += part.length;
    this.failed ??= tooLarge(this.bytes, this.stream.bytesWritten, this.limits);
    if (this.failed === null) this.ready.push(part);
    else this.stream.destroy();
  }

  private taken(): Buffer[] {
    // Of what is far too large nothing more is worth reading.
    if (this.failed instanceof TooLarge) throw this.failed;
    const { ready } = this;
    this.ready = [];
    return ready;
  }
}

function broken(error: Error): BrokenSource {
  return new BrokenSource(
    (error as NodeJS.ErrnoException).code === 'Z_BUF_ERROR'
      ? 'the gzip file is cut off: expected its end'
      : `the gzip file is damaged (${error.message})`,
  );
}

function tooLarge(bytes: number, packedBytes: number, limits: UnpackingLimits): TooLarge | null {
  if (bytes > limits.maxBytes) {
    return new TooLarge(`unpacked the file is larger than ${limits.maxBytes} bytes: cut it into several`);
  }
  if (bytes > JUDGED_FROM && bytes > packedBytes * limits.maxRatio) {
    return new TooLarge(
      `the gzip file unpacks to more than ${limits.maxRatio} times its size, which no track does: ` +
        'it is not unpacked any further; unpack it yourself if it is what it should be',
    );
  }
  return null;
}

/** The same bytes in pieces of about one size: small ones are gathered, large ones cut. */
export async function* inPieces(bytes: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let gathered: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of bytes) {
      for (let from = 0; from < chunk.length;) {
        const part = chunk.subarray(from, from + size - length);
        from += part.length;
        length += part.length;
        gathered.push(part);
        if (length < size) continue;
        const piece = gathered.length === 1 ? part : Buffer.concat(gathered);
        [gathered, length] = [[], 0];
        yield piece;
      }
    }
  } catch (error) {
    // What came before it stands.
    if (error instanceof BrokenSource && length > 0) yield Buffer.concat(gathered);
    throw error;
  }
  if (length > 0) yield Buffer.concat(gathered);
}
