import { meanOf } from './mcp.ts';

/** Cells of the grid in one bandwidth, where the grid may be that fine. */
const CELLS_PER_H = 5;
/** Cells along a side at most. */
const MOST_CELLS = 512;
/** How far the kernel and the grid around the points reach, in bandwidths: beyond it lies a ten-thousandth. */
const REACH_H = 4;

/** How an animal uses the land: a density over a grid of square cells, summing to 1. */
export interface Utilization {
  /** Bandwidth, metres. */
  readonly h: number;
  readonly cellM: number;
  /** Metres of the middle of the first cell. */
  readonly west: number;
  readonly south: number;
  readonly columns: number;
  readonly rows: number;
  /** Row by row from the south; of each cell its share of the whole. */
  readonly density: Float64Array;
}

/**
 * The reference bandwidth, metres: h = σ n^(−1/6), σ² = ½ (var x + var y), variances with n − 1 (adehabitatHR's `href`; D. W. Scott 1992).
 *
 * @param count points that were seen, where only some of them are given; n of the formula
 */
export function referenceBandwidth(points: Float64Array, count = points.length / 2): number {
  const n = points.length / 2;
  const [meanX, meanY] = meanOf(points);
  let squares = 0;
  for (let i = 0; i < points.length; i += 2) squares += (points[i]! - meanX) ** 2 + (points[i + 1]! - meanY) ** 2;
  return Math.sqrt(squares / (n - 1) / 2) * count ** (-1 / 6);
}

/**
 * A kernel density of points with a bivariate normal kernel (B. J. Worton 1989). Points are shared among the four cells around them by how
 * near they are (linear binning, M. P. Wand 1994), and each row and column is smoothed: as good as summing kernels at each cell, at a
 * cost that does not grow with points. Yields after some rows.
 *
 * @param h bandwidth, metres, more than 0
 */
export function* utilization(points: Float64Array, h: number): Generator<void, Utilization, void> {
  const grid = gridOf(points, h);
  const { columns, rows, cellM, west, south } = grid;
  const cells = new Float64Array(columns * rows);
  const share = 2 / points.length;
  for (let i = 0; i < points.length; i += 2) {
    const x = (points[i]! - west) / cellM;
    const y = (points[i + 1]! - south) / cellM;
    const cell = Math.floor(y) * columns + Math.floor(x);
    const [dx, dy] = [x - Math.floor(x), y - Math.floor(y)];
    cells[cell]! += (1 - dx) * (1 - dy) * share;
    cells[cell + 1]! += dx * (1 - dy) * share;
    cells[cell + columns]! += (1 - dx) * dy * share;
    cells[cell + columns + 1]! += dx * dy * share;
    if (i % 65_536 === 65_534) yield;
  }
  const kernel = kernelOf(h / cellM);
  const alongRows = yield* smoothed(cells, columns, rows, 1, columns, kernel);
  const density = yield* smoothed(alongRows, rows, columns, columns, 1, kernel);
  return { h, ...grid, density };
}

function gridOf(points: Float64Array, h: number): Omit<Utilization, 'h' | 'density'> {
  let [west, east, south, north] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < points.length; i += 2) {
    west = Math.min(west, points[i]!);
    east = Math.max(east, points[i]!);
    south = Math.min(south, points[i + 1]!);
    north = Math.max(north, points[i + 1]!);
  }
  const around = 2 * REACH_H * h;
  const width = Math.max(east - west, north - south) + around;
  const cellM = Math.max(h / CELLS_PER_H, width / (MOST_CELLS - 4));
  return {
    cellM,
    west: west - around / 2 - cellM,
    south: south - around / 2 - cellM,
    columns: Math.ceil((east - west + around) / cellM) + 3,
    rows: Math.ceil((north - south + around) / cellM) + 3,
  };
}

/** Weights at 0, 1, 2 … cells, of which the whole kernel sums to 1. */
function kernelOf(hCells: number): Float64Array {
  const reach = Math.max(1, Math.ceil(REACH_H * hCells));
  const weights = Float64Array.from({ length: reach + 1 }, (_, i) => Math.exp(-0.5 * (i / hCells) ** 2));
  const whole = weights.reduce((sum, weight, i) => sum + (i === 0 ? 1 : 2) * weight, 0);
  return weights.map((weight) => weight / whole);
}

/** Lines of cells, each smoothed by the kernel. `step` leads along a line, `stride` from one line to the next. */
function* smoothed(
  cells: Float64Array,
  length: number,
  lines: number,
  step: number,
  stride: number,
  kernel: Float64Array,
): Generator<void, Float64Array, void> {
  const out = new Float64Array(cells.length);
  for (let line = 0; line < lines; line++) {
    const begin = line * stride;
    for (let i = 0; i < length; i++) {
      const value = cells[begin + i * step]!;
      if (value === 0) continue;
      const least = Math.max(-i, 1 - kernel.length);
      const most = Math.min(length - 1 - i, kernel.length - 1);
      for (let k = least; k <= most; k++) out[begin + (i + k) * step]! += value * kernel[k < 0 ? -k : k]!;
    }
    if (line % 32 === 31) yield;
  }
  return out;
}

/** Halvings of an interval until it is as narrow as its numbers. */
const HALVINGS = 60;

/**
 * The density above which a share of the whole lies: the isopleth of that share. Yields after each halving of where it is looked for.
 *
 * @param share more than 0, less than 1
 */
export function* isoplethLevel({ density }: Utilization, share: number): Generator<void, number, void> {
  let whole = 0;
  let most = 0;
  for (const value of density) {
    whole += value;
    most = Math.max(most, value);
  }
  let [low, high] = [0, most];
  for (let i = 0; i < HALVINGS; i++) {
    const level = (low + high) / 2;
    let above = 0;
    for (const value of density) if (value >= level) above += value;
    if (above >= share * whole) low = level;
    else high = level;
    yield;
  }
  return (low + high) / 2;
}
