import fc from 'fast-check';
import { describeWithRealData } from '../../../test/support/real-data.ts';
import { movebankPositions } from '../../../test/support/movebank-positions.ts';
import { evenly } from '../../../test/support/shapes.ts';
import type { Position } from '../fix.ts';
import { isInRing } from './contour.ts';
import { HomeRange, type Method, type Outline } from './home-range.ts';
import { hullOf, ringOf, signedArea } from './hull.ts';
import { referenceBandwidth } from './kde.ts';
import { minimumConvexPolygon } from './mcp.ts';
import { outlineGeometry } from './outline-geojson.ts';
import { PointSample } from './point-sample.ts';
import { quantile } from './quantile.ts';

function done<T>(steps: Generator<void, T, void>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

function rangeOf(positions: readonly Position[], most?: number): HomeRange {
  const sample = new PointSample(most);
  for (const position of positions) sample.add(position);
  return done(HomeRange.of(sample))!;
}
const outline = (range: HomeRange, method: Method, percent: number): Outline => done(range.outline(method, percent));

const points = (least = 5) =>
  fc
    .array(fc.record({ x: evenly(-5_000, 5_000), y: evenly(-5_000, 5_000) }), { minLength: least, maxLength: 80 })
    .map((list) => Float64Array.from(list.flatMap(({ x, y }) => [x, y])));

function shuffled(list: Float64Array, order: readonly number[]): Float64Array {
  const places = Array.from({ length: list.length / 2 }, (_, i) => i).sort((a, b) => order[a]! - order[b]! || a - b);
  return Float64Array.from(places.flatMap((place) => [list[2 * place]!, list[2 * place + 1]!]));
}

describe('minimum convex polygons', () => {
  it('hold all points at 100 percent, and turn always the same way', () => {
    fc.assert(
      fc.property(points(), (list) => {
        const ring = done(minimumConvexPolygon(list, 100));
        let least = Infinity;
        for (let i = 0; i < list.length; i += 2)
          for (let a = 0; a < ring.length; a += 2) {
            const b = (a + 2) % ring.length;
            const cross =
              (ring[b]! - ring[a]!) * (list[i + 1]! - ring[a + 1]!) -
              (ring[b + 1]! - ring[a + 1]!) * (list[i]! - ring[a]!);
            least = Math.min(least, cross);
          }
        expect(least).toBeGreaterThanOrEqual(-1e-3);
      }),
    );
  });

  it('do not change with the order of points, and grow with the percentage', () => {
    fc.assert(
      fc.property(points(), fc.array(fc.nat(), { minLength: 80, maxLength: 80 }), (list, order) => {
        const areas = [50, 95, 100].map((percent) => signedArea(done(minimumConvexPolygon(list, percent))));
        const again = [50, 95, 100].map((percent) =>
          signedArea(done(minimumConvexPolygon(shuffled(list, order), percent))),
        );
        areas.forEach((area, i) => expect(Math.abs(area - again[i]!)).toBeLessThanOrEqual(1e-6 * area + 1e-3));
        expect(areas[0]!).toBeLessThanOrEqual(areas[1]! + 1e-6);
        expect(areas[1]!).toBeLessThanOrEqual(areas[2]! + 1e-6);
      }),
    );
  });

  it('are the same chunk by chunk as at once', () => {
    const list = Float64Array.from({ length: 20_000 }, (_, i) => Math.sin(i * i) * (i % 2 === 0 ? 1_000 : 500));
    const naive = (least: number[]) => new Set(least.map((point) => `${list[2 * point]},${list[2 * point + 1]}`));
    const parts = done(hullOf(list));
    const inParts = new Set(parts);
    expect(done(hullOf(list, (point) => inParts.has(point)))).toEqual(parts);
    expect(naive(parts).size).toBe(parts.length);
  });

  it('have no area where all points are one, or on a line', () => {
    for (const list of [new Float64Array(20), Float64Array.from({ length: 20 }, (_, i) => Math.floor(i / 2))])
      expect(Math.abs(signedArea(done(minimumConvexPolygon(list, 95))))).toBe(0);
  });
});

describe('quantile', () => {
  it('is that of the sorted values, between two of them in proportion', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(evenly(0, 9), fc.nat(5)), { minLength: 1, maxLength: 60 }),
        evenly(0, 1),
        (values, share) => {
          const sorted = [...values].sort((a, b) => a - b);
          const rank = (sorted.length - 1) * share;
          const [low, high] = [sorted[Math.floor(rank)]!, sorted[Math.ceil(rank)]!];
          expect(done(quantile(Float64Array.from(values), share))).toBeCloseTo(
            low + (high - low) * (rank - Math.floor(rank)),
            9,
          );
        },
      ),
    );
  });
});

