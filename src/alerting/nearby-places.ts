import Flatbush from 'flatbush';
import type { Position } from '../domain/fix.ts';
import type { Boundary } from '../domain/geo/boundary.ts';
import { type Bounds, boundsOfPath, halves, padBounds } from '../domain/geo/bounds.ts';

/** A farm or an area, as far as finding it goes. */
interface Shaped {
  readonly id: string;
  readonly shape: Boundary;
}

/** Boxes are found in degrees and moves judged in metres: this share more keeps a fix on the last metre from falling between. */
const SPARE = 0.01;

/**
 * Places found by where a move leads: thousands of them cost no more than those near by. When places or what reaches them
 * changes, it is made anew.
 */
export class NearbyPlaces<P extends Shaped> {
  /** Boxes of the places with their reach around them; one across 180° has two. Null: no places. */
  private readonly boxes: Flatbush | null;
  /** Whose each box is. */
  private readonly owners: readonly P[];
  private readonly mayRepeat: boolean;

  /**
   * @param places with boundaries that checkBoundary accepts
   * @param reachM how far from a place a move matters, metres
   */
  constructor(places: readonly P[], reachM: (place: P) => number) {
    const boxes = places.flatMap((place) => {
      const around = padBounds(place.shape.bounds, reachM(place) * (1 + SPARE));
      return halves(around).map((box) => ({ box, owner: place }));
    });
    this.owners = boxes.map(({ owner }) => owner);
    this.mayRepeat = boxes.length > places.length;
    this.boxes = boxes.length === 0 ? null : treeOf(boxes.map(({ box }) => box));
  }

  /**
   * Every place within whose reach the straight path between two positions comes, and some a little farther, each once. In an
   * order that is the same for the same places.
   *
   * @param from null: there is no path, only where it ends
   */
  near(from: Position | null, to: Position): readonly P[] {
    if (this.boxes === null) return NONE;
    const within = boundsOfPath(from ?? to, to);
    const crosses = within.west > within.east;
    const found = crosses ? halves(within).flatMap((half) => search(this.boxes!, half)) : search(this.boxes, within);
    if (found.length === 0) return NONE;
    const places = found.map((box) => this.owners[box]!);
    return this.mayRepeat || crosses ? [...new Set(places)] : places;
  }
}

const NONE: readonly never[] = [];

function treeOf(boxes: readonly Bounds[]): Flatbush {
  const tree = new Flatbush(boxes.length);
  for (const { west, south, east, north } of boxes) tree.add(west, south, east, north);
  tree.finish();
  return tree;
}

function search(tree: Flatbush, { west, south, east, north }: Bounds): number[] {
  return tree.search(west, south, east, north);
}
