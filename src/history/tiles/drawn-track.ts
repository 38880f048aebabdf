import type { TrackPart } from '../formats/track-format.ts';

/** Fixes in a piece at most: what a tile passes over, or takes, at once. */
const PIECE_FIXES = 512;
/** Bytes of a fix here: x, y and its time. */
const FIX_BYTES = 24;
/** Of a piece, beside its fixes, about. */
const PIECE_BYTES = 400;

/** Some fixes in a row without a gap, in the web's square world: x from 0 at 180° W to 1, y from 0 in the north to 1. */
export interface Piece {
  /** Counts up at each gap. */
  readonly segment: number;
  /** It begins with the last fix of the piece before, so that lines join. */
  readonly continues: boolean;
  /** Goes on beyond 0 and 1 where the animal crossed 180°. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Epoch milliseconds. */
  readonly at: Float64Array;
  readonly west: number;
  readonly east: number;
  readonly north: number;
  readonly south: number;
}

/** A track that is ready to be cut into tiles. */
export interface DrawnTrack {
  readonly pieces: readonly Piece[];
  readonly bytes: number;
}

/** Draws a track from its parts, each forgotten when it is drawn. @throws TooManyFixes beyond `most` */
export async function drawTrack(parts: AsyncIterable<TrackPart>, most: number): Promise<DrawnTrack> {
  const drawing = new Drawing();
  let fixes = 0;
  for await (const part of parts) {
    fixes += part.block.length;
    if (fixes > most) throw new TooManyFixes();
    drawing.add(part);
  }
  return drawing.end();
}

/** A track is longer than can be drawn. */
export class TooManyFixes extends Error {
  override readonly name = 'TooManyFixes';
}

class Drawing {
  private readonly pieces: Piece[] = [];
  private bytes = 0;
  private segment = -1;
  private continues = false;
  private length = 0;
  private readonly x = new Float64Array(PIECE_FIXES);
  private readonly y = new Float64Array(PIECE_FIXES);
  private readonly at = new Float64Array(PIECE_FIXES);

  add({ segment, block }: TrackPart): void {
    if (segment !== this.segment) {
      this.cut();
      this.segment = segment;
      this.continues = false;
      this.length = 0;
    }
    for (let place = 0; place < block.length; place++) {
      if (this.length === PIECE_FIXES) this.goOn();
      const x = squareX(block.lon[place]!);
      const before = this.length === 0 ? x : this.x[this.length - 1]!;
      this.x[this.length] = x - Math.round(x - before);
      this.y[this.length] = squareY(block.lat[place]!);
      this.at[this.length] = block.at[place]!;
      this.length++;
    }
  }

  end(): DrawnTrack {
    this.cut();
    return { pieces: this.pieces, bytes: this.bytes };
  }

  /** Begins the next piece of this segment with the last fix of this one. */
  private goOn(): void {
    this.cut();
    const last = this.length - 1;
    // A piece stays near the world, however often the animal went around it.
    this.x[0] = this.x[last]! - Math.floor(this.x[last]!);
    this.y[0] = this.y[last]!;
    this.at[0] = this.at[last]!;
    this.length = 1;
    this.continues = true;
  }

  private cut(): void {
    if (this.length === 0) return;
    const [x, y, at] = [this.x, this.y, this.at].map((column) => column.slice(0, this.length)) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    this.pieces.push({ segment: this.segment, continues: this.continues, x, y, at, ...around(x, y) });
    this.bytes += PIECE_BYTES + FIX_BYTES * this.length;
  }
}

function around(x: Float64Array, y: Float64Array) {
  let [west, east, north, south] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < x.length; i++) {
    west = Math.min(west, x[i]!);
    east = Math.max(east, x[i]!);
    north = Math.min(north, y[i]!);
    south = Math.max(south, y[i]!);
  }
  return { west, east, north, south };
}

function squareX(lon: number): number {
  return lon / 360 + 0.5;
}

/** Web Mercator (EPSG:3857), which ends at 85.05° north and south: what lies beyond stands on its edge. */
function squareY(lat: number): number {
  const sine = Math.sin((lat * Math.PI) / 180);
  const y = 0.5 - (0.25 * Math.log((1 + sine) / (1 - sine))) / Math.PI;
  return Math.min(1, Math.max(0, y));
}
