import type { Point } from '../../../simulator/movement/plane.ts';

/** Cells of the grid in one bandwidth: finer changes the area by less than 1 %. */
const CELLS_PER_BANDWIDTH = 4;
/** How far the kernel reaches, in bandwidths. */
const REACH = 4;

/**
 * Area (km²) of the kernel home range: the smallest area that holds a share of the utilisation distribution, estimated with a
 * fixed bivariate normal kernel and the reference bandwidth h = σ n^(−1/6), σ² = ½ (s²x + s²y) (Worton 1989), on a grid.
 */
export function kernelRangeKm2(points: readonly Point[], share: number): number {
  const h =
    Math.sqrt((variance(points.map(({ x }) => x)) + variance(points.map(({ y }) => y))) / 2) *
    points.length ** (-1 / 6);
  const cell = h / CELLS_PER_BANDWIDTH;
  const reach = REACH * CELLS_PER_BANDWIDTH;
  const west = Math.min(...points.map(({ x }) => x)) - reach * cell;
  const south = Math.min(...points.map(({ y }) => y)) - reach * cell;
  const columns = Math.ceil((Math.max(...points.map(({ x }) => x)) - west) / cell) + reach + 1;
  const rows = Math.ceil((Math.max(...points.map(({ y }) => y)) - south) / cell) + reach + 1;

  const counts = new Float64Array(columns * rows);
  for (const { x, y } of points) {
    const index = Math.round((y - south) / cell) * columns + Math.round((x - west) / cell);
    counts[index] = (counts[index] ?? 0) + 1;
  }
  const density = smooth(smooth(counts, columns, rows, 1, columns), columns, rows, columns, 1).sort();
  const total = density.reduce((sum, value) => sum + value, 0);
  let held = 0;
  let cells = 0;
  for (let i = density.length - 1; i >= 0 && held < share * total; i -= 1) {
    held += density[i] ?? 0;
    cells += 1;
  }
  return (cells * cell * cell) / 1e6;
}

/** Convolves the grid with a normal kernel along one axis: `stride` steps along it, `across` from line to line. */
function smooth(grid: Float64Array, columns: number, rows: number, stride: number, across: number): Float64Array {
  const length = stride === 1 ? columns : rows;
  const lines = stride === 1 ? rows : columns;
  const reach = REACH * CELLS_PER_BANDWIDTH;
  const kernel = Float64Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-0.5 * ((i - reach) / CELLS_PER_BANDWIDTH) ** 2),
  );
  const smoothed = new Float64Array(grid.length);
  for (let line = 0; line < lines; line += 1) {
    for (let i = 0; i < length; i += 1) {
      const value = grid[line * across + i * stride] ?? 0;
      if (value === 0) continue;
      const last = i + reach < length ? i + reach : length - 1;
      for (let k = i > reach ? i - reach : 0, index = line * across + k * stride; k <= last; k += 1, index += stride) {
        smoothed[index]! += value * kernel[k - i + reach]!;
      }
    }
  }
  return smoothed;
}

function variance(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
}
