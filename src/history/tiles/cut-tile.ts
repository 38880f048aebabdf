import { setImmediate as breath } from 'node:timers/promises';
import * as geojsonVt from '@maplibre/geojson-vt';
import * as vtPbf from '@maplibre/vt-pbf';
import type { Feature, FeatureCollection, Position } from 'geojson';
import type { DrawnTrack, Piece } from './drawn-track.ts';
import type { TileAddress } from './tile-address.ts';

/** Units across a tile, and around it, where lines go on. A tile is shown some 512 pixels wide: a pixel has eight units. */
export const EXTENT = 4_096;
const BUFFER = 64;
/** How far a line may stray from the track, units. */
const TOLERANCE = 3;
/** Fixes are shown one by one from this zoom on. */
export const POINTS_ZOOM = 11;
/** Of more fixes than these in one tile, one is shown on each spot of so many units. */
const MANY_POINTS = 5_000;
const SPOT = 16;
/** Fixes that are cut before others get their turn: some milliseconds. */
const AT_ONCE = 8_192;

const OPTIONS = {
  coordinates: 'unitSquare',
  wrap: false,
  clip: true,
  extent: EXTENT,
  buffer: BUFFER,
  tolerance: TOLERANCE,
} as const;

/** A feature in the units of a tile. Both libraries have it, but their types lose each other under Node's rules for modules. */
interface CutFeature {
  readonly type: 1 | 2 | 3;
  readonly tags: Readonly<Record<string, unknown>> | null;
}
interface CutLayer {
  readonly features: readonly CutFeature[];
}
const toTile = geojsonVt.geoJSONToTile as (
  data: FeatureCollection,
  z: number,
  x: number,
  y: number,
  options: typeof OPTIONS & { readonly maxZoom: number },
) => CutLayer;
const encoded = vtPbf.fromGeojsonVt as (
  layers: Readonly<Record<string, CutLayer>>,
  options: { readonly version: number; readonly extent: number },
) => Uint8Array;

/** A track of an animal. */
export interface NamedTrack {
  readonly animal: string;
  readonly track: DrawnTrack;
}

/**
 * A vector tile (Mapbox Vector Tile 2.1): `tracks`, lines with `animal`, `segment`, `from` and `to`; from zoom 11 on `fixes` too, points
 * with `animal` and `at`. Times are epoch milliseconds. No line goes from one segment to the next.
 */
export async function cutTile(tracks: readonly NamedTrack[], address: TileAddress): Promise<Uint8Array> {
  const lines = new Cutter(address);
  const points = new Cutter(address);
  const spots = address.z >= POINTS_ZOOM ? spotsOf(tracks, address) : null;
  for (const { animal, track } of tracks) {
    for (const { piece, turn } of reaching(track, address)) {
      await lines.add(lineOf(animal, piece, turn, address), piece.x.length);
      if (spots === null) continue;
      for (const i of inside(piece, turn, address)) {
        if (spots.takes(piece.x[i]! + turn, piece.y[i]!)) await points.add(pointOf(animal, piece, turn, i), 1);
      }
    }
  }
  const layers = { tracks: await lines.end(), ...(spots && { fixes: await points.end() }) };
  const filled = Object.entries(layers).filter(([, features]) => features.length > 0);
  const tile = Object.fromEntries(filled.map(([name, features]) => [name, { features }]));
  return encoded(tile, { version: 2, extent: EXTENT });
}

/** Gathers features and cuts some of them at a time. */
class Cutter {
  private waiting: Feature[] = [];
  private fixes = 0;
  private readonly cut: CutFeature[] = [];

  constructor(private readonly address: TileAddress) {}

  async add(feature: Feature | null, fixes: number): Promise<void> {
    if (feature) this.waiting.push(feature);
    this.fixes += fixes;
    if (this.fixes < AT_ONCE) return;
    this.flush();
    await breath();
  }

  async end(): Promise<readonly CutFeature[]> {
    this.flush();
    await breath();
    return this.cut;
  }

