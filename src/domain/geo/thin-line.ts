import { BOX, Boxes } from './boxes.ts';
import { RADIANS } from './ellipsoid.ts';

/**
 * Metres of a degree where one is longest: of latitude at the poles, and of longitude, times cos φ, wherever it is. So a distance
 * measured by it is never less than on WGS84, and at most 1 % more.
 */
const DEGREE_M = 111_694;
/** The shortest degree of latitude, at the equator, metres. */
const LEAST_DEGREE_M = 110_574;
/** So deep in halves that do not halve, the middle is taken: the work stays within n log n. */
const DEEPEST = 48;
/** In fewer boxes it is quicker to look at every fix. */
const FEWEST_BOXES = 3;

/**
 * Stretches of a track between fixes that are kept, the one with the farthest fix from its straight line first. Lines are straight in
 * longitude and latitude, as maps and GeoJSON draw them (RFC 7946, 3.1.1).
 *
 * Splitting always the stretch that strays most, at the fix that strays most, is the method of Ramer (1972) and of Douglas and Peucker
 * (1973), in the order of what is gained: so what is left after any number of splits is known to within a distance.
 */
export class Stretches {
  private readonly first: Int32Array;
  private readonly last: Int32Array;
  private readonly farthest: Int32Array;
  private readonly depth: Uint8Array;
  /** Squared degrees from the line of a stretch to its farthest fix. */
  private readonly stray: Float64Array;
  /** Numbers of stretches, as a binary heap. */
  private readonly heap: Int32Array;
  private count = 0;
  private size = 0;
  /** The greatest squared distance seen in a stretch so far, and the fix it is of. */
  private most = 0;
  private at = 0;
  /** cos φ at each fix. */
  private readonly narrowing: Float64Array;
  private readonly boxes: Boxes;
  private readonly bounds: Float64Array;
  /** Fixes looked at so far. */
  work = 0;

  /**
   * @param x degrees east, going on beyond 180°
   * @param most stretches there will be at most
   * @param withinM metres to which distances must never be told too short; beyond, they are right to the first order
   */
  constructor(
    private readonly x: Float64Array,
    private readonly y: Float64Array,
    most: number,
    withinM: number,
  ) {
    this.first = new Int32Array(most);
    this.last = new Int32Array(most);
    this.farthest = new Int32Array(most);
    this.depth = new Uint8Array(most);
    this.stray = new Float64Array(most);
    this.heap = new Int32Array(most);
    // Where within that distance a degree of longitude is longest: nearer to the equator.
    const nearer = withinM / LEAST_DEGREE_M;
    this.narrowing = y.map((lat) => Math.cos(Math.max(0, Math.abs(lat) - nearer) * RADIANS));
    this.boxes = new Boxes(x, y, this.narrowing);
    this.bounds = new Float64Array(Math.ceil(x.length / BOX));
  }

  /** Metres from the farthest fix of all to its line; 0: none is beside it. */
  get strayM(): number {
    return this.size === 0 ? 0 : Math.sqrt(this.stray[this.heap[0]!]!) * DEGREE_M;
  }

  /** A stretch between two fixes that are kept. */
  add(first: number, last: number): void {
    this.put(this.count++, first, last, 0);
  }

  /** Splits the stretch that strays most; answers the fix at which, which is kept from now on. */
  split(): number {
    const number = this.heap[0]!;
    const at = this.farthest[number]!;
    const last = this.last[number]!;
    const depth = Math.min(DEEPEST, this.depth[number]! + 1);
    const tail = this.heap[--this.size]!;
    if (this.size > 0) this.sink(tail, 0);
    this.put(number, this.first[number]!, at, depth);
    this.put(this.count++, at, last, depth);
    return at;
  }

  private put(number: number, first: number, last: number, depth: number): void {
    this.first[number] = first;
    this.last[number] = last;
    this.depth[number] = depth;
    this.look(number);
    if (this.stray[number]! > 0) this.rise(number, this.size++);
  }

  /** Finds the fix of a stretch that is farthest from its line. */
  private look(number: number): void {
    const first = this.first[number]!;
    const last = this.last[number]!;
    this.most = 0;
    this.at = first;
    const box = Math.ceil((first + 1) / BOX);
    const endBox = Math.floor(last / BOX);
    if (endBox - box < FEWEST_BOXES) this.scan(first, last, first + 1, last);
    else {
      this.scan(first, last, first + 1, box * BOX);
      this.scan(first, last, endBox * BOX, last);
      this.scanBoxes(first, last, box, endBox);
    }
    this.stray[number] = this.most;
    this.farthest[number] = this.depth[number] === DEEPEST ? (first + last) >> 1 : this.at;
  }

  /** Looks into those boxes that may hold a farther fix: first into the one that may hold the farthest. */
  private scanBoxes(first: number, last: number, from: number, to: number): void {
    const { x, y, bounds } = this;
    const [ax, ay, bx, by] = [x[first]!, y[first]!, x[last]!, y[last]!];
    let best = from;
    for (let box = from; box < to; box++) {
      bounds[box] = this.boxes.strayAtMost(box, ax, ay, bx, by);
      if (bounds[box]! > bounds[best]!) best = box;
    }
    this.scan(first, last, best * BOX, best * BOX + BOX);
    this.work += (to - from) * 4;
    for (let box = from; box < to; box++)
      if (bounds[box]! > this.most && box !== best) this.scan(first, last, box * BOX, box * BOX + BOX);
  }

  /** Looks at the fixes `from` to before `to` for one that is farther from the line between two others than any seen so far. */
  private scan(first: number, last: number, from: number, to: number): void {
    const { x, y, narrowing } = this;
    const [ax, ay, bx, by] = [x[first]!, y[first]!, x[last]!, y[last]!];
    const [east, north] = [bx - ax, by - ay];
    let { most, at } = this;
    for (let i = from; i < to; i++) {
      const k = narrowing[i]!;
      const px = (x[i]! - ax) * k;
      const py = y[i]! - ay;
      const ex = east * k;
      const along = px * ex + py * north;
      const length2 = ex * ex + north * north;
      let stray: number;
      if (along <= 0) stray = px * px + py * py;
      else if (along >= length2) stray = (px - ex) * (px - ex) + (py - north) * (py - north);
      else {
        const aside = px * north - py * ex;
        // The division is the dearest of it all.
        if (aside * aside <= most * length2) continue;
        stray = (aside * aside) / length2;
      }
      if (stray > most) {
        most = stray;
        at = i;
      }
    }
    this.work += to - from;
    this.most = most;
    this.at = at;
  }

  /** Whether a stretch goes before another; of two that stray alike, the earlier. */
  private isBefore(one: number, other: number): boolean {
    const difference = this.stray[one]! - this.stray[other]!;
    return difference > 0 || (difference === 0 && this.first[one]! < this.first[other]!);
  }

  private rise(number: number, place: number): void {
    let at = place;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.isBefore(number, this.heap[parent]!)) break;
      this.heap[at] = this.heap[parent]!;
      at = parent;
    }
    this.heap[at] = number;
  }

  private sink(number: number, place: number): void {
    let at = place;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.size) break;
      if (child + 1 < this.size && this.isBefore(this.heap[child + 1]!, this.heap[child]!)) child++;
      if (!this.isBefore(this.heap[child]!, number)) break;
      this.heap[at] = this.heap[child]!;
      at = child;
    }
    this.heap[at] = number;
  }
}