describe('kernel densities', () => {
  it('of one clump and one point far away is two circles: 95 % lies within the clump’s', () => {
    // 99 points in one place make a bivariate normal of the bandwidth: p of it lies within h √(−2 ln (1 − p)), and so p / 0.99 of the whole.
    const list = new Float64Array(200);
    list[0] = 300_000;
    const h = referenceBandwidth(list);
    for (const [percent, share] of [
      [50, 0.5 / 0.99],
      [95, 0.95 / 0.99],
    ] as const)
      expect(
        outline(rangeOfMetres(list), 'kde', percent).km2 / ((Math.PI * h * h * -2 * Math.log(1 - share)) / 1e6),
      ).toBeCloseTo(1, 1);
  });

  it('grow with the percentage, do not change with the order of points, and hold what they say', () => {
    fc.assert(
      fc.property(points(20), fc.array(fc.nat(), { minLength: 80, maxLength: 80 }), (list, order) => {
        const [one, other] = [rangeOfMetres(list), rangeOfMetres(shuffled(list, order))];
        const areas = [50, 95].map((percent) => outline(one, 'kde', percent).km2);
        expect(areas[0]!).toBeLessThan(areas[1]!);
        [50, 95].forEach((percent, i) => expect(outline(other, 'kde', percent).km2 / areas[i]!).toBeCloseTo(1, 3));
        const shell = outline(one, 'kde', 95).polygons;
        expect(
          shell.every(([ring, ...holes]) => signedArea(ring) > 0 && holes.every((hole) => signedArea(hole) < 0)),
        ).toBe(true);
        expect(shell.every(([ring, ...holes]) => holes.every((hole) => isInRing(ring, hole[0]!, hole[1]!)))).toBe(true);
      }),
      { numRuns: 15 },
    );
  });
});

/** Metres around a place as a home range. */
function rangeOfMetres(list: Float64Array): HomeRange {
  const positions = Array.from({ length: list.length / 2 }, (_, i) => ({
    lon: 10 + list[2 * i]! / 111_320,
    lat: list[2 * i + 1]! / 110_574,
  }));
  return rangeOf(positions);
}

describe('outlines as GeoJSON', () => {
  it('are cut at 180°', () => {
    const around = [-0.5, 0.5].flatMap((lon) =>
      [70.8, 71.2].map((lat) => ({ lon: lon < 0 ? 180 + lon : -180 + lon, lat })),
    );
    const range = rangeOf([...around, { lon: 180, lat: 71 }]);
    const { polygons, km2 } = outline(range, 'mcp', 100);
    const geometry = outlineGeometry(polygons, range.projection)!;
    expect(geometry.type).toBe('MultiPolygon');
    const rings = (geometry.coordinates as number[][][][]).map(([ring]) => ring!);
    expect(
      rings.map((ring) => [Math.min(...ring.map(([lon]) => lon!)), Math.max(...ring.map(([lon]) => lon!))]),
    ).toEqual([
      [179.5, 180],
      [-180, -179.5],
    ]);
    expect(km2).toBeGreaterThan(1_500);
  });
});

describe('more points than are kept', () => {
  it('still have all of their hull, and nearly the same kernel', () => {
    const positions = Array.from({ length: 20_000 }, (_, i) => ({
      lon: 131 + 0.1 * Math.sin(i * 12.9898) * Math.cos(i * 78.233),
      lat: 43 + 0.1 * Math.sin(i * 39.346) * Math.cos(i * 11.135),
    }));
    const [all, some] = [rangeOf(positions), rangeOf(positions, 3_000)];
    expect(some.sampledEvery).toBe(8);
    expect(some.points.length / 2).toBeLessThanOrEqual(3_000);
    expect(outline(some, 'mcp', 100).km2 / outline(all, 'mcp', 100).km2).toBeGreaterThan(0.99);
    expect(outline(some, 'kde', 95).km2 / outline(all, 'kde', 95).km2).toBeCloseTo(1, 1);
  });
});

/*
 * Worked out apart in Python 3 with numpy and scipy from the same files: all rows with a position, Lambert's equal-area projection by the formulas of
 * Snyder (1987, 24-17 ff.) around the mean of the positions in space; MCP: scipy.spatial.ConvexHull of the points whose distance from their mean is at
 * most numpy.quantile of it; KDE: scipy.stats.gaussian_kde with its covariance set to h² I (direct sums where there are 22,000 points), on a grid
 * of h/6 to h/12 over the points and 4 h around, cells counted from the densest until they hold the share.
 */
const PYTHON = [
  {
    folder: 'movebank-fisher',
    file: 'leroy.csv.gz',
    name: 'Leroy',
    fixes: 919,
    mcp: [7.531109, 19.736824, 20.681381],
    h: 513.112782,
    kde: [7.94242, 27.601],
  },
  {
    folder: 'movebank-elephants-wall2014',
    file: 'elephants.csv.gz',
    name: 'Habiba',
    fixes: 1_522,
    mcp: [23.473409, 50.94475, 53.491925],
    h: 693.178986,
    kde: [17.1777, 64.1063],
  },
  {
    folder: 'movebank-elephants-wall2014',
    file: 'elephants.csv.gz',
    name: 'Salif Keita',
    fixes: 21_972,
    mcp: [6747.082403, 19633.601841, 20914.45468],
    h: 8133.305819,
    kde: [3633.693, 16743.009],
  },
] as const;

for (const { folder, file, name, fixes, mcp, h, kde } of PYTHON)
  describeWithRealData(folder, (place) => {
    it(`gives the home range of ${name} as scipy does`, () => {
      const positions = movebankPositions(place, file, name);
      expect(positions).toHaveLength(fixes);
      const range = rangeOf(positions);
      [50, 95, 100].forEach((percent, i) => expect(outline(range, 'mcp', percent).km2 / mcp[i]!).toBeCloseTo(1, 6));
      expect(range.bandwidth() / h).toBeCloseTo(1, 8);
      [50, 95].forEach((percent, i) =>
        expect(Math.abs(outline(range, 'kde', percent).km2 / kde[i]! - 1)).toBeLessThan(0.01),
      );
    });
  });

describe('a ring', () => {
  it('has the area of its corners', () => {
    const square = Float64Array.from([0, 0, 2, 0, 2, 2, 0, 2, 1, 1]);
    expect(signedArea(ringOf(square, done(hullOf(square))))).toBe(4);
  });
});
