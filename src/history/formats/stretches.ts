import type { FixBlock } from '../fix-block.ts';

/** The rows of a block, some at a time, so that no piece of text is long in the making. */
export function* stretchesOf({ length }: FixBlock, rows: number): Generator<{ from: number; to: number }, void, void> {
  for (let from = 0; from < length; from += rows) yield { from, to: Math.min(length, from + rows) };
}
