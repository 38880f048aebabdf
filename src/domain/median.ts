/**
 * The middle value; of an even number, the mean of the two in the middle. Half of the values may be wrong, and it still lies
 * among the right ones.
 *
 * @param values one or more, in any order; left as they are
 */
export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  const upper = sorted[half]!;
  return sorted.length % 2 === 1 ? upper : (sorted[half - 1]! + upper) / 2;
}
