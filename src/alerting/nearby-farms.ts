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
  private readonly farmsById: ReadonlyMap<string, GuardedFarm>;
  /** Boxes of the farms with their reach around them; a farm across 180° has two. Null: no farms. */
  private readonly boxes: Flatbush | null;
  /** Whose each box is. */
  private readonly owners: readonly GuardedFarm[];

  /**
   * @param farms with boundaries that checkBoundary accepts
   * @param rules how far from a farm a move matters to them
   */
  constructor(farms: readonly Farm[], rules: readonly SetRule[]) {
    const boxes = farms.flatMap((farm) => {
      const guarded: GuardedFarm = { ...farm, shape: prepareBoundary(farm.boundary) };
      const reachM = Math.max(0, ...rules.map(({ rule, settings }) => rule.reachM(farm, settings)));
      const around = padBounds(guarded.shape.bounds, reachM * (1 + SPARE));
      return halves(around).map((box) => ({ box, owner: guarded }));
    });
    this.owners = boxes.map(({ owner }) => owner);
    this.farmsById = new Map(this.owners.map((farm) => [farm.id, farm]));
    this.boxes = boxes.length === 0 ? null : treeOf(boxes.map(({ box }) => box));
  }

  byId(id: string): GuardedFarm | undefined {
    return this.farmsById.get(id);
  }

  /**
   * Every farm within whose reach the straight path between two positions comes, and some a little farther, each once. In an
   * order that is the same for the same farms.
   *
   * @param from null: there is no path, only where it ends
   */
  near(from: Position | null, to: Position): readonly GuardedFarm[] {
    if (this.boxes === null) return NONE;
    const within = boundsOfPath(from ?? to, to);
    const crosses = within.west > within.east;
    const found = crosses ? halves(within).flatMap((half) => search(this.boxes!, half)) : search(this.boxes, within);
    if (found.length === 0) return NONE;
    const farms = found.map((box) => this.owners[box]!);
    const mayRepeat = crosses || this.owners.length > this.farmsById.size;
    return mayRepeat ? [...new Set(farms)] : farms;
  }
}

const NONE: readonly GuardedFarm[] = [];

function treeOf(boxes: readonly Bounds[]): Flatbush {
  const tree = new Flatbush(boxes.length);
  for (const { west, south, east, north } of boxes) tree.add(west, south, east, north);
  tree.finish();
  return tree;
}

function search(tree: Flatbush, { west, south, east, north }: Bounds): number[] {
  return tree.search(west, south, east, north);
}
