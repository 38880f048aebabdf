import fc from 'fast-check';
import { aFarmShape, anAzimuth, evenly } from '../../../test/support/shapes.ts';
import { trueOffset } from '../../../test/support/geodesy-oracle.ts';
import { boxShape, polygonShape } from './shape.ts';

describe('boxes', () => {
  it('hold their edge, and what lies across 180°', () => {
    const box = boxShape({ west: 170, south: 10, east: -170, north: 20 });
    expect(box.contains({ lon: 180, lat: 10 })).toBe(true);
    expect(box.contains({ lon: -180, lat: 20 })).toBe(true);
    expect(box.contains({ lon: 190, lat: 15 })).toBe(true);
    expect(box.contains({ lon: 169.999, lat: 15 })).toBe(false);
    expect(box.contains({ lon: -169.999, lat: 15 })).toBe(false);
    expect(box.contains({ lon: 0, lat: 15 })).toBe(false);
    expect(box.contains({ lon: 180, lat: 20.0001 })).toBe(false);
  });

  it('hold the meridian of 180 however it is written', () => {
    expect(boxShape({ west: 179, south: 0, east: 180, north: 1 }).contains({ lon: -180, lat: 0.5 })).toBe(true);
    expect(boxShape({ west: -180, south: 0, east: -179, north: 1 }).contains({ lon: 180, lat: 0.5 })).toBe(true);
  });
});

describe('polygons with a margin', () => {
  it('hold nothing that is not in their bounds, up to the margin and no farther', () => {
    fc.assert(
      fc.property(
        aFarmShape(20_000),
        evenly(1, 20_000),
        anAzimuth(),
        evenly(0, 3),
        ({ geometry, centre, size }, marginM, azimuth, share) => {
          const shape = polygonShape(geometry, marginM);
          const position = trueOffset(centre, azimuth, (size + marginM) * share);
          if (shape.contains(position)) expect(boxShape(shape.bounds).contains(position)).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('are measured from the fence', () => {
    const ring = [
      [131, 43],
      [131.01, 43],
      [131.01, 43.01],
      [131, 43.01],
      [131, 43],
    ];
    const shape = polygonShape({ type: 'Polygon', coordinates: [ring] }, 1_000);
    expect(shape.contains(trueOffset({ lon: 131.01, lat: 43.005 }, 90, 999))).toBe(true);
    expect(shape.contains(trueOffset({ lon: 131.01, lat: 43.005 }, 90, 1_001))).toBe(false);
  });
});
