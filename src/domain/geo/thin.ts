import { Stretches } from './thin-line.ts';

/** A track, column by column. */
export interface Course {
  /** Degrees WGS84. */
  readonly lon: Float64Array;
  readonly lat: Float64Array;
  /** Where its segments begin, ascending, the first at 0; no line is drawn from one to the next. Empty: a track without fixes. */
  readonly starts: readonly number[];
}

/** What is asked of thinning. Without either, nothing but what lies on the lines goes. */
export interface ThinTo {
  /** Points at most, 2 or more. */
  readonly maxPoints?: number | undefined;
  /** Metres that no fix which goes may be from the line that is drawn. */
  readonly toleranceM?: number | undefined;
}

export interface Thinned {
  /** Places of the fixes that are kept, ascending. */
  readonly kept: Int32Array;
  /** No fix that went is farther than this from the line of its segment, metres; but for segments that went as a whole. */
  readonly deviationM: number;
  /** Segments of which nothing is left, because `maxPoints` has no room for their ends. */
  readonly segmentsLeft: number;
}

/** Nearer to a line than this, a fix is on it, metres: the arithmetic itself is no finer. */
const ON_THE_LINE_M = 0.001;
/** Fixes looked at between two breaths: a few milliseconds. */
const BREATH = 500_000;

/**
 * Keeps the fixes that shape a track (all of one that has no more than `maxPoints`, where no tolerance is asked for): the first and the last of every segment, the northmost, southmost, westmost and eastmost of all (where
 * `maxPoints` has room for them beside the ends), then always the fix that is farthest from the line drawn so far, until no fix is
 * farther from it than `toleranceM`, or `maxPoints` is reached, which goes before. The same track in, the same points out.
 *
 * When `maxPoints` has no room for the ends of all segments, the smallest segments go as a whole, for a line across a gap would be told
 * where nothing is known; the first and the last fix of all stay.
 *
 * It yields now and then, so that whoever runs it can let others have a turn.
 */
export function* thinning(course: Course, { maxPoints, toleranceM }: ThinTo): Generator<void, Thinned, void> {
  const { lat, starts } = course;
  const { length } = lat;
  if (length === 0) return whole(length);
  if (maxPoints !== undefined && length <= maxPoints && toleranceM === undefined) return whole(length);
  const most = Math.min(length, maxPoints ?? length);
  const x = goingOn(course.lon);
  const ends = endsOf(starts, length);
  const fixed = fits(ends, most) ? ends.map((end) => [end.first, end.last]) : largest(ends, x, lat, most);
  const isKept = new Uint8Array(length);
  let left = most;
  const keep = (place: number) => {
    left -= 1 - isKept[place]!;
    isKept[place] = 1;
  };
  for (const [first, last] of fixed) {
    keep(first!);
    keep(last!);
  }
  const extremes = extremesOf(x, lat).filter((place) => isKept[place] === 0);
  if (left >= extremes.length) extremes.forEach(keep);
  const stretches = new Stretches(x, lat, most, toleranceM ?? 0);
  for (const [first, last] of fixed) addStretches(stretches, isKept, first!, last!);
  const enoughM = Math.max(ON_THE_LINE_M, toleranceM ?? 0);
  for (let rested = 0; left > 0 && stretches.strayM > enoughM;) {
    keep(stretches.split());
    if (stretches.work - rested < BREATH) continue;
    rested = stretches.work;
    yield;
  }
  return {
    kept: placesOf(isKept, most - left),
    deviationM: stretches.strayM > ON_THE_LINE_M ? stretches.strayM : 0,
    segmentsLeft: ends.length - fixed.length,
  };
}

function whole(length: number): Thinned {
  return { kept: Int32Array.from({ length }, (_, place) => place), deviationM: 0, segmentsLeft: 0 };
}

/** The same at one go. */
export function thin(course: Course, to: ThinTo): Thinned {
  const work = thinning(course, to);
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

interface Ends {
  readonly first: number;
  readonly last: number;
}

function endsOf(starts: readonly number[], length: number): Ends[] {
  return starts.map((first, segment) => ({ first, last: (starts[segment + 1] ?? length) - 1 }));
}

const pointsOf = ({ first, last }: Ends): number => (first === last ? 1 : 2);

function fits(ends: readonly Ends[], most: number): boolean {
  return ends.reduce((points, end) => points + pointsOf(end), 0) <= most;
}

/** The ends of as many segments as there is room for, the widest first; of the first and the last one that fix at least. */
function largest(ends: readonly Ends[], x: Float64Array, y: Float64Array, most: number): number[][] {
  const taken = new Map<number, number[]>([
    [0, [ends[0]!.first, ends[0]!.first]],
    [ends.length - 1, [ends.at(-1)!.last, ends.at(-1)!.last]],
  ]);
  let left = most - 2;
  const widths = ends.map((end) => widthOf(end, x, y));
  const byWidth = ends.map((_, segment) => segment).sort((a, b) => widths[b]! - widths[a]! || a - b);
  for (const segment of byWidth) {
    const end = ends[segment]!;
    const more = pointsOf(end) - (taken.has(segment) ? 1 : 0);
    if (more > left) continue;
    left -= more;
    taken.set(segment, [end.first, end.last]);
  }
  return [...taken].sort(([a], [b]) => a - b).map(([, end]) => end);
}

/** Degrees of latitude and longitude that a segment spans, together. */
function widthOf({ first, last }: Ends, x: Float64Array, y: Float64Array): number {
  let [west, east, south, north] = [x[first]!, x[first]!, y[first]!, y[first]!];
  for (let i = first + 1; i <= last; i++) {
    west = Math.min(west, x[i]!);
    east = Math.max(east, x[i]!);
    south = Math.min(south, y[i]!);
    north = Math.max(north, y[i]!);
  }
  return east - west + (north - south);
}

/** The places of the westmost, eastmost, southmost and northmost fix; of several, the first. */
function extremesOf(x: Float64Array, y: Float64Array): number[] {
  let [west, east, south, north] = [0, 0, 0, 0];
  for (let i = 1; i < x.length; i++) {
    if (x[i]! < x[west]!) west = i;
    if (x[i]! > x[east]!) east = i;
    if (y[i]! < y[south]!) south = i;
    if (y[i]! > y[north]!) north = i;
  }
  return [...new Set([west, east, south, north])];
}

/** The stretches of a segment between those of its fixes that are kept already. */
function addStretches(stretches: Stretches, isKept: Uint8Array, first: number, last: number): void {
  for (let from = first, to = first + 1; to <= last; to++) {
    if (isKept[to] === 0) continue;
    stretches.add(from, to);
    from = to;
  }
}

function placesOf(isKept: Uint8Array, count: number): Int32Array {
  const places = new Int32Array(count);
  for (let i = 0, at = 0; i < isKept.length; i++) if (isKept[i] === 1) places[at++] = i;
  return places;
}

/** Longitudes, each taken the short way from the one before: a track across 180° goes on beyond it. */
function goingOn(lon: Float64Array): Float64Array {
  const x = Float64Array.from(lon);
  for (let i = 1, turns = 0; i < x.length; i++) {
    const step = lon[i]! - lon[i - 1]!;
    if (step > 180) turns--;
    else if (step < -180) turns++;
    if (turns !== 0) x[i] = lon[i]! + 360 * turns;
  }
  return x;
}
