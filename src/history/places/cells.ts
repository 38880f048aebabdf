import type { Position } from '../../domain/fix.ts';
import type { Bounds } from '../../domain/geo/bounds.ts';

/*
 * Cells of 1/32 degree, numbered row by row from the south-west, as the index `fix_cell` numbers them:
 * (floor((lat + 90) * 32)::integer * 11520 + floor((lon + 180) * 32)::integer).
 */

const CELLS_PER_DEGREE = 32;
const CELLS_PER_ROW = 360 * CELLS_PER_DEGREE;
/** Ranges that a statement is asked at most: one more costs it a descent of the index in each month. */
const MAX_RANGES = 2_048;

/** Numbers of cells from each `low` to its `high`, both included; in ascending order, never overlapping. */
export interface CellRanges {
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** Longitudes from `west` to `east`, both included, within ±180. */
export interface Longitudes {
  readonly west: number;
  readonly east: number;
}

/** The number of the cell that a position is in. 180 E is the first cell of the next row: it has one number all the same. */
export function cellOf({ lon, lat }: Position): number {
  return rowOf(lat) * CELLS_PER_ROW + columnOf(lon);
}

/** How many cells a box touches, about. */
export function cellCount(bounds: Bounds): number {
  const columns = longitudesOf(bounds).reduce((sum, { west, east }) => sum + columnOf(east) - columnOf(west) + 1, 0);
  return (rowOf(bounds.north) - rowOf(bounds.south) + 1) * columns;
}

/**
 * The longitudes of a box as they may be stored: one stretch, or two of a box across 180° and of one that only touches it, for the
 * meridian there is written as 180 and as −180.
 */
export function longitudesOf({ west, east }: Bounds): readonly Longitudes[] {
  if (west > east) {
    return [
      { west, east: 180 },
      { west: -180, east },
    ];
  }
  if (west === -180 && east === 180) return [{ west, east }];
  if (west === -180) return [{ west, east }, MERIDIAN_EAST];
  if (east === 180) return [{ west, east }, MERIDIAN_WEST];
  return [{ west, east }];
}

const MERIDIAN_EAST: Longitudes = { west: 180, east: 180 };
const MERIDIAN_WEST: Longitudes = { west: -180, east: -180 };

/**
 * The cells of a box: a range for each row of them and each stretch of longitudes. Where that would be more than `most` ranges, rows
 * go together, with all that lies between them: every position of the box is in a range, but not only those.
 */
export function cellRanges(bounds: Bounds, most = MAX_RANGES): CellRanges {
  const columns = longitudesOf(bounds).map(({ west, east }) => [columnOf(west), columnOf(east)] as const);
  const [first, last] = [rowOf(bounds.south), rowOf(bounds.north)];
  const together = Math.ceil(((last - first + 1) * columns.length) / most);
  const ranges: [number, number][] = [];
  for (let row = first; row <= last; row += together) {
    const until = Math.min(last, row + together - 1);
    for (const [west, east] of together === 1 ? columns : [outermost(columns)])
      ranges.push([row * CELLS_PER_ROW + west, until * CELLS_PER_ROW + east]);
  }
  return joined(ranges);
}

function outermost(columns: readonly (readonly [number, number])[]): readonly [number, number] {
  return [Math.min(...columns.map(([west]) => west)), Math.max(...columns.map(([, east]) => east))];
}

/** In order, and those that overlap or follow on each other as one: no row is to be answered twice. */
function joined(ranges: [number, number][]): CellRanges {
  const low: number[] = [];
  const high: number[] = [];
  for (const [from, to] of ranges.sort(([a], [b]) => a - b)) {
    const end = high.at(-1);
    if (end !== undefined && from <= end + 1) high[high.length - 1] = Math.max(end, to);
    else {
      low.push(from);
      high.push(to);
    }
  }
  return { low, high };
}

function rowOf(lat: number): number {
  return Math.floor((lat + 90) * CELLS_PER_DEGREE);
}

function columnOf(lon: number): number {
  return Math.floor((lon + 180) * CELLS_PER_DEGREE);
}
