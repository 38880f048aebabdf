import fc from 'fast-check';
import type { Polygon } from 'geojson';
import { evenly } from '../../../test/support/shapes.ts';
import { boxShape } from '../places/shape.ts';
import { reachesBox } from './in-box.ts';

const square = (w: number, s: number, e: number, n: number): Polygon['coordinates'][number] => [
  [w, s],
  [e, s],
  [e, n],
  [w, n],
  [w, s],
];
const withHole: Polygon = { type: 'Polygon', coordinates: [square(0, 0, 10, 10), square(2, 2, 8, 8)] };
const across: Polygon = { type: 'Polygon', coordinates: [square(179, 60, -179, 62)] };
const box = (west: number, south: number, east: number, north: number) => ({ west, south, east, north });

describe('reachesBox', () => {
  it.each([
    ['a box that holds it', withHole, box(-5, -5, 15, 15), true],
    ['a box on its border', withHole, box(10, 4, 12, 6), true],
    ['a box within its land', withHole, box(0.5, 0.5, 1, 1), true],
    ['a box within its hole', withHole, box(3, 3, 7, 7), false],
    ['a box over the edge of its hole', withHole, box(1, 4, 3, 5), true],
    ['a box beside it', withHole, box(11, 0, 12, 10), false],
    ['a box that it passes without a corner in it', withHole, box(-1, 0.5, 11, 1), true],
    ['a box without any width', withHole, box(1, 1, 1, 1), true],
    ['a box west of 180° when it lies across', across, box(179.5, 61, 179.6, 61.1), true],
    ['a box east of 180° when it lies across', across, box(-179.6, 61, -179.5, 61.1), true],
    ['a box across 180°', across, box(179.9, 59, -179.9, 63), true],
    ['a box around the rest of the world', across, box(-178, 59, 178, 63), false],
  ])('%s', (_, polygon, around, reached) => {
    expect(reachesBox(polygon, around)).toBe(reached);
  });

  it('reaches a box when one of its points is in it, whichever turn its longitudes take', () => {
    const aTriangle = fc.tuple(
      evenly(-180, 180),
      evenly(-60, 60),
      evenly(0.1, 20),
      evenly(0.1, 20),
      evenly(0, 1),
      evenly(0, 1),
    );
    fc.assert(
      fc.property(
        aTriangle,
        evenly(-180, 180),
        evenly(-70, 70),
        evenly(0, 40),
        evenly(0, 20),
        (shape, west, south, wide, tall) => {
          const [lon, lat, dx, dy, u, v] = shape;
          const turned = (x: number) => (x > 180 ? x - 360 : x);
          const ring = [
            [lon, lat],
            [turned(lon + dx), lat],
            [lon, lat + dy],
            [lon, lat],
          ];
          // Somewhere in the triangle.
          const [a, b] = u + v > 1 ? [1 - u, 1 - v] : [u, v];
          const point = { lon: turned(lon + a * dx), lat: lat + b * dy };
          const around = box(west, south, turned(west + wide), south + tall);
          if (boxShape(around).contains(point))
            expect(reachesBox({ type: 'Polygon', coordinates: [ring] }, around)).toBe(true);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