  private flush(): void {
    const { z, x, y } = this.address;
    if (this.waiting.length > 0) {
      // What shapes a line is weighed down to the deepest zoom, which keeps every point: one deeper than this is as deep as it takes.
      const options = { ...OPTIONS, maxZoom: z + 1 };
      const tile = toTile({ type: 'FeatureCollection', features: this.waiting }, z, x, y, options);
      for (const feature of tile.features) this.cut.push(feature);
    }
    this.waiting = [];
    this.fixes = 0;
  }
}

/** Pieces that reach the tile, turned around the world to where it is. */
function* reaching({ pieces }: DrawnTrack, address: TileAddress): Generator<{ piece: Piece; turn: number }> {
  const { west, east, north, south } = edges(address);
  for (const piece of pieces) {
    if (piece.south < north || piece.north > south) continue;
    for (const turn of [-1, 0, 1]) if (piece.east + turn >= west && piece.west + turn <= east) yield { piece, turn };
  }
}

function edges({ z, x, y }: TileAddress) {
  const size = 1 / 2 ** z;
  const margin = (size * BUFFER) / EXTENT;
  return {
    west: x * size - margin,
    east: (x + 1) * size + margin,
    north: y * size - margin,
    south: (y + 1) * size + margin,
  };
}

/** A piece as a line, without the fixes that lie within a unit of the one before: on a small map most do. */
function lineOf(animal: string, { segment, x, y, at }: Piece, turn: number, { z }: TileAddress): Feature | null {
  if (x.length < 2) return null;
  const unit = 1 / (2 ** z * EXTENT);
  const coordinates: Position[] = [[x[0]! + turn, y[0]!]];
  let [lastX, lastY] = [x[0]!, y[0]!];
  for (let i = 1; i < x.length; i++) {
    if (i < x.length - 1 && Math.abs(x[i]! - lastX) < unit && Math.abs(y[i]! - lastY) < unit) continue;
    [lastX, lastY] = [x[i]!, y[i]!];
    coordinates.push([lastX + turn, lastY]);
  }
  const properties = { animal, segment, from: at[0]!, to: at[at.length - 1]! };
  return { type: 'Feature', properties, geometry: { type: 'LineString', coordinates } };
}

function pointOf(animal: string, { x, y, at }: Piece, turn: number, i: number): Feature {
  const coordinates = [x[i]! + turn, y[i]!];
  return { type: 'Feature', properties: { animal, at: at[i]! }, geometry: { type: 'Point', coordinates } };
}

/** Places of a piece's own fixes in the tile. */
function* inside({ continues, x, y }: Piece, turn: number, address: TileAddress): Generator<number> {
  const { west, east, north, south } = edges(address);
  for (let i = continues ? 1 : 0; i < x.length; i++) {
    const at = x[i]! + turn;
    if (at >= west && at <= east && y[i]! >= north && y[i]! <= south) yield i;
  }
}

/** Which fixes are shown: all, or where there are many the first on each spot. */
interface Spots {
  takes(x: number, y: number): boolean;
}

function spotsOf(tracks: readonly NamedTrack[], address: TileAddress): Spots {
  let count = 0;
  for (const { track } of tracks)
    for (const { piece, turn } of reaching(track, address)) {
      count += [...inside(piece, turn, address)].length;
      if (count > MANY_POINTS) return new FirstOnSpot(address);
    }
  return { takes: () => true };
}

class FirstOnSpot implements Spots {
  private readonly taken = new Set<number>();

  constructor(private readonly address: TileAddress) {}

  takes(x: number, y: number): boolean {
    const { z, x: column, y: row } = this.address;
    const east = Math.floor(((x * 2 ** z - column) * EXTENT) / SPOT);
    const south = Math.floor(((y * 2 ** z - row) * EXTENT) / SPOT);
    const spot = south * EXTENT + east;
    if (this.taken.has(spot)) return false;
    this.taken.add(spot);
    return true;
  }
}
