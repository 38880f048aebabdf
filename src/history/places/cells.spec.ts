import fc from 'fast-check';
import { evenly } from '../../../test/support/shapes.ts';
import type { Position } from '../../domain/fix.ts';
import type { Bounds } from '../../domain/geo/bounds.ts';
import { cellCount, cellOf, type CellRanges, cellRanges, longitudesOf } from './cells.ts';

const isIn = ({ low, high }: CellRanges, cell: number) => low.some((from, i) => cell >= from && cell <= high[i]!);

/** Degrees evenly, and often on the edges of cells and of the world. */
const aLongitude = fc.oneof(
  evenly(-180, 180),
  fc.integer({ min: -5_760, max: 5_760 }).map((n) => n / 32),
);
const aLatitude = fc.oneof(
  evenly(-90, 90),
  fc.integer({ min: -2_880, max: 2_880 }).map((n) => n / 32),
);
const aBox: fc.Arbitrary<Bounds> = fc
  .tuple(aLongitude, aLatitude, aLongitude, aLatitude)
  .map(([west, a, east, b]) => ({ west, east, south: Math.min(a, b), north: Math.max(a, b) }));

/** A box, and a position in it or on its edge; on the meridian of 180 it may be written either way. */
const aBoxAndPosition: fc.Arbitrary<{ box: Bounds; position: Position }> = fc
  .tuple(
    aBox,
    fc.oneof(evenly(0, 1), fc.constantFrom(0, 1)),
    fc.oneof(evenly(0, 1), fc.constantFrom(0, 1)),
    fc.boolean(),
  )
  .map(([box, x, y, flipped]) => {
    const stretches = longitudesOf(box);
    const { west, east } = stretches[flipped ? stretches.length - 1 : 0]!;
    return { box, position: { lon: at(west, east, x), lat: at(box.south, box.north, y) } };
  });

function at(from: number, to: number, share: number): number {
  return share === 1 ? to : Math.min(to, from + (to - from) * share);
}

describe('cells', () => {
  it('numbers cells row by row from the south-west', () => {
    expect(cellOf({ lon: -180, lat: -90 })).toBe(0);
    expect(cellOf({ lon: -180 + 1 / 32, lat: -90 })).toBe(1);
    expect(cellOf({ lon: -180, lat: -90 + 1 / 32 })).toBe(11_520);
    expect(cellOf({ lon: 131.7, lat: 43.3 })).toBe(4_265 * 11_520 + 9_974);
  });

  it('makes a range for each row of a box', () => {
    expect(cellRanges({ west: 131, south: 43, east: 131.05, north: 43.05 })).toEqual({
      low: [4_256 * 11_520 + 9_952, 4_257 * 11_520 + 9_952],
      high: [4_256 * 11_520 + 9_953, 4_257 * 11_520 + 9_953],
    });
    expect(cellCount({ west: 131, south: 43, east: 131.05, north: 43.05 })).toBe(4);
  });

  it('makes one range of the world, and of a strip around it', () => {
    expect(cellRanges({ west: -180, south: -90, east: 180, north: 90 })).toEqual({
      low: [0],
      high: [5_760 * 11_520 + 11_520],
    });
    expect(cellRanges({ west: -180, south: 0, east: 180, north: 1 }).low).toEqual([2_880 * 11_520]);
  });

  it('has every position of a box in a range, whatever the box and however few the ranges', () => {
    fc.assert(
      fc.property(aBoxAndPosition, fc.constantFrom(1, 2, 3, 16, 256), ({ box, position }, most) => {
        expect(isIn(cellRanges(box, most), cellOf(position))).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('never has more ranges than said, never two that overlap, always in order', () => {
    fc.assert(
      fc.property(aBox, fc.integer({ min: 2, max: 300 }), (box, most) => {
        const { low, high } = cellRanges(box, most);
        expect(low.length).toBe(high.length);
        expect(low.length).toBeLessThanOrEqual(most);
        expect(low.every((from, i) => high[i]! >= from)).toBe(true);
        expect(low.every((from, i) => i === 0 || from > high[i - 1]! + 1)).toBe(true);
      }),
    );
  });

  it('has no cell that the box does not touch, where a row has its own range', () => {
    fc.assert(
      fc.property(aBox, aLongitude, aLatitude, (box, lon, lat) => {
        fc.pre(lon < 180);
        const cell = cellOf({ lon, lat });
        if (!isIn(cellRanges(box, 100_000), cell)) return;
        const [row, column] = [Math.floor(cell / 11_520), cell % 11_520];
        const south = row / 32 - 90;
        expect(south <= box.north && south + 1 / 32 >= box.south - 1 / 32).toBe(true);
        const west = column / 32 - 180;
        const touched = longitudesOf(box).some((part) => west <= part.east && west + 1 / 32 >= part.west);
        // The first column is also where 180 E of the row below stands.
        expect(touched || (column === 0 && longitudesOf(box).some(({ east }) => east === 180))).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});
