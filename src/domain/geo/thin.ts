import type { Position } from '../fix.ts';
import { unwrapped } from './bounds.ts';
import { RADIANS } from './ellipsoid.ts';

/**
 * Keeps the points of a track that shape it, `maxPoints` at most, in their order; the first and the last always.
 *
 * The point that forms the least triangle with its neighbours goes, again and again (M. Visvalingam and J. D. Whyatt, "Line
 * generalisation by repeated elimination of points", 1993), here by a heap in n log n. Triangles are measured on longitude ×
 * cos φ and latitude, each where it is; of equal ones the earlier goes. The same points in, the same points out.
 *
 * @param maxPoints 2 or more
 */
export function thinTrack<P extends Position>(points: readonly P[], maxPoints: number): readonly P[] {
  if (points.length <= Math.max(2, maxPoints)) return points;
  const chain = new Chain(points);
  for (let left = points.length; left > Math.max(2, maxPoints); left--) chain.removeLeast();
  return points.filter((_, index) => chain.has(index));
}

/** The points still kept, each knowing its neighbours, and a binary heap of them by area. */
class Chain {
  /** Degrees east, going on beyond 180°, and north. */
  private readonly x: Float64Array;
  private readonly y: Float64Array;
  private readonly before: Int32Array;
  private readonly after: Int32Array;
  /** Of the triangle with both neighbours; of the ends, Infinity. */
  private readonly area: Float64Array;
  /** Indices of points: each no less than the one at half its place. */
  private readonly heap: Int32Array;
  /** Where in the heap a point is; −1: not any more. */
  private readonly place: Int32Array;
  private size: number;

  constructor(points: readonly Position[]) {
    const { length } = points;
    this.x = Float64Array.from(unwrapped(points.map(({ lon }) => lon)));
    this.y = Float64Array.from(points, ({ lat }) => lat);
    this.before = Int32Array.from({ length }, (_, i) => i - 1);
    this.after = Int32Array.from({ length }, (_, i) => i + 1);
    this.area = Float64Array.from({ length }, (_, i) => (i === 0 || i === length - 1 ? Infinity : this.areaAt(i)));
    this.heap = Int32Array.from({ length }, (_, i) => i);
    this.place = Int32Array.from({ length }, (_, i) => i);
    this.size = length;
    for (let i = length >> 1; i >= 0; i--) this.sink(i);
  }

  has(index: number): boolean {
    return this.place[index]! >= 0;
  }

  removeLeast(): void {
    const removed = this.heap[0]!;
    const [before, after, area] = [this.before[removed]!, this.after[removed]!, this.area[removed]!];
    this.size--;
    this.put(this.heap[this.size]!, 0);
    this.place[removed] = -1;
    this.sink(0);
    this.after[before] = after;
    this.before[after] = before;
    this.update(before, area);
    this.update(after, area);
  }

  /** A point's area is never less than that of one that went before it: else it would go in the wake of a larger detail. */
  private update(index: number, atLeast: number): void {
    if (this.area[index] === Infinity) return;
    this.area[index] = Math.max(atLeast, this.areaAt(index));
    this.sink(this.rise(this.place[index]!));
  }

  private areaAt(index: number): number {
    const [a, b] = [this.before[index]!, this.after[index]!];
    const [x, y] = [this.x[index]!, this.y[index]!];
    const twice = (this.x[a]! - x) * (this.y[b]! - y) - (this.y[a]! - y) * (this.x[b]! - x);
    return (Math.abs(twice) * Math.cos(y * RADIANS)) / 2;
  }

  private isLess(a: number, b: number): boolean {
    const difference = this.area[a]! - this.area[b]!;
    return difference < 0 || (difference === 0 && a < b);
  }

  private put(index: number, place: number): void {
    this.heap[place] = index;
    this.place[index] = place;
  }

  private rise(start: number): number {
    const index = this.heap[start]!;
    let place = start;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!this.isLess(index, this.heap[parent]!)) break;
      this.put(this.heap[parent]!, place);
      place = parent;
    }
    this.put(index, place);
    return place;
  }

  private sink(start: number): void {
    const index = this.heap[start]!;
    let place = start;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= this.size) break;
      if (child + 1 < this.size && this.isLess(this.heap[child + 1]!, this.heap[child]!)) child++;
      if (!this.isLess(this.heap[child]!, index)) break;
      this.put(this.heap[child]!, place);
      place = child;
    }
    this.put(index, place);
  }
}
