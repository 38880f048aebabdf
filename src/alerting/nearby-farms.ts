import Flatbush from 'flatbush';
import type { Position } from '../domain/fix.ts';
import { type Bounds, boundsOfPath, halves, padBounds } from '../domain/geo/bounds.ts';
import type { GuardedFarm } from '../rules/rule.ts';

/** A farm and how far from it a move can matter to some rule at rest, metres. */
export interface FarmInReach {
  readonly farm: GuardedFarm;
  readonly reachM: number;
}

/** Boxes are found in degrees and moves judged in metres: this share more keeps a fix on the last metre from falling between. */
const SPARE = 0.01;

/** Finds the farms that a move may matter to, of thousands, in a microsecond. */
export class NearbyFarms {
  private farms: readonly GuardedFarm[] = [];
  /** Boxes of the farms with their reach around them; a farm across 180° has two. Null: no farms. */
  private boxes: Flatbush | null = null;
  /** Which farm a box is of. */
  private owners: readonly number[] = [];

  /** Forgets the farms it had. */
  rebuild(reaches: readonly FarmInReach[]): void {
    const boxes = reaches.flatMap(({ farm, reachM }, owner) =>
      halves(padBounds(farm.shape.bounds, reachM * (1 + SPARE))).map((box) => ({ box, owner })),
    );
    const tree = boxes.length === 0 ? null : new Flatbush(boxes.length);
    for (const { box } of boxes) tree?.add(box.west, box.south, box.east, box.north);
    tree?.finish();
    this.boxes = tree;
    this.owners = boxes.map(({ owner }) => owner);
    this.farms = reaches.map(({ farm }) => farm);
  }

  /**
   * Every farm within whose reach the straight path between two positions comes, and some a little farther; in the order in
   * which they were given.
   *
   * @param from null: there is no path, only where it ends
   */
  near(from: Position | null, to: Position): GuardedFarm[] {
    const owners = this.search(boundsOfPath(from ?? to, to));
    if (owners.length > 1) owners.sort((a, b) => a - b);
    return owners.filter((owner, index) => owner !== owners[index - 1]).map((owner) => this.farms[owner]!);
  }

  private search(bounds: Bounds): number[] {
    const tree = this.boxes;
    if (tree === null) return [];
    const found =
      bounds.west <= bounds.east
        ? tree.search(bounds.west, bounds.south, bounds.east, bounds.north)
        : halves(bounds).flatMap(({ west, south, east, north }) => tree.search(west, south, east, north));
    return found.map((box) => this.owners[box]!);
  }
}
