import geodesic from 'geographiclib-geodesic';
import type { Farm } from '../../src/domain/farm.ts';
import type { Leg } from '../movement/leg.ts';
import { distance, Plane } from '../movement/plane.ts';
import { Random } from '../random.ts';
import { crossings } from './crossings.ts';
import { Fence } from './fence.ts';

const plane = new Plane({ lon: 131.7, lat: 43.3 });

/** A farm of squares, given by their middle and half side in metres; from the second on of a polygon: holes. */
function farmOf(polygons: readonly (readonly (readonly [number, number, number])[])[]): Farm {
  const corners = [
    [-1, -1],
    [1, -1],
    [1, 1],
    [-1, 1],
    [-1, -1],
  ] as const;
  const coordinates = polygons.map((squares) =>
    squares.map(([x, y, half]) =>
      corners.map(([east, north]) => {
        const { lon, lat } = plane.toPosition({ x: x + east * half, y: y + north * half });
        return [lon, lat];
      }),
    ),
  );
  return { id: 'squares', name: 'Squares', nearM: 2_000, closeM: 500, boundary: { type: 'MultiPolygon', coordinates } };
}

const square = new Fence(farmOf([[[0, 0, 500]]]), plane);

describe('Plane', () => {
  it('goes there and back, also across 180°', () => {
    const pacific = new Plane({ lon: 179.99, lat: -17 });
    const point = pacific.toPoint({ lon: -179.98, lat: -17.01 });
    expect(point.x).toBeGreaterThan(3_000);
    expect(pacific.toPosition(point).lon).toBeCloseTo(-179.98, 9);
    expect(pacific.toPosition(point).lat).toBeCloseTo(-17.01, 9);
  });

  it('measures as the ellipsoid does within a range, to 0.3 %', () => {
    const random = new Random(3, 'places');
    for (let i = 0; i < 50; i += 1) {
      const [a, b] = [0, 1].map(() => ({ x: random.between(-10_000, 10_000), y: random.between(-10_000, 10_000) }));
      const [from, to] = [plane.toPosition(a!), plane.toPosition(b!)];
      const { s12 = NaN } = geodesic.Geodesic.WGS84.Inverse(from.lat, from.lon, to.lat, to.lon);
      expect(Math.abs(distance(a!, b!) / s12 - 1)).toBeLessThan(0.003);
    }
  });
});

describe('Fence', () => {
  it('measures outside, inside, at a corner and in a hole', () => {
    expect(square.signedDistance({ x: 1_500, y: 0 })).toBeCloseTo(1_000, 3);
    expect(square.signedDistance({ x: 0, y: 400 })).toBeCloseTo(-100, 3);
    expect(square.signedDistance({ x: 800, y: 900 })).toBeCloseTo(500, 3);
    const holed = new Fence(
      farmOf([
        [
          [0, 0, 500],
          [0, 0, 200],
        ],
        [[5_000, 0, 100]],
      ]),
      plane,
    );
    expect(holed.signedDistance({ x: 0, y: 0 })).toBeCloseTo(200, 3);
    expect(holed.signedDistance({ x: 300, y: 0 })).toBeCloseTo(-100, 3);
    expect(holed.signedDistance({ x: 5_000, y: 0 })).toBeCloseTo(-100, 3);
  });

  it('gives ways along it outside of it, and places inside it', () => {
    const way = square.alongFence({ x: -900, y: 0 }, 3_000, 30);
    expect(way.length).toBeGreaterThan(2);
    for (const point of way) expect(square.signedDistance(point)).toBeGreaterThan(0);
    for (const point of way) expect(square.signedDistance(point)).toBeLessThan(45);
    const random = new Random(1, 'places');
    for (let i = 0; i < 100; i += 1) expect(square.contains(square.somewhereInside(() => random.unit()))).toBe(true);
  });

  it('gives the place so far outside it, seen from outside and from inside', () => {
    expect(square.outside({ x: 4_000, y: 0 }, 2_500)).toEqual({ x: expect.closeTo(3_000, 3), y: expect.closeTo(0, 3) });
    expect(square.outside({ x: 400, y: 0 }, 2_500)).toEqual({ x: expect.closeTo(3_000, 3), y: expect.closeTo(0, 3) });
  });
});

describe('crossings', () => {
  const straight = (fromX: number, toX: number, y: number): Leg => ({
    state: 'move',
    waypoints: [
      { x: fromX, y, at: 0 },
      { x: toX, y, at: Math.abs(toX - fromX) * 1_000 }, // 1 m/s
    ],
  });

  it('finds every ring on the way in and out, to half a second', () => {
    const found = crossings(square, straight(-4_000, 4_000, 0));
    expect(found.map(({ ring, way }) => `${way} ${ring}`)).toEqual([
      ...['enter near', 'enter close', 'enter inside'],
      ...['exit inside', 'exit close', 'exit near'],
    ]);
    const seconds = found.map(({ at }) => at / 1_000);
    for (const [i, expected] of [1_500, 3_000, 3_500, 4_500, 5_000, 6_500].entries()) {
      expect(Math.abs((seconds[i] ?? 0) - expected)).toBeLessThan(1);
    }
  });

  it('finds a ring that is only touched for a minute between waypoints far outside', () => {
    const found = crossings(square, straight(-4_000, 4_000, 2_499.8));
    expect(found.map(({ ring, way }) => `${way} ${ring}`)).toEqual(['enter near', 'exit near']);
  });

  it('finds none where the path stays outside or stands still', () => {
    expect(crossings(square, straight(-4_000, 4_000, 2_510))).toEqual([]);
    expect(
      crossings(square, {
        state: 'rest',
        waypoints: [
          { x: 0, y: 0, at: 0 },
          { x: 0, y: 0, at: 7_200_000 },
        ],
      }),
    ).toEqual([]);
  });

  it('agrees with a fine sampling of crooked paths', () => {
    const random = new Random(7, 'paths');
    let total = 0;
    for (let n = 0; n < 40; n += 1) {
      const waypoints = Array.from({ length: 9 }, (_, i) => ({
        x: random.between(-4_000, 4_000),
        y: random.between(-4_000, 4_000),
        at: i * 900_000,
      }));
      const leg: Leg = { state: 'move', waypoints: waypoints as [(typeof waypoints)[0], ...typeof waypoints] };
      const found = crossings(square, leg);
      total += found.length;
      for (const [ring, radius] of [
        ['near', 2_000],
        ['close', 500],
        ['inside', 0],
      ] as const) {
        const mine = found.filter((each) => each.ring === ring);
        const ways = mine.map(({ way }) => way);
        expect(ways.every((way, i) => i === 0 || way !== ways[i - 1])).toBe(true);
        const within = (i: number) => square.signedDistance(waypoints[i]!) <= radius;
        expect((mine.length % 2 === 1) === (within(0) !== within(8))).toBe(true);
        for (const { at } of mine) {
          const i = Math.min(7, Math.floor((at - 1) / 900_000));
          const [a, b] = [waypoints[i]!, waypoints[i + 1]!];
          const share = (at - a.at) / 900_000;
          const there = { x: a.x + (b.x - a.x) * share, y: a.y + (b.y - a.y) * share };
          expect(Math.abs(square.signedDistance(there) - radius)).toBeLessThanOrEqual(distance(a, b) / 900);
        }
      }
    }
    expect(total).toBeGreaterThan(100);
  });
});
