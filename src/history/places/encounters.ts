import type { EpochMs, Position } from '../../domain/fix.ts';
import { arcMetres, earthCentred } from '../../domain/geo/ellipsoid.ts';

/** A fix of an animal. */
export interface Sighting extends Position {
  readonly animal: string;
  readonly at: EpochMs;
}

/** What counts as meeting. */
export interface Meeting {
  /** Metres between two fixes at most. */
  readonly distanceM: number;
  /** Milliseconds between two fixes at most. */
  readonly windowMs: number;
  /** Pairs farther apart in time than this are two encounters, milliseconds. */
  readonly gapMs: number;
}

/** Two animals near each other for a while. */
export interface Encounter {
  /** In the order of their ids. */
  readonly animals: readonly [string, string];
  /** The first fix of a pair. */
  readonly start: EpochMs;
  /** The last one. */
  readonly end: EpochMs;
  /** The nearest pair, the first of those as near. */
  readonly closest: { readonly m: number; readonly fixes: readonly [Sighting, Sighting] };
  /** How many pairs of fixes. */
  readonly pairs: number;
}

/** A fix that later ones may still meet, in space. */
interface Waiting {
  readonly sighting: Sighting;
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly cell: number;
}

type Pair = Encounter['closest'];

/**
 * Finds encounters in one sweep by time. Fixes of the last `windowMs` wait in cubes of space as wide as `distanceM`, so that each is held
 * only against those in the cubes around it: space has neither poles nor 180°. A chord is shorter than its arc, so none is missed.
 */
export class EncounterSweep {
  private readonly cubes = new Map<number, Waiting[]>();
  private queue: Waiting[] = [];
  /** The oldest in the queue. */
  private head = 0;
  /** By pair of animals those that may still go on; nearly always one. */
  private readonly open = new Map<string, Encounter[]>();
  private nextLook = -Infinity;

  constructor(private readonly meeting: Meeting) {}

  /** Fixes that wait to be met: the memory that the sweep takes. */
  get waiting(): number {
    return this.queue.length - this.head;
  }

  /**
   * Takes the next fix, in the order of time.
   *
   * @returns encounters that are over by then, in the order of their start
   */
  next(sighting: Sighting): Encounter[] {
    this.forget(sighting.at - this.meeting.windowMs);
    const { x, y, z } = earthCentred(sighting.lon, sighting.lat);
    const edge = this.meeting.distanceM;
    const [i, j, k] = [Math.floor(x / edge), Math.floor(y / edge), Math.floor(z / edge)];
    for (let di = -1; di <= 1; di++)
      for (let dj = -1; dj <= 1; dj++)
        for (let dk = -1; dk <= 1; dk++) {
          const there = this.cubes.get(cube(i + di, j + dj, k + dk));
          // Cubes that share a number are told apart by the distance; each is looked at once unless two neighbours share one.
          if (there) this.meet(sighting, x, y, z, there, i + di, j + dj, k + dk);
        }
    this.keep({ sighting, x, y, z, cell: cube(i, j, k) });
    return this.over(sighting.at);
  }

  /** @returns encounters that go on to the end, in the order of their start */
  end(): Encounter[] {
    const rest = [...this.open.values()].flat();
    this.open.clear();
    return inOrder(rest);
  }

  private meet(
    sighting: Sighting,
    x: number,
    y: number,
    z: number,
    there: readonly Waiting[],
    ...[i, j, k]: [number, number, number]
  ): void {
    const edge = this.meeting.distanceM;
    for (const other of there) {
      if (other.sighting.animal === sighting.animal) continue;
      if (Math.floor(other.x / edge) !== i || Math.floor(other.y / edge) !== j || Math.floor(other.z / edge) !== k)
        continue;
      const chord = Math.sqrt((x - other.x) ** 2 + (y - other.y) ** 2 + (z - other.z) ** 2);
      const m = arcMetres(chord);
      if (m <= edge) this.pair(other.sighting, sighting, m);
    }
  }

  /**
   * Encounters are pairs whose times are joined where no more than `gapMs` is between them. Pairs come in the order of their later fix,
   * so that one may reach back and join two that were apart.
   */
  private pair(earlier: Sighting, later: Sighting, m: number): void {
    const fixes = earlier.animal < later.animal ? ([earlier, later] as const) : ([later, earlier] as const);
    const animals = [fixes[0].animal, fixes[1].animal] as const;
    const name = animals.join(' ');
    const { gapMs } = this.meeting;
    const known = this.open.get(name) ?? [];
    const joined = known.filter(({ end }) => earlier.at - end <= gapMs);
    const all = [...joined, { animals, start: earlier.at, end: later.at, closest: { m, fixes }, pairs: 1 }];
    const whole = all.reduce((one, other) => ({
      animals,
      start: Math.min(one.start, other.start),
      end: Math.max(one.end, other.end),
      closest: nearer(one.closest, other.closest),
      pairs: one.pairs + other.pairs,
    }));
    this.open.set(name, [...known.filter(({ end }) => earlier.at - end > gapMs), whole]);
  }

  private keep(waiting: Waiting): void {
    this.queue.push(waiting);
    const cubeOf = this.cubes.get(waiting.cell);
    if (cubeOf) cubeOf.push(waiting);
    else this.cubes.set(waiting.cell, [waiting]);
  }

  private forget(before: EpochMs): void {
    for (; this.head < this.queue.length && this.queue[this.head]!.sighting.at < before; this.head++) {
      const { cell } = this.queue[this.head]!;
      const there = this.cubes.get(cell)!;
      // What came first is what is forgotten first, in each cube as in the queue.
      if (there.length === 1) this.cubes.delete(cell);
      else there.shift();
    }
    if (this.head > 1_024 && this.head * 2 > this.queue.length) {
      this.queue = this.queue.slice(this.head);
      this.head = 0;
    }
  }

  /** Looks now and then: an encounter that is over may be told a little later. */
  private over(at: EpochMs): Encounter[] {
    if (at < this.nextLook) return [];
    this.nextLook = at + this.meeting.gapMs / 4;
    const done: Encounter[] = [];
    // The earliest fix of a pair to come is one that still waits.
    const earliest = at - this.meeting.windowMs - this.meeting.gapMs;
    for (const [name, encounters] of this.open) {
      const going = encounters.filter(({ end }) => end >= earliest);
      if (going.length === encounters.length) continue;
      done.push(...encounters.filter(({ end }) => end < earliest));
      if (going.length > 0) this.open.set(name, going);
      else this.open.delete(name);
    }
    return inOrder(done);
  }
}

function nearer(one: Pair, other: Pair): Pair {
  if (one.m !== other.m) return one.m < other.m ? one : other;
  return lastOf(one) <= lastOf(other) ? one : other;
}

function lastOf({ fixes: [one, other] }: Pair): EpochMs {
  return Math.max(one.at, other.at);
}

function inOrder(encounters: Encounter[]): Encounter[] {
  return encounters.sort((a, b) => a.start - b.start || (a.animals.join(' ') < b.animals.join(' ') ? -1 : 1));
}

/** A number for a cube; some share one. */
function cube(i: number, j: number, k: number): number {
  return Math.imul(i, 73_856_093) ^ Math.imul(j, 19_349_663) ^ Math.imul(k, 83_492_791);
}
