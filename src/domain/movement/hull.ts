/** Points that are put into the hull at a time: to sort them takes a fraction of a millisecond. */
const CHUNK = 2_048;

/**
 * The corners of the convex hull of points, as their numbers, counterclockwise; points on an edge are no corners. Chunk by chunk, each with
 * the corners of those before (A. M. Andrew's monotone chain, 1979); yields after each.
 *
 * @param points x, y, x, y …
 * @param takes whether a point, by its number, counts
 */
export function* hullOf(
  points: Float64Array,
  takes: (point: number) => boolean = () => true,
): Generator<void, number[], void> {
  let hull: number[] = [];
  let chunk: number[] = [];
  for (let point = 0; 2 * point < points.length; point++) {
    if (!takes(point)) continue;
    chunk.push(point);
    if (chunk.length < CHUNK) continue;
    hull = chain(points, [...hull, ...chunk]);
    chunk = [];
    yield;
  }
  return chunk.length > 0 ? chain(points, [...hull, ...chunk]) : hull;
}

function chain(points: Float64Array, numbers: number[]): number[] {
  const x = (point: number) => points[2 * point]!;
  const y = (point: number) => points[2 * point + 1]!;
  numbers.sort((a, b) => x(a) - x(b) || y(a) - y(b));
  const turn = (a: number, b: number, c: number) => (x(b) - x(a)) * (y(c) - y(a)) - (y(b) - y(a)) * (x(c) - x(a));
  const half = (sorted: readonly number[]) => {
    const corners: number[] = [];
    for (const point of sorted) {
      while (corners.length >= 2 && turn(corners.at(-2)!, corners.at(-1)!, point) <= 0) corners.pop();
      corners.push(point);
    }
    corners.pop();
    return corners;
  };
  const lower = half(numbers);
  const upper = half(numbers.reverse());
  const corners = [...lower, ...upper];
  // All points are one, or lie on one place twice.
  return corners.length > 0 ? corners : numbers.slice(0, 1);
}

/** A ring as x, y, x, y … not closed. */
export type Ring = Float64Array;

export function ringOf(points: Float64Array, corners: readonly number[]): Ring {
  const ring = new Float64Array(2 * corners.length);
  corners.forEach((corner, i) => ring.set(points.subarray(2 * corner, 2 * corner + 2), 2 * i));
  return ring;
}

/** Square metres in a ring: positive where it runs counterclockwise. */
export function signedArea(ring: Ring): number {
  let twice = 0;
  for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2)
    twice += ring[j]! * ring[i + 1]! - ring[i]! * ring[j + 1]!;
  return twice / 2;
}
