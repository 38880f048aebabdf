/**
 * The quantile of values, between the two nearest ones (type 7 of R. J. Hyndman and Y. Fan, Sample Quantiles, 1996; R's and numpy's own).
 * Finds them without sorting; yields after each pass. Changes the order of the values.
 *
 * @param values at least one
 * @param share 0 to 1
 */
export function* quantile(values: Float64Array, share: number): Generator<void, number, void> {
  const rank = (values.length - 1) * share;
  const below = Math.floor(rank);
  const lower = yield* nth(values, below);
  if (below === rank) return lower;
  // All after it are at least as great: the next is the least of them.
  let upper = Infinity;
  for (let i = below + 1; i < values.length; i++) upper = Math.min(upper, values[i]!);
  return lower + (upper - lower) * (rank - below);
}

/** The value that has so many before it in order; puts it in its place, no greater ones before it, no lesser ones after it. */
function* nth(values: Float64Array, n: number): Generator<void, number, void> {
  for (let low = 0, high = values.length - 1; low < high;) {
    const pivot = middle(values[low]!, values[(low + high) >>> 1]!, values[high]!);
    let [i, j] = [low, high];
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i > j) break;
      const swapped = values[i]!;
      values[i++] = values[j]!;
      values[j--] = swapped;
    }
    if (n <= j) high = j;
    else if (n >= i) low = i;
    else break;
    yield;
  }
  return values[n]!;
}

function middle(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
