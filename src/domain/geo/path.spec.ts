import fc from 'fast-check';
import type { MultiPolygon, Polygon } from 'geojson';
import {
  trueDistance,
  trueDistanceOfPath,
  trueMetres,
  trueMetresToEdges,
  isTrulyInside,
  trueWayPoint,
} from '../../../test/support/geodesy-oracle.ts';
import { aFarmShape, aPass, endsOf } from '../../../test/support/shapes.ts';
import type { Position } from '../fix.ts';
import { prepareBoundary } from './boundary.ts';
import { leastDistanceOnPath } from './path.ts';

/** The promise: 0.5 %, and half a metre where that is less. */
const promised = (m: number) => 0.005 * m + 0.5;
/** What the docstring claims, and a decimetre within which the oracle looks for the least. */
const claimed = (m: number) => 0.0001 * m + 0.16;
const SAMPLES = 48;

/** The least distance is the true one, it is reached where it is said to be, and no sample before is nearer. */
function expectTrueLeast(from: Position, to: Position, geometry: Polygon | MultiPolygon) {
  const { m, fraction } = leastDistanceOnPath(from, to, prepareBoundary(geometry));
  const truth = trueDistanceOfPath(from, to, geometry, 8);
  expect(Math.abs(m - truth)).toBeLessThanOrEqual(promised(truth));
  expect(Math.abs(m - truth)).toBeLessThanOrEqual(claimed(truth));
  const at = trueWayPoint(from, to);
  const there = at(fraction);
  expect(Math.abs(trueDistance(there, geometry) - m)).toBeLessThanOrEqual(promised(m));
  if (m === 0 && fraction > 0) expect(trueMetresToEdges(there, geometry)).toBeLessThanOrEqual(promised(0));
  const length = trueMetres(from, to);
  for (let i = 0; i / SAMPLES < fraction - 1 / Math.max(1, length); i++) {
    const before = at(i / SAMPLES);
    // Before the entry, nothing is inside, unless by less than half a metre.
    if (isTrulyInside(before, geometry)) expect(trueMetresToEdges(before, geometry)).toBeLessThanOrEqual(promised(0));
  }
}

describe('leastDistanceOnPath', () => {
  it.each([
    ['past farms to 2 km wide, to 5 km away', 2_000, 5_000, 20],
    ['past farms to 50 km wide, to 30 km away', 50_000, 30_000, 20],
    ['past farms to 300 km wide, to 400 km away', 300_000, 400_000, 10],
  ])('agrees with GeographicLib: %s', (_, size, reach, numRuns) => {
    fc.assert(
      fc.property(aFarmShape(size), aPass(reach), ({ geometry, centre }, pass) => {
        const [from, to] = endsOf(centre, pass);
        expectTrueLeast(from, to, geometry);
      }),
      { numRuns, endOnFailure: true },
    );
  });

  const square: Polygon = {
    type: 'Polygon',
    coordinates: [
      [
        [131, 43],
        [131.02, 43],
        [131.02, 43.02],
        [131, 43.02],
        [131, 43],
      ],
    ],
  };
  const boundary = prepareBoundary(square);

  it('is 0 at the entry of a path that crosses', () => {
    const { m, fraction } = leastDistanceOnPath({ lon: 130.99, lat: 43.01 }, { lon: 131.03, lat: 43.01 }, boundary);
    expect(m).toBe(0);
    expect(fraction).toBeCloseTo(0.25, 5);
  });

  it('is 0 at the beginning of a path that begins inside or on the edge', () => {
    for (const lon of [131.01, 131])
      expect(leastDistanceOnPath({ lon, lat: 43.01 }, { lon: 130.9, lat: 43.01 }, boundary)).toEqual({
        m: 0,
        fraction: 0,
      });
  });

  it('of a path along a fence, is where the path comes beside it first', () => {
    // On the equator a parallel is straight: every point of the fence is as near as every other.
    const fence = [0, 0.02, 0.02, 0, 0].map((lon, i) => [lon, i < 2 || i === 4 ? 0.003 : 0.01]);
    const along = prepareBoundary({ type: 'Polygon', coordinates: [fence] });
    const { m, fraction } = leastDistanceOnPath({ lon: -0.01, lat: 0 }, { lon: 0.03, lat: 0 }, along);
    expect(m).toBeCloseTo(331.7, 1);
    expect(fraction).toBeCloseTo(0.25, 5);
  });

  it('of a path that leads nowhere, is at its beginning', () => {
    const rest = { lon: 131.03, lat: 43.01 };
    expect(leastDistanceOnPath(rest, rest, boundary).fraction).toBe(0);
  });

  it('of a path that comes straight nearer, is at its end', () => {
    expect(leastDistanceOnPath({ lon: 131.1, lat: 43.01 }, { lon: 131.05, lat: 43.01 }, boundary).fraction).toBe(1);
  });

  it('sees a path that goes through a hole alone, and one that crosses the land around it', () => {
    const hole = [131.005, 131.015, 131.015, 131.005, 131.005].map((lon, i) => [
      lon,
      i < 2 || i === 4 ? 43.005 : 43.015,
    ]);
    const holed = prepareBoundary({ type: 'Polygon', coordinates: [...square.coordinates, hole] });
    const inHole = leastDistanceOnPath({ lon: 131.008, lat: 43.01 }, { lon: 131.012, lat: 43.01 }, holed);
    expect(inHole.m).toBeGreaterThan(200);
    const out = leastDistanceOnPath({ lon: 131.01, lat: 43.01 }, { lon: 131.01, lat: 43.03 }, holed);
    expect(out.m).toBe(0);
    expect(out.fraction).toBeCloseTo(0.25, 4);
  });
});

describe('across 180°', () => {
  const stepping: Polygon = {
    type: 'Polygon',
    coordinates: [
      [
        [179.99, 65],
        [-179.99, 65],
        [-179.99, 65.01],
        [179.99, 65.01],
        [179.99, 65],
      ],
    ],
  };
  const cut: MultiPolygon = {
    type: 'MultiPolygon',
    coordinates: [
      [
        [
          [179.99, 65],
          [180, 65],
          [180, 65.01],
          [179.99, 65.01],
          [179.99, 65],
        ],
      ],
      [
        [
          [-180, 65],
          [-179.99, 65],
          [-179.99, 65.01],
          [-180, 65.01],
          [-180, 65],
        ],
      ],
    ],
  };
  it.each([
    ['as a ring that steps to the other sign', stepping],
    ['cut into a MultiPolygon', cut],
  ])('measures a farm written %s', (_, geometry) => {
    for (const lon of [180, -180, 179.995, -179.995]) {
      expect(leastDistanceOnPath({ lon, lat: 65.005 }, { lon: 170, lat: 65 }, prepareBoundary(geometry)).m).toBe(0);
      expectTrueLeast({ lon, lat: 65.03 }, { lon: -lon, lat: 65.02 }, geometry);
    }
    expectTrueLeast({ lon: 179.9, lat: 65.005 }, { lon: -179.9, lat: 65.005 }, geometry);
    expectTrueLeast({ lon: -179.9, lat: 65.02 }, { lon: 179.9, lat: 65.015 }, geometry);
  });
});
