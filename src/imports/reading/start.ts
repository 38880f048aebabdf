import { UnreadableFile } from '../import-item.ts';
import type { ReadingOptions, UnpackingLimits } from './options.ts';
import { HEAD_BYTES } from './recognise.ts';
import type { Taken } from './unpack.ts';
import { BrokenSource, inPieces, TooLarge, unpacked } from './unpack.ts';
import type { Understood } from './understand.ts';
import { understand } from './understand.ts';

/** A file whose beginning has been understood, and all its text's bytes. */
export interface Started {
  readonly understood: Understood;
  readonly pieces: AsyncGenerator<Uint8Array, void>;
}

/**
 * Looks at a file's beginning.
 *
 * @param pieceBytes bytes of a piece, about
 * @throws UnreadableFile when it is nothing that we read, or leaves something open
 */
export async function startOf(
  source: AsyncIterable<Uint8Array>,
  options: ReadingOptions,
  limits: UnpackingLimits,
  taken: Taken,
  pieceBytes: number,
): Promise<Started> {
  const rest = inPieces(unpacked(source, limits, taken), pieceBytes);
  const first: Uint8Array[] = [];
  let [length, done] = [0, false];
  let broken: Error | undefined;
  try {
    while (length < HEAD_BYTES) {
      const next = await rest.next();
      if ((done = next.done === true)) break;
      first.push(next.value);
      length += first.at(-1)?.length ?? 0;
    }
  } catch (error) {
    // Of a file that is cut off what is there is read.
    if (!(error instanceof BrokenSource) || length === 0) throw unreadable(error);
    broken = error;
  }
  try {
    const understood = understand(Buffer.concat(first), done, taken.packed, options);
    const question = understood.recognised.questions[0];
    if (question) throw new UnreadableFile(question.message, placeOf(question));
    return { understood, pieces: all(first, understood.head.markBytes, rest, broken) };
  } catch (error) {
    await rest.return(undefined);
    throw error;
  }
}

function unreadable(error: unknown): unknown {
  return error instanceof BrokenSource || error instanceof TooLarge ? new UnreadableFile(error.message) : error;
}

function placeOf({
  line,
  column,
}: {
  line?: number | undefined;
  column?: string | undefined;
}): UnreadableFile['place'] {
  return line === undefined ? null : { line, column };
}

/** What was looked at, without the mark at its beginning, and what follows. */
async function* all(
  first: readonly Uint8Array[],
  markBytes: number,
  rest: AsyncGenerator<Uint8Array>,
  broken: Error | undefined,
): AsyncGenerator<Uint8Array, void> {
  try {
    let left = markBytes;
    for (const piece of first) {
      const skipped = Math.min(left, piece.length);
      left -= skipped;
      if (piece.length > skipped) yield piece.subarray(skipped);
    }
    if (broken !== undefined) throw broken;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}
