import type { Position as Coordinates } from 'geojson';
import type { Farm } from '../../src/domain/farm.ts';
import type { Plane, Point } from '../movement/plane.ts';
import { along, distance, towards } from '../movement/plane.ts';

type Ring = readonly Point[];

interface Nearest {
  readonly point: Point;
  /** The ring of the fence and the index of the corner before the point. */
  readonly ring: Ring;
  readonly corner: number;
  readonly metres: number;
}

/** A farm's fence in a plane of metres: how far she is from it, and ways along and inside it. */
export class Fence {
  readonly id: string;
  readonly farm: Farm;
  /** Rings without the repeated last corner, grouped by polygon. */
  private readonly polygons: readonly (readonly Ring[])[];

  constructor(farm: Farm, plane: Plane) {
    this.id = farm.id;
    this.farm = farm;
    const polygons = farm.boundary.type === 'Polygon' ? [farm.boundary.coordinates] : farm.boundary.coordinates;
    const toRing = (ring: Coordinates[]): Ring =>
      ring.slice(0, -1).map(([lon = 0, lat = 0]) => plane.toPoint({ lon, lat }));
    this.polygons = polygons.map((rings) => rings.map(toRing));
  }

  /** Metres to the fence: negative inside the farm, positive outside it. In a hole is outside. */
  signedDistance(point: Point): number {
    const { metres } = this.nearest(point);
    return this.contains(point) ? -metres : metres;
  }

  contains(point: Point): boolean {
    return this.polygons.some((rings) => rings.filter((ring) => surrounds(ring, point)).length % 2 === 1);
  }

  /** The point of the fence that is nearest. */
  nearest(point: Point): Nearest {
    let best: Nearest | undefined;
    for (const ring of this.polygons.flat()) {
      for (const [corner, start] of ring.entries()) {
        const foot = footPoint(point, start, ring[(corner + 1) % ring.length] ?? start);
        const metres = distance(point, foot);
        if (best === undefined || metres < best.metres) best = { point: foot, ring, corner, metres };
      }
    }
    if (best === undefined) throw new Error(`farm ${this.id} has no fence`);
    return best;
  }

  /** The point `metres` outside the fence, at the place of the fence nearest to `seenFrom` and in its direction. */
  outside(seenFrom: Point, metres: number): Point {
    return towards(this.nearest(seenFrom).point, seenFrom, this.contains(seenFrom) ? -metres : metres);
  }

  /** Metres from a point to the corner of the fence that is farthest from it. */
  farthestFrom(point: Point): number {
    return Math.max(...this.polygons.flat(2).map((corner) => distance(point, corner)));
  }

  /** Corners of a way along the fence for a length, `offset` metres outside it, beginning nearest to `from`. */
  alongFence(from: Point, metres: number, offset: number): Point[] {
    const { point, ring, corner } = this.nearest(from);
    const way: Point[] = [];
    let here = point;
    let left = metres;
    for (let i = 1; left > 0 && i <= 2 * ring.length; i += 1) {
      const next = ring[(corner + i) % ring.length] ?? here;
      const length = distance(here, next);
      const end = length > left ? along(here, next, left / length) : next;
      if (length > 0) way.push(this.pushedOut(here, end, offset));
      left -= length;
      here = end;
    }
    return way;
  }

  /** A point inside the farm, drawn with `unit` (uniform 0 … 1). */
  somewhereInside(unit: () => number): Point {
    const ring = this.polygons[0]?.[0] ?? [];
    const xs = ring.map(({ x }) => x);
    const ys = ring.map(({ y }) => y);
    const [left, right, low, high] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    for (let attempt = 0; attempt < 200; attempt += 1) {
      const point = { x: left + (right - left) * unit(), y: low + (high - low) * unit() };
      if (this.contains(point)) return point;
    }
    return ring[0] ?? { x: 0, y: 0 }; // a sliver of a farm: its corner
  }

  /** The end of a stretch of fence, moved square to it to the side that is outside. */
  private pushedOut(start: Point, end: Point, offset: number): Point {
    const length = distance(start, end);
    const normal = { x: ((end.y - start.y) / length) * offset, y: ((start.x - end.x) / length) * offset };
    const right = { x: end.x + normal.x, y: end.y + normal.y };
    return this.contains(right) ? { x: end.x - normal.x, y: end.y - normal.y } : right;
  }
}

/** The point of the stretch a–b that is nearest to p. */
function footPoint(p: Point, a: Point, b: Point): Point {
  const dx = b.x - a.x;
  const dy = b.y - a.y;
  const length2 = dx * dx + dy * dy;
  if (length2 === 0) return a;
  const share = ((p.x - a.x) * dx + (p.y - a.y) * dy) / length2;
  return along(a, b, Math.min(1, Math.max(0, share)));
}

/** Even-odd rule: a ray to the east crosses the ring an odd number of times. */
function surrounds(ring: Ring, { x, y }: Point): boolean {
  let inside = false;
  for (const [i, a] of ring.entries()) {
    const b = ring[(i + 1) % ring.length] ?? a;
    if (a.y > y !== b.y > y && x < a.x + ((y - a.y) / (b.y - a.y)) * (b.x - a.x)) inside = !inside;
  }
  return inside;
}
