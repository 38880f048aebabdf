import type { EpochMs } from '../domain/fix.ts';
import type { DoubtBits } from '../domain/quality/doubt.ts';

/**
 * What can be asked of fixes beside time, place and doubts. Asking for none of them is fastest by far: the key alone then holds the
 * answer. `receivedAt` is epoch milliseconds; `late` 0 or 1; units as in domain/fix.ts.
 */
export const COLUMN_NAMES = [
  'receivedAt',
  'late',
  'altM',
  'accuracyM',
  'hdop',
  'satellites',
  'speedMps',
  'headingDeg',
  'temperatureC',
  'batteryV',
  'activity',
  'seq',
] as const;
export type ColumnName = (typeof COLUMN_NAMES)[number];

/** What a collar may report beside its position, in the order of `COLUMN_NAMES`. */
export const SENSOR_COLUMNS = COLUMN_NAMES.slice(2) as readonly Exclude<ColumnName, 'receivedAt' | 'late'>[];

/**
 * Some fixes of one collar, one after the other in the order of time, column by column: a long answer is a row of blocks, each
 * forgotten when it is written. All columns are `length` long.
 */
export interface FixBlock {
  /** Serial of the collar. */
  readonly collar: string;
  readonly length: number;
  /** Epoch milliseconds. */
  readonly at: Float64Array;
  /** Degrees WGS84. */
  readonly lon: Float64Array;
  readonly lat: Float64Array;
  /** Bits, `DOUBTS`. */
  readonly doubts: Float64Array;
  /** Those that were asked for; NaN: not reported. */
  readonly columns: Readonly<Partial<Record<ColumnName, Float64Array>>>;
}

/** The rows of a block at these places, in this order. */
export function pick(block: FixBlock, places: ArrayLike<number>): FixBlock {
  const of = (column: Float64Array) => Float64Array.from(places, (place) => column[place]!);
  return {
    collar: block.collar,
    length: places.length,
    at: of(block.at),
    lon: of(block.lon),
    lat: of(block.lat),
    doubts: of(block.doubts),
    columns: Object.fromEntries(Object.entries(block.columns).map(([name, column]) => [name, of(column)])),
  };
}

/** The rows of a block from one place to before another, without a copy. */
export function slice(block: FixBlock, from: number, to: number): FixBlock {
  return {
    collar: block.collar,
    length: to - from,
    at: block.at.subarray(from, to),
    lon: block.lon.subarray(from, to),
    lat: block.lat.subarray(from, to),
    doubts: block.doubts.subarray(from, to),
    columns: Object.fromEntries(
      Object.entries(block.columns).map(([name, column]) => [name, column.subarray(from, to)]),
    ),
  };
}

/** A fix of a block, as far as its neighbours are judged by it. */
export interface BlockFix {
  readonly at: EpochMs;
  readonly lon: number;
  readonly lat: number;
  readonly doubts: DoubtBits;
}

export function fixAt(block: FixBlock, place: number): BlockFix {
  return { at: block.at[place]!, lon: block.lon[place]!, lat: block.lat[place]!, doubts: block.doubts[place]! };
}
