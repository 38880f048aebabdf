import { contourPolygons, type RingPolygon } from './contour.ts';
import type { EqualArea } from './equal-area.ts';
import { signedArea } from './hull.ts';
import { isoplethLevel, referenceBandwidth, utilization, type Utilization } from './kde.ts';
import { minimumConvexPolygon } from './mcp.ts';
import type { PointSample } from './point-sample.ts';

/** Fixes below which nothing is told of a home range: three make a polygon, and say little. */
export const LEAST_FIXES = 5;

export const METHODS = ['mcp', 'kde'] as const;
export type Method = (typeof METHODS)[number];

/** The outline of a home range. */
export interface Outline {
  readonly method: Method;
  readonly percent: number;
  /** Metres in `projection`. Empty: all points are one, or on one line. */
  readonly polygons: readonly RingPolygon[];
  readonly km2: number;
}

/** The ground that outlines of one track are drawn on. Made once, for as many of them as are asked for. */
export class HomeRange {
  private density: Utilization | null = null;

  private constructor(
    readonly projection: EqualArea,
    /** Metres, x, y, x, y … */
    readonly points: Float64Array,
    private readonly seen: number,
    /** One of how many fixes was taken. */
    readonly sampledEvery: number,
  ) {}

  /** null: too few fixes, or around a pole. */
  static *of(sample: PointSample): Generator<void, HomeRange | null, void> {
    const projection = sample.projection();
    if (sample.seen < LEAST_FIXES || projection === null) return null;
    return new HomeRange(projection, yield* sample.projected(projection), sample.seen, sample.sampledEvery);
  }

  /** The reference bandwidth, metres; 0: all points are one. */
  bandwidth(): number {
    return referenceBandwidth(this.points, this.seen);
  }

  /** Side of a cell of the grid, metres; null: no density was asked for yet. */
  get cellM(): number | null {
    return this.density?.cellM ?? null;
  }

  /** @param percent more than 0; at most 100 for `mcp`, at most 99 for `kde` */
  *outline(method: Method, percent: number): Generator<void, Outline, void> {
    const polygons = method === 'mcp' ? yield* this.convex(percent) : yield* this.kernel(percent);
    const m2 = polygons.flat().reduce((sum, ring) => sum + signedArea(ring), 0);
    return { method, percent, polygons, km2: m2 / 1e6 };
  }

  private *convex(percent: number): Generator<void, RingPolygon[], void> {
    const ring = yield* minimumConvexPolygon(this.points, percent);
    return ring.length >= 6 ? [[ring]] : [];
  }

  private *kernel(percent: number): Generator<void, RingPolygon[], void> {
    const h = this.bandwidth();
    if (!(h > 0)) return [];
    this.density ??= yield* utilization(this.points, h);
    const level = yield* isoplethLevel(this.density, percent / 100);
    return yield* contourPolygons(this.density, level);
  }
}
