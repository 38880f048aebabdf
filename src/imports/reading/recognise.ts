import { constants, gunzipSync } from 'node:zlib';
import { UnreadableFile } from '../import-item.ts';
import type { ReadingOptions } from './options.ts';
import type { Recognised } from './recognised.ts';
import { understand } from './understand.ts';
import { isGzip } from './unpack.ts';

/** Bytes of a file's beginning that tell what it is; more do no harm. */
export const HEAD_BYTES = 65_536;
/** Packed, a file tells as much in fewer bytes. */
const PACKED_PARTS = [1_024, 4_096, 16_384, HEAD_BYTES];

/**
 * Says what a file is from its first bytes (64 KiB, or the whole file where it is shorter), packed or not.
 *
 * @throws UnreadableFile when it can be no file that we read; what an option can answer is a question instead
 */
export function recognise(head: Uint8Array, options: ReadingOptions = {}): Recognised {
  const whole = head.length < HEAD_BYTES;
  if (!isGzip(head)) return understand(head, whole, false, options).recognised;
  let bytes: Uint8Array = new Uint8Array(0);
  for (const part of PACKED_PARTS) {
    bytes = unpackedStart(head.subarray(0, part));
    if (bytes.length >= HEAD_BYTES || part >= head.length) break;
  }
  return understand(bytes.subarray(0, HEAD_BYTES), whole && bytes.length <= HEAD_BYTES, true, options).recognised;
}

/** What the beginning of a gzip file unpacks to: at most some thousand times its size. */
function unpackedStart(packed: Uint8Array): Uint8Array {
  try {
    return gunzipSync(packed, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch (error) {
    throw new UnreadableFile(`the gzip file is damaged at its beginning (${(error as Error).message})`);
  }
}
