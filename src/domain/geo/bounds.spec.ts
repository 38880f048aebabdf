import fc from 'fast-check';
import { trueOffset, trueWayPoint } from '../../../test/support/geodesy-oracle.ts';
import { aDistance, aFarmShape, anAzimuth, aPosition, evenly } from '../../../test/support/shapes.ts';
import type { Position } from '../fix.ts';
import { type Bounds, bounds, boundsOfPath, boundsOverlap, padBounds } from './bounds.ts';

/** Less than a micrometre: what is lost when 360 is added to a longitude and taken away again. */
const ROUNDING_DEG = 1e-12;

function holds({ west, south, east, north }: Bounds, { lon, lat }: Position): boolean {
  const fromWest = (((lon - west) % 360) + 360) % 360;
  const width = east - west + (east < west ? 360 : 0);
  const isBeside = fromWest <= width + ROUNDING_DEG || fromWest >= 360 - ROUNDING_DEG;
  return isBeside && lat >= south - ROUNDING_DEG && lat <= north + ROUNDING_DEG;
}

const square = (west: number, east: number) => [
  [
    [west, 10],
    [east, 10],
    [east, 11],
    [west, 11],
    [west, 10],
  ],
];

describe('bounds', () => {
  it('are the least box around a polygon', () => {
    expect(bounds({ type: 'Polygon', coordinates: square(131.7, 131.8) })).toEqual({
      west: 131.7,
      south: 10,
      east: 131.8,
      north: 11,
    });
  });

  it.each([
    ['a ring that steps across 180°', [square(179, -179)], 179, -179],
    ['parts cut at 180°', [square(179, 180), square(-180, -179)], 179, -179],
    ['parts on both sides', [square(-170, -160), square(150, 160)], 150, -160],
    ['parts to either side of Greenwich', [square(-20, -10), square(10, 20)], -20, 20],
    ['a part across 180° and one it covers', [square(170, -160), square(-170, -165)], 170, -160],
    ['a part that ends at 180°', [square(179, 180)], 179, 180],
  ])('of %s', (_, coordinates, west, east) => {
    expect(bounds({ type: 'MultiPolygon', coordinates })).toEqual({ west, east, south: 10, north: 11 });
  });

  it('hold every corner of any farm, and are narrower than the gap they leave', () => {
    fc.assert(
      fc.property(aFarmShape(300_000), ({ geometry }) => {
        const box = bounds(geometry);
        for (const [lon = NaN, lat = NaN] of geometry.coordinates.flat(
          geometry.type === 'Polygon' ? 1 : 2,
        ) as number[][])
          expect(holds(box, { lon, lat })).toBe(true);
        expect(box.east - box.west + (box.east < box.west ? 360 : 0)).toBeLessThan(180);
      }),
    );
  });
});

describe('padBounds', () => {
  it('holds every position that near, at every latitude and across 180°', () => {
    fc.assert(
      fc.property(aPosition(90), anAzimuth(), aDistance(500_000), ({ lon, lat }, azimuth, metres) => {
        const padded = padBounds({ west: lon, south: lat, east: lon, north: lat }, metres);
        expect(holds(padded, trueOffset({ lon, lat }, azimuth, metres))).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is not much wider than it must be', () => {
    const padded = padBounds({ west: 131, south: 60, east: 131, north: 60 }, 1_000);
    expect(padded.north - 60).toBeCloseTo(0.009, 3);
    expect(padded.east - 131).toBeCloseTo(0.018, 3);
  });

  it('is the whole world around where it reaches a pole', () => {
    expect(padBounds({ west: 10, south: 84, east: 11, north: 85 }, 600_000)).toMatchObject({
      west: -180,
      east: 180,
      north: 90,
    });
  });
});

describe('boundsOfPath', () => {
  it('holds the whole path, however it bows', () => {
    fc.assert(
      fc.property(
        aPosition(88),
        anAzimuth(),
        aDistance(6e6),
        fc.oneof(evenly(0, 1), fc.constantFrom(0, 1)),
        (from, azimuth, metres, t) => {
          const to = trueOffset(from, azimuth, metres);
          expect(holds(boundsOfPath(from, to), trueWayPoint(from, to)(t))).toBe(true);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('does not round a longitude to the other side of 180°', () => {
    const [lon, lat] = [179.99999999999997, -80];
    expect(boundsOfPath({ lon, lat }, { lon, lat })).toEqual({ west: lon, south: lat, east: lon, north: lat });
  });
});

describe('boundsOverlap', () => {
  const box = (west: number, east: number, south = 0, north = 1) => ({ west, east, south, north });
  it.each([
    [box(10, 20), box(15, 25), true],
    [box(10, 20), box(20, 25), true],
    [box(10, 20), box(21, 25), false],
    [box(10, 20), box(10, 20, 2, 3), false],
    [box(170, -170), box(175, 176), true],
    [box(170, -170), box(-175, -171), true],
    [box(170, -170), box(-160, 160), false],
    [box(170, -170), box(179, -179), true],
    [box(-180, 180), box(179, -179), true],
  ])('%j and %j: %s', (a, b, expected) => {
    expect(boundsOverlap(a, b)).toBe(expected);
    expect(boundsOverlap(b, a)).toBe(expected);
  });
});
