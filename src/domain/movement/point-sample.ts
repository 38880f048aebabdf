import type { Position } from '../fix.ts';
import { earthCentred, ECCENTRICITY_2, RADIANS } from '../geo/ellipsoid.ts';
import { EqualArea } from './equal-area.ts';
import { hullOf } from './hull.ts';

/** Points kept at most; 16 bytes each. */
const MOST_POINTS = 1_000_000;
const FIRST_POINTS = 4_096;

/**
 * Where an animal was, in bounded memory: every point up to a million; beyond, every second, then every fourth … in the order of time, and
 * always the corners of the hull of those before.
 */
export class PointSample {
  private lonLat = new Float64Array(2 * FIRST_POINTS);
  private length = 0;
  /** How many of `lonLat` are corners, which come first. */
  private corners = 0;
  private every = 1;
  private count = 0;
  private readonly middle = { x: 0, y: 0, z: 0 };

  constructor(private readonly most = MOST_POINTS) {}

  add({ lon, lat }: Position): void {
    const { x, y, z } = earthCentred(lon, lat);
    this.middle.x += x;
    this.middle.y += y;
    this.middle.z += z;
    if (this.count++ % this.every !== 0) return;
    if (this.isFull) finish(this.thin());
    if (2 * this.length === this.lonLat.length) this.grow();
    this.lonLat[2 * this.length] = lon;
    this.lonLat[2 * this.length + 1] = lat;
    this.length++;
  }

  /** Whether the next point finds no room. */
  get isFull(): boolean {
    return this.length >= this.most;
  }

  /** Makes room: keeps every second point, and the corners. Else `add` does it at a stretch. Yields now and then. */
  *thin(): Generator<void, void, void> {
    const projection = this.projection();
    const corners = projection ? yield* this.cornersOf(projection) : [];
    const isCorner = new Uint8Array(this.length);
    for (const corner of corners) isCorner[corner] = 1;
    const kept = new Float64Array(this.lonLat.length);
    let length = 0;
    const keep = (point: number) => {
      kept[2 * length] = this.lonLat[2 * point]!;
      kept[2 * length + 1] = this.lonLat[2 * point + 1]!;
      length++;
    };
    corners.forEach(keep);
    for (let point = this.corners; point < this.length; point += 2) if (isCorner[point] === 0) keep(point);
    this.lonLat = kept;
    this.length = length;
    this.corners = corners.length;
    this.every *= 2;
  }

  /** Points seen. */
  get seen(): number {
    return this.count;
  }

  /** One of how many points is kept. 1: all are. */
  get sampledEvery(): number {
    return this.every;
  }

  /** An equal-area projection around the middle of the points seen; null: there are none, or their middle is at a pole. */
  projection(): EqualArea | null {
    const { x, y, z } = this.middle;
    // Under the ellipsoid's normal, for the middle lies all but on it.
    const lat = Math.atan2(z, (1 - ECCENTRICITY_2) * Math.hypot(x, y)) / RADIANS;
    if (this.count === 0 || Math.abs(lat) > 89) return null;
    return new EqualArea({ lon: Math.atan2(y, x) / RADIANS, lat });
  }

  /** Metres east and north of the projection's centre, x, y, x, y … Yields now and then, so that others may run. */
  *projected(projection: EqualArea): Generator<void, Float64Array, void> {
    const points = new Float64Array(2 * this.length);
    for (let i = 0; i < points.length; i += 2) {
      projection.project(this.lonLat[i]!, this.lonLat[i + 1]!, points, i);
      if (i % 8_192 === 8_190) yield;
    }
    return points;
  }

  private grow(): void {
    const larger = new Float64Array(Math.min(2 * this.lonLat.length, 2 * this.most));
    larger.set(this.lonLat);
    this.lonLat = larger;
  }

  private *cornersOf(projection: EqualArea): Generator<void, number[], void> {
    const points = yield* this.projected(projection);
    return yield* hullOf(points);
  }
}

function finish<T>(steps: Generator<void, T, void>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}
