import fc from 'fast-check';
import { aFarmShape, anAzimuth, evenly } from '../../../test/support/shapes.ts';
import { trueOffset } from '../../../test/support/geodesy-oracle.ts';
import type { Position } from '../../domain/fix.ts';
import { shortWay } from '../../domain/geo/ellipsoid.ts';
import { insideShare } from './inside-share.ts';
import { boxShape, polygonShape, type Shape } from './shape.ts';
import { TimeInside } from './time-spent.ts';

const H = 3_600_000;
const box = boxShape({ west: 131, south: 43, east: 132, north: 44 });

function spent(
  shape: Shape,
  fixes: readonly (readonly [hour: number, lon: number, lat: number])[],
  ...period: number[]
) {
  const time = new TimeInside(shape, ...period.map((hour) => hour * H));
  for (const [hour, lon, lat] of fixes) time.next(hour * H, lon, lat);
  const { insideS, outsideS, unknownS } = time.end();
  return [insideS / 3_600, outsideS / 3_600, unknownS / 3_600];
}

/** Looked at in so many places of the way, one by one. */
function sampledShare(from: Position, to: Position, shape: Shape, samples: number): number {
  let inside = 0;
  for (let i = 0; i < samples; i++) {
    const share = (i + 0.5) / samples;
    const lon = from.lon + shortWay(to.lon - from.lon) * share;
    if (shape.contains({ lon, lat: from.lat + (to.lat - from.lat) * share })) inside++;
  }
  return inside / samples;
}

describe('time spent', () => {
  it('counts the part of a way that is inside', () => {
    // From half a degree west of the box to half a degree in: half of the time.
    expect(
      spent(box, [
        [0, 130.5, 43.5],
        [4, 131.5, 43.5],
      ]),
    ).toEqual([2, 2, 0]);
    // Straight through: a third before, a third in, a third behind.
    expect(
      spent(box, [
        [0, 130, 43.5],
        [6, 133, 43.5],
      ]),
    ).toEqual([2, 4, 0]);
    // Over the corner: in from 43.0 N to 132.0 E.
    const [inside] = spent(box, [
      [0, 131.5, 42.5],
      [4, 132.5, 43.5],
    ]);
    expect(inside).toBeCloseTo(0, 9);
    expect(
      spent(box, [
        [0, 131.25, 42.75],
        [4, 132.25, 43.75],
      ])[0],
    ).toBeCloseTo(2, 9);
  });

  it('knows nothing of gaps of more than six hours', () => {
    expect(
      spent(box, [
        [0, 131.5, 43.5],
        [6, 131.5, 43.5],
        [12.5, 131.5, 43.5],
        [14, 131.6, 43.5],
      ]),
    ).toEqual([7.5, 0, 6.5]);
    expect(spent(box, [])).toEqual([0, 0, 0]);
    expect(spent(box, [[1, 131.5, 43.5]])).toEqual([0, 0, 0]);
  });

  it('counts of what crosses an end of the period its part, and what is before and after as unknown', () => {
    const fixes = [
      [-2, 130.5, 43.5],
      [2, 131.5, 43.5],
      [8, 131.5, 43.5],
    ] as const;
    expect(spent(box, fixes, -4, 10)).toEqual([8, 2, 4]);
    expect(spent(box, fixes, 0, 4)).toEqual([4, 0, 0]);
    expect(spent(box, fixes, -2, 1)).toEqual([1, 2, 0]);
    expect(spent(box, fixes, 9, 10)).toEqual([0, 0, 1]);
  });

  it('counts time in a hole as outside, and across 180° as anywhere', () => {
    const square = (west: number, east: number, lat: number, up: number) => [
      [west, lat],
      [east, lat],
      [east, lat + up],
      [west, lat + up],
      [west, lat],
    ];
    const holed = polygonShape({ type: 'Polygon', coordinates: [square(0, 4, 0, 4), square(1, 2, 1, 2)] });
    expect(
      spent(holed, [
        [0, -1, 2],
        [6, 5, 2],
      ]).map((hours) => Math.round(hours * 1e6) / 1e6),
    ).toEqual([3, 3, 0]);
    const pacific = polygonShape({ type: 'Polygon', coordinates: [square(179, -179, 0, 1)] });
    expect(
      spent(pacific, [
        [0, 178, 0.5],
        [4, -178, 0.5],
      ]),
    ).toEqual([2, 2, 0]);
    expect(
      spent(boxShape({ west: 179, south: 0, east: -179, north: 1 }), [
        [0, 178, 0.5],
        [4, -178, 0.5],
      ]),
    ).toEqual([2, 2, 0]);
    expect(
      spent(boxShape({ west: -180, south: 0, east: 180, north: 1 }), [
        [0, 179, 0.5],
        [4, -179, 0.5],
      ]),
    ).toEqual([4, 0, 0]);
  });

  it('adds up: of two periods that follow on each other, and of fixes between that lie on the way', () => {
    const aFix = fc.tuple(evenly(0, 40), evenly(130.5, 132.5), evenly(42.5, 44.5));
    fc.assert(
      fc.property(fc.array(aFix, { minLength: 2, maxLength: 30 }), evenly(5, 35), (fixes, middle) => {
        const inTime = [...new Map(fixes.map((fix) => [fix[0], fix])).values()].sort(([a], [b]) => a - b);
        const [first, second, whole] = [
          spent(box, inTime, 0, middle),
          spent(box, inTime, middle, 40),
          spent(box, inTime, 0, 40),
        ];
        for (const i of [0, 1, 2]) expect(first[i]! + second[i]!).toBeCloseTo(whole[i]!, 4);
        expect(whole[0]! + whole[1]! + whole[2]!).toBeCloseTo(40, 4);
      }),
    );
  });

  it('finds of any way and polygon, with a margin and without, what looking at many places finds', () => {
    fc.assert(
      fc.property(
        aFarmShape(4_000),
        fc.oneof(fc.constant(0), evenly(50, 2_000)),
        anAzimuth(),
        anAzimuth(),
        evenly(0, 2),
        evenly(0, 2),
        ({ geometry, centre, size }, marginM, a, b, near, far) => {
          const shape = polygonShape(geometry, marginM);
          const [from, to] = [
            trueOffset(centre, a, (size + marginM) * near),
            trueOffset(centre, b, (size + marginM) * far),
          ];
          expect(Math.abs(insideShare(from, to, shape) - sampledShare(from, to, shape, 1_000))).toBeLessThan(0.012);
        },
      ),
      { numRuns: 80 },
    );
  });

  it('finds of any way and box what looking at many places finds', () => {
    const aPlace = fc.record({ lon: evenly(-180, 180), lat: evenly(-80, 80) });
    fc.assert(
      fc.property(aPlace, aPlace, aPlace, aPlace, (from, to, one, other) => {
        const [south, north] = [Math.min(one.lat, other.lat), Math.max(one.lat, other.lat)];
        const shape = boxShape({ west: one.lon, east: other.lon, south, north });
        expect(Math.abs(insideShare(from, to, shape) - sampledShare(from, to, shape, 1_000))).toBeLessThan(0.012);
      }),
      { numRuns: 300 },
    );
  });
});
