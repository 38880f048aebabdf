import type { EpochMs, Position } from '../fix.ts';
import { type Boundary, Chain } from '../geo/boundary.ts';
import { type Bounds, boundsOverlap, padBounds } from '../geo/bounds.ts';
import { distanceMetres } from '../geo/distance.ts';
import { earthCentred, type EarthCentred, shortWay } from '../geo/ellipsoid.ts';
import { leastBetween } from '../geo/path.ts';
import { STEP_MS } from './sun-activity.ts';
import type { Moved } from './step-pieces.ts';
import { dateText, type ZoneClock } from './zone-clock.ts';

/** Farther away, a farm's distance on a day is not told, metres. */
export const FARM_REACH_M = 25_000;
/** Farms told of at most: those that the animal came nearest to. */
export const MOST_FARMS = 10;
/** Fixes that are looked at together: what is far from their box is passed over once for all. */
const TOGETHER = 64;

export interface MeasuredFarm {
  readonly id: string;
  readonly name: string;
  readonly boundary: Boundary;
}

/** How near an animal was, and when. */
export interface Nearest {
  /** Metres to the fence; 0: inside. */
  readonly m: number;
  readonly at: EpochMs;
  /** On the straight way between two fixes, not at one. */
  readonly between: boolean;
}

export interface FarmDays {
  readonly farm: string;
  readonly name: string;
  readonly nearest: Nearest;
  /** Days on which the animal was within reach, in their order. */
  readonly days: readonly (Nearest & { readonly date: string })[];
}

interface Watched extends MeasuredFarm {
  readonly around: Bounds;
  readonly days: Map<number, Nearest>;
}

/**
 * The least distance to each farm on each local day, by fix and by the straight path between fixes no more than 6 h apart; a path counts on the
 * day on which it is nearest.
 */
export class FarmDistance {
  private readonly farms: readonly Watched[];
  private readonly waiting: { readonly fix: Moved; readonly before: Moved | null; readonly day: number }[] = [];

  constructor(
    private readonly clock: ZoneClock,
    farms: readonly MeasuredFarm[],
  ) {
    this.farms = farms.map((farm) => ({
      ...farm,
      around: padBounds(farm.boundary.bounds, FARM_REACH_M * 1.01),
      days: new Map<number, Nearest>(),
    }));
  }

  /** @param before the fix before it; null: it is the first */
  add(fix: Moved, before: Moved | null): void {
    const day = this.clock.dayOf(fix.at);
    if (this.waiting.length >= TOGETHER || (this.waiting.length > 0 && this.waiting[0]!.day !== day)) this.measure();
    this.waiting.push({ fix, before: before !== null && fix.at - before.at <= STEP_MS ? before : null, day });
  }

  /** The farms that it came nearest to, those first. */
  result(): { readonly farms: readonly FarmDays[]; readonly leftOut: number } {
    this.measure();
    const near = this.farms.flatMap(({ id, name, days }): FarmDays[] => {
      const inOrder = [...days].sort(([one], [other]) => one - other);
      const [first] = inOrder;
      if (!first) return [];
      const nearest = inOrder.reduce((least, [, other]) => (other.m < least.m ? other : least), first[1]);
      return [{ farm: id, name, nearest, days: inOrder.map(([day, least]) => ({ date: dateText(day), ...least })) }];
    });
    near.sort((a, b) => a.nearest.m - b.nearest.m || (a.farm < b.farm ? -1 : 1));
    return { farms: near.slice(0, MOST_FARMS), leftOut: Math.max(0, near.length - MOST_FARMS) };
  }

  private measure(): void {
    const waiting = this.waiting.splice(0);
    if (waiting.length === 0) return;
    const around = boxOf(waiting.flatMap(({ fix, before }) => (before ? [before, fix] : [fix])));
    const near = this.farms.filter((farm) => boundsOverlap(farm.around, around));
    if (near.length === 0) return;
    const places = waiting.map(({ fix }) => earthCentred(fix.lon, fix.lat));
    const befores = waiting.map(({ before }, i) =>
      before === null ? null : before === waiting[i - 1]?.fix ? places[i - 1]! : earthCentred(before.lon, before.lat),
    );
    for (const farm of near) {
      const atLeast = places.map((place) => toBall(place, farm.boundary));
      waiting.forEach(({ fix, day }, i) => {
        if (atLeast[i]! < leastOn(farm, day)) this.measureFix(farm, fix, day);
      });
      waiting.forEach(({ fix, before }, i) => {
        const from = befores[i] ?? null;
        if (before === null || from === null) return;
        // Nowhere on the way is it nearer than half of what the ways to the farm from both ends are longer than the step.
        const ends = atLeast[i]! + (before === waiting[i - 1]?.fix ? atLeast[i - 1]! : toBall(from, farm.boundary));
        this.measurePath(farm, before, fix, (ends - straight(from, places[i]!) * LONGER_BY) / 2);
      });
    }
  }

  private measureFix(farm: Watched, fix: Moved, day: number): void {
    const m = distanceMetres(fix, farm.boundary);
    if (m < leastOn(farm, day)) farm.days.set(day, { m, at: fix.at, between: false });
  }

  private measurePath(farm: Watched, from: Moved, to: Moved, atLeastM: number): void {
    const [first, last] = [this.clock.dayOf(from.at), this.clock.dayOf(to.at)];
    let least = leastOn(farm, last);
    if (first !== last) least = Math.max(least, leastOn(farm, first));
    if (least === 0 || atLeastM >= least) return;
    // On one day both ends are no nearer than its least; over midnight, one may be.
    if (first !== last) least = Math.min(least, distanceMetres(from, farm.boundary), distanceMetres(to, farm.boundary));
    const found = leastBetween(from, to, farm.boundary, least);
    if (found === null) return;
    const at = Math.round(from.at + (to.at - from.at) * found.fraction);
    const day = this.clock.dayOf(at);
    if (found.m < leastOn(farm, day)) farm.days.set(day, { m: found.m, at, between: true });
  }
}

function leastOn({ days }: Watched, day: number): number {
  return days.get(day)?.m ?? FARM_REACH_M;
}

/** Straight metres to the ball around a farm; no more than those along the ground to the farm. */
function toBall(place: EarthCentred, { chain }: Boundary): number {
  return (
    Math.sqrt((place.x - chain[0]!) ** 2 + (place.y - chain[1]!) ** 2 + (place.z - chain[2]!) ** 2) -
    chain[Chain.RADIUS]!
  );
}

/** Metres along the ground are less than this much longer than straight ones, to 300 km: no animal goes farther in six hours. */
const LONGER_BY = 1.001;

function straight(a: EarthCentred, b: EarthCentred): number {
  return Math.sqrt((a.x - b.x) ** 2 + (a.y - b.y) ** 2 + (a.z - b.z) ** 2);
}

/** A box around positions of a day or less, and around the straight ways between them but for their bow, which the reach has room for. */
function boxOf(positions: readonly Position[]): Bounds {
  const [first] = positions;
  let [west, east, south, north] = [0, 0, 90, -90];
  for (const { lon, lat } of positions) {
    const away = shortWay(lon - first!.lon);
    west = Math.min(west, away);
    east = Math.max(east, away);
    south = Math.min(south, lat);
    north = Math.max(north, lat);
  }
  if (east - west >= 180) return { west: -180, east: 180, south, north };
  return { west: shortWay(first!.lon + west), east: shortWay(first!.lon + east), south, north };
}
