import Flatbush from 'flatbush';
import type { Farm } from '../domain/farm.ts';
import type { Position } from '../domain/fix.ts';
import { prepareBoundary } from '../domain/geo/boundary.ts';
import { type Bounds, boundsOfPath, halves, padBounds } from '../domain/geo/bounds.ts';
import type { GuardedFarm, Rule } from '../rules/rule.ts';

/** A rule and what it was set to. */
interface SetRule {
  readonly rule: Rule;
  readonly settings: unknown;
}

/** Boxes are found in degrees and moves judged in metres: this share more keeps a fix on the last metre from falling between. */
const SPARE = 0.01;

/**
 * The farms as they are now, found by where a move leads: thousands of them cost no more than those near by. When farms or
 * settings change, it is made anew.
 */
export class NearbyFarms {
  private readonly farms: readonly GuardedFarm[];
  private readonly farmsById: ReadonlyMap<string, GuardedFarm>;
  /** Boxes of the farms with their reach around them; a farm across 180° has two. Null: no farms. */
  private readonly boxes: Flatbush | null;
  /** Which farm a box is of. */
  private readonly owners: readonly number[];

  /**
   * @param farms with boundaries that checkBoundary accepts
   * @param rules how far from a farm a move matters to them
   */
  constructor(farms: readonly Farm[], rules: readonly SetRule[]) {
    this.farms = farms.map((farm) => ({ ...farm, shape: prepareBoundary(farm.boundary) }));
    this.farmsById = new Map(this.farms.map((farm) => [farm.id, farm]));
    const boxes = this.farms.flatMap((farm, owner) => {
      const reachM = Math.max(0, ...rules.map(({ rule, settings }) => rule.reachM(farm, settings)));
      return halves(padBounds(farm.shape.bounds, reachM * (1 + SPARE))).map((box) => ({ box, owner }));
    });
    this.owners = boxes.map(({ owner }) => owner);
    this.boxes = boxes.length === 0 ? null : treeOf(boxes.map(({ box }) => box));
  }

  byId(id: string): GuardedFarm | undefined {
    return this.farmsById.get(id);
  }

  /**
   * Every farm within whose reach the straight path between two positions comes, and some a little farther; in the order in
   * which they were given.
   *
   * @param from null: there is no path, only where it ends
   */
  near(from: Position | null, to: Position): readonly GuardedFarm[] {
    if (this.boxes === null) return NONE;
    const found = search(this.boxes, boundsOfPath(from ?? to, to));
    if (found.length === 0) return NONE;
    const owners = found.map((box) => this.owners[box]!).sort((a, b) => a - b);
    return owners.filter((owner, index) => owner !== owners[index - 1]).map((owner) => this.farms[owner]!);
  }
}

const NONE: readonly GuardedFarm[] = [];

function treeOf(boxes: readonly Bounds[]): Flatbush {
  const tree = new Flatbush(boxes.length);
  for (const { west, south, east, north } of boxes) tree.add(west, south, east, north);
  tree.finish();
  return tree;
}

function search(tree: Flatbush, bounds: Bounds): number[] {
  const { west, south, east, north } = bounds;
  if (west <= east) return tree.search(west, south, east, north);
  return halves(bounds).flatMap((half) => tree.search(half.west, south, half.east, north));
}
