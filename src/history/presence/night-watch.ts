import type { EpochMs, Position } from '../../domain/fix.ts';
import { ringAt } from '../../domain/alert/visit.ts';
import { type Farm, type Ring, RINGS } from '../../domain/farm.ts';
import type { Boundary } from '../../domain/geo/boundary.ts';
import { distanceMetres, glanceMetres } from '../../domain/geo/distance.ts';
import { metresAtMost } from '../../domain/geo/ellipsoid.ts';
import { leastBetween } from '../../domain/geo/path.ts';
import type { Stamina } from '../../domain/quality/confirm.ts';
import type { FixBlock } from '../fix-block.ts';
import { positionOnPath } from './position-on-path.ts';
import type { Night } from './nights.ts';

/** The straight path between two fixes no farther apart in time than this counts as the way that was gone: as alerts have it. */
export const LONGEST_PATH_MS = 6 * 3_600_000;
const MS_PER_H = 3_600_000;

/**
 * What can be said of an animal and a ring in a night. `present`: a fix, or the path between two, was in it. `absent`: none was, and no gap
 * is long enough for it to have come. `unknown`: data is missing.
 */
export type Presence = 'present' | 'absent' | 'unknown';

/** How near an animal came, and when. */
export interface Closest {
  /** Metres to the fence; 0: inside. */
  readonly m: number;
  readonly at: EpochMs;
  /** On the straight path between two fixes, not at one. */
  readonly between: boolean;
}

/** What a night is known by, of one animal. */
export interface NightEvidence {
  readonly rings: Readonly<Record<Ring, Presence>>;
  /** Trusted fixes in the night. */
  readonly fixes: number;
  /** The longest time in the night without one, milliseconds. */
  readonly longestGapMs: number;
  /** null: not within `near`. */
  readonly closest: Closest | null;
}

export interface WatchedFarm extends Pick<Farm, 'nearM' | 'closeM'> {
  readonly boundary: Boundary;
}

interface Watched extends Night {
  fixes: number;
  longestGapMs: number;
  closest: Closest | null;
  /** In gaps that no path bridges: no nearer than this can it have come, metres. */
  leastM: number;
}

interface Seen extends Position {
  readonly at: EpochMs;
  /** Metres to the fence, at least. */
  readonly atLeastM: number;
}

/** Nights of one animal at one farm, as a fold over its trusted fixes in the order of time. */
export class NightWatch {
  private readonly nights: readonly Watched[];
  /** The first night that has not ended at the last fix. */
  private place = 0;
  private last: Seen | null = null;

  /** @param nights in order, none in another */
  constructor(
    nights: readonly Night[],
    private readonly farm: WatchedFarm,
    private readonly stamina: Stamina,
  ) {
    this.nights = nights.map((night) => ({ ...night, fixes: 0, longestGapMs: 0, closest: null, leastM: Infinity }));
  }

  add(block: FixBlock): void {
    for (let i = 0; i < block.length; i++) {
      const position = { lon: block.lon[i]!, lat: block.lat[i]! };
      const { atLeastM } = glanceMetres(position, this.farm.boundary);
      const seen = { ...position, at: block.at[i]!, atLeastM };
      this.since(this.last, seen);
      this.see(seen);
      this.last = seen;
    }
  }

  /** No more fixes are known. @returns a piece of evidence for each night */
  end(): NightEvidence[] {
    this.since(this.last, null);
    return this.nights.map(({ fixes, longestGapMs, closest, leastM }) => ({
      rings: Object.fromEntries(RINGS.map((ring) => [ring, this.presence(ring, closest, leastM)])) as Record<
        Ring,
        Presence
      >,
      fixes,
      longestGapMs,
      closest,
    }));
  }

  private presence(ring: Ring, closest: Closest | null, leastM: number): Presence {
    if (closest !== null && isWithin(closest.m, ring, this.farm)) return 'present';
    return isWithin(leastM, ring, this.farm) ? 'unknown' : 'absent';
  }

  private see(fix: Seen): void {
    while (this.place < this.nights.length && this.nights[this.place]!.to <= fix.at) this.place++;
    const night = this.nights[this.place];
    if (!night || fix.at < night.from) return;
    night.fixes++;
    if (fix.atLeastM <= this.farm.nearM)
      this.approach(night, { m: distanceMetres(fix, this.farm.boundary), at: fix.at, between: false });
  }

  /** What nights have between two fixes that follow each other; null: there is none on that side. */
  private since(before: Seen | null, after: Seen | null): void {
    const [begin, end] = [before?.at ?? -Infinity, after?.at ?? Infinity];
    for (let place = this.place; place < this.nights.length; place++) {
      const night = this.nights[place]!;
      if (night.from >= end) break;
      const [from, to] = [Math.max(begin, night.from), Math.min(end, night.to)];
      if (from >= to) continue;
      night.longestGapMs = Math.max(night.longestGapMs, to - from);
      if (before === null || after === null) night.leastM = 0;
      else if (end - begin <= LONGEST_PATH_MS) this.follow(night, before, after, from, to);
      else night.leastM = Math.min(night.leastM, this.withinReach(before, after));
    }
  }

  /** The part of a path that lies in a night. */
  private follow(night: Watched, before: Seen, after: Seen, from: EpochMs, to: EpochMs): void {
    const { boundary, nearM } = this.farm;
    // Nowhere on the way is it nearer than half of what the ways out and back are longer than the path.
    if ((before.atLeastM + after.atLeastM - metresAtMost(before, after)) / 2 > nearM) return;
    const at = (share: number) => begin.at + share * (end.at - begin.at);
    const begin = pointAt(before, after, from);
    const end = pointAt(before, after, to);
    const beginM = distanceMetres(begin, boundary);
    const endM = distanceMetres(end, boundary);
    if (from > before.at) this.approach(night, { m: beginM, at: from, between: true });
    const least = leastBetween(begin, end, boundary, Math.min(beginM, endM));
    if (least !== null) this.approach(night, { m: least.m, at: Math.round(at(least.fraction)), between: true });
    if (to < after.at) this.approach(night, { m: endM, at: to, between: true });
  }

  /** How near an animal can have come between two fixes at the most, if it is no faster than its doubts take it to be; metres. */
  private withinReach(before: Seen, after: Seen): number {
    const { boundary } = this.farm;
    const wayM = ((after.at - before.at) / MS_PER_H) * this.stamina.maxKmh * 1_000 + this.stamina.slackM;
    return Math.max(0, (distanceMetres(before, boundary) + distanceMetres(after, boundary) - wayM) / 2);
  }

  private approach(night: Watched, seen: Closest): void {
    if (seen.m <= this.farm.nearM && (night.closest === null || seen.m < night.closest.m)) night.closest = seen;
  }
}

/** Whether a distance lies in a ring or in one within it. */
function isWithin(m: number, ring: Ring, farm: WatchedFarm): boolean {
  const deepest = ringAt(m, farm);
  return deepest !== null && RINGS.indexOf(deepest) >= RINGS.indexOf(ring);
}

function pointAt(before: Seen, after: Seen, at: EpochMs): Position & { readonly at: EpochMs } {
  return { at, ...positionOnPath(before, after, (at - before.at) / (after.at - before.at)) };
}
