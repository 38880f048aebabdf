import type { FixBlock } from '../fix-block.ts';

/** The rows of a block, some at a time, so that no piece of text is long in the making. */
export function* stretchesOf({ length }: FixBlock, rows: number): Generator<{ from: number; to: number }, void, void> {
  for (let from = 0; from < length; from += rows) yield { from, to: Math.min(length, from + rows) };
}

/** Whether a column has a value in some of its rows. A loop, for `some` with a function costs as much as writing a row. */
export function isReported(column: Float64Array | undefined, from: number, to: number): column is Float64Array {
  if (column === undefined) return false;
  for (let i = from; i < to; i++) if (!Number.isNaN(column[i]!)) return true;
  return false;
}
