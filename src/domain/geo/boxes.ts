/** Fixes in a box. */
export const BOX = 64;

/** Boxes around every `BOX` fixes of a track, so that many of them are passed over at a glance. */
export class Boxes {
  private readonly west: Float64Array;
  private readonly east: Float64Array;
  private readonly south: Float64Array;
  private readonly north: Float64Array;
  private readonly widest: Float64Array;

  /** @param k what degrees east count at each fix, beside degrees north */
  constructor(x: Float64Array, y: Float64Array, k: Float64Array) {
    const count = Math.floor(x.length / BOX);
    this.west = new Float64Array(count).fill(Infinity);
    this.east = new Float64Array(count).fill(-Infinity);
    this.south = new Float64Array(count).fill(Infinity);
    this.north = new Float64Array(count).fill(-Infinity);
    this.widest = new Float64Array(count);
    for (let i = 0; i < count * BOX; i++) {
      const box = (i / BOX) | 0;
      if (x[i]! < this.west[box]!) this.west[box] = x[i]!;
      if (x[i]! > this.east[box]!) this.east[box] = x[i]!;
      if (y[i]! < this.south[box]!) this.south[box] = y[i]!;
      if (y[i]! > this.north[box]!) this.north[box] = y[i]!;
      if (k[i]! > this.widest[box]!) this.widest[box] = k[i]!;
    }
  }

  /** Squared degrees from the line between two points to anything in a box, at most: that to the farthest of its corners. */
  strayAtMost(box: number, ax: number, ay: number, bx: number, by: number): number {
    const k = this.widest[box]!;
    const west = (this.west[box]! - ax) * k;
    const east = (this.east[box]! - ax) * k;
    const south = this.south[box]! - ay;
    const north = this.north[box]! - ay;
    const ex = (bx - ax) * k;
    const ey = by - ay;
    return Math.max(
      squared(west, south, ex, ey),
      squared(west, north, ex, ey),
      squared(east, south, ex, ey),
      squared(east, north, ex, ey),
    );
  }
}

/** The square of the distance from a point to the line from 0, 0 to another. */
function squared(px: number, py: number, ex: number, ey: number): number {
  const along = px * ex + py * ey;
  if (along <= 0) return px * px + py * py;
  const length2 = ex * ex + ey * ey;
  if (along >= length2) return (px - ex) * (px - ex) + (py - ey) * (py - ey);
  const aside = px * ey - py * ex;
  return (aside * aside) / length2;
}
