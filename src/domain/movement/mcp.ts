import { hullOf, type Ring, ringOf } from './hull.ts';
import { quantile } from './quantile.ts';

/**
 * The minimum convex polygon of a share of points: those nearest to their mean, as adehabitatHR's `mcp` and amt's `hr_mcp` take them
 * (distance no more than the type 7 quantile of all distances). Counterclockwise, not closed; less than three corners where the
 * points are one, or on one line.
 *
 * @param points metres, x, y, x, y …
 * @param percent more than 0, at most 100
 */
export function* minimumConvexPolygon(points: Float64Array, percent: number): Generator<void, Ring, void> {
  if (percent >= 100) return ringOf(points, yield* hullOf(points));
  const count = points.length / 2;
  const [meanX, meanY] = meanOf(points);
  const squares = new Float64Array(count);
  for (let i = 0; i < count; i++) squares[i] = (points[2 * i]! - meanX) ** 2 + (points[2 * i + 1]! - meanY) ** 2;
  yield;
  const limit = yield* quantile(squares.map(Math.sqrt), percent / 100);
  // A hair more, for the quantile of distances that are all alike is one of them again.
  const most = (limit * (1 + 1e-12)) ** 2;
  return ringOf(points, yield* hullOf(points, (point) => squares[point]! <= most));
}

export function meanOf(points: Float64Array): [x: number, y: number] {
  let [x, y] = [0, 0];
  for (let i = 0; i < points.length; i += 2) {
    x += points[i]!;
    y += points[i + 1]!;
  }
  const count = points.length / 2;
  return [x / count, y / count];
}
