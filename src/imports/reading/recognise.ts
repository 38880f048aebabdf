import { UnreadableFile } from '../import-item.ts';
import type { ReadingOptions } from './options.ts';
import type { Recognised } from './recognised.ts';

/** Bytes of a file's beginning that tell what it is; more do no harm. */
export const HEAD_BYTES = 65_536;

/**
 * Says what a file is from its first bytes (64 KiB, or the whole file where it is shorter), packed or not.
 *
 * @throws UnreadableFile when it can be no file that we read; what an option can answer is a question instead
 */
export function recognise(head: Uint8Array, options: ReadingOptions = {}): Recognised {
  void [head, options];
  throw new UnreadableFile('no format is recognised yet');
}
