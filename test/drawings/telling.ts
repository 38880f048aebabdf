import { Places } from '../../src/alerting/places.ts';
import { RuleBook } from '../../src/alerting/rule-book.ts';
import type { StoredFix } from '../../src/alerting/trail.ts';
import type { World } from '../../src/alerting/watch.ts';
import type { Farm } from '../../src/domain/farm.ts';
import { errorMetres, type EpochMs, type Position } from '../../src/domain/fix.ts';
import { type Boundary, prepareBoundary } from '../../src/domain/geo/boundary.ts';
import { distanceMetres } from '../../src/domain/geo/distance.ts';
import { leastDistanceOnPath } from '../../src/domain/geo/path.ts';
import { type Doubt, doubtNames } from '../../src/domain/quality/doubt.ts';
import { STAMINA } from '../../src/domain/quality/confirm.ts';
import type { Rule } from '../../src/rules/rule.ts';
import { trueOffset, trueWayPoint } from '../support/geodesy-oracle.ts';
import { MemoryJudge, type Told } from '../support/memory-judge.ts';
import type { Story, StoryFix } from './stories.ts';

const MINUTE = 60_000;
const DAY = Date.UTC(2026, 10, 22);
const CENTRE = { lon: 131.7, lat: 43.3 };
const HALF_SIDE_M = 500;
const ACCURACY_M = 12;
/** Between two fixes the distance is drawn at so many points. */
const SAMPLES = 48;

/** A distance to the farm at a moment. */
export interface Mark {
  readonly at: EpochMs;
  readonly m: number;
}

/** A fix as the engine saw it. */
export interface SeenFix extends Mark {
  readonly errorM: number;
  readonly heard: EpochMs;
  /** A newer one had been heard before it. */
  readonly isLate: boolean;
  readonly doubts: readonly Doubt[];
}

/** What came of a story. */
export interface Telling {
  readonly story: Story;
  readonly farm: Farm;
  readonly from: EpochMs;
  readonly until: EpochMs;
  /** In the order of time. */
  readonly fixes: readonly SeenFix[];
  /** The straight paths between undoubted fixes. */
  readonly paths: readonly (readonly Mark[])[];
  /** In the order in which they were learned. */
  readonly changes: readonly Told[];
}

/** Tells a story to the engine, as its fixes came, and writes down what the engine makes of it. */
export async function tell(story: Story, rules: ReadonlyMap<string, Rule>): Promise<Telling> {
  const farm = aFarm();
  const judge = new MemoryJudge(worldOf(story, farm, rules));
  const heard = new Map<EpochMs, StoredFix[]>();
  for (const fix of story.fixes) {
    const at = heardAt(fix);
    heard.set(at, [...(heard.get(at) ?? []), fixOf(fix)]);
  }
  const times = [...heard.keys()].sort((a, b) => a - b);
  const until = story.until === undefined ? times.at(-1)! : moment(story.until);
  // The evaluator looks every second whether a silence has become one; every minute, a second after, is often enough here.
  let now = times[0]! + 1_000;
  const pass = async (end: EpochMs) => {
    for (; now < end; now += MINUTE) await judge.lapse(now);
  };
  for (const at of times) {
    await pass(at);
    await judge.hear(heard.get(at)!, at);
  }
  await pass(until);
  return { ...seen(story, farm, judge), farm, from: judge.fixes[0]!.at, until, changes: judge.told };
}

function seen(story: Story, farm: Farm, judge: MemoryJudge): Pick<Telling, 'story' | 'fixes' | 'paths'> {
  const shape = prepareBoundary(farm.boundary);
  const newer = (fix: StoredFix) =>
    judge.fixes.some(({ at, receivedAt }) => at > fix.at && receivedAt < fix.receivedAt);
  const fixes = judge.fixes.map((fix) => ({
    at: fix.at,
    m: distanceMetres(fix, shape),
    errorM: errorMetres(fix),
    heard: fix.receivedAt,
    isLate: newer(fix),
    doubts: doubtNames(fix.doubts),
  }));
  const trusted = judge.fixes.filter(({ doubts }) => doubts === 0);
  const paths = trusted.slice(1).map((to, index) => marksOf(trusted[index]!, to, shape));
  return { story, fixes, paths };
}

/** The distance along the way between two fixes, the least of it among them. */
function marksOf(from: StoredFix, to: StoredFix, shape: Boundary): Mark[] {
  const point = trueWayPoint(from, to);
  const marks = Array.from({ length: SAMPLES + 1 }, (_, step) => {
    const fraction = step / SAMPLES;
    return { fraction, m: distanceMetres(point(fraction), shape) };
  });
  return [...marks, leastDistanceOnPath(from, to, shape)]
    .sort((a, b) => a.fraction - b.fraction)
    .map(({ fraction, m }) => ({ at: from.at + fraction * (to.at - from.at), m }));
}

function worldOf({ rules: names, intervalMinutes }: Story, farm: Farm, rules: ReadonlyMap<string, Rule>): World {
  const book = new RuleBook(names.map((name) => rules.get(name)!));
  const collar = { serial: '30211', fixIntervalS: intervalMinutes * 60 };
  const animal = { id: 'sofia', species: 'Panthera pardus orientalis', group: null, stamina: STAMINA, collar };
  return {
    rules: book.rules,
    lookbackMs: book.lookbackMs,
    places: new Places([farm], [], book.rules),
    watched: () => animal,
  };
}

function aFarm(): Farm {
  const corner = (east: number, north: number) => {
    const { lon, lat } = placeOf(east, north);
    return [lon, lat];
  };
  const [low, high] = [-HALF_SIDE_M, HALF_SIDE_M];
  const ring = [corner(low, low), corner(high, low), corner(high, high), corner(low, high), corner(low, low)];
  return { id: 'farm', name: 'Farm', nearM: 2_000, closeM: 500, boundary: { type: 'Polygon', coordinates: [ring] } };
}

/** Metres east and north of the farm's middle. */
function placeOf(east: number, north: number): Position {
  return trueOffset(trueOffset(CENTRE, 0, north), 90, east);
}

function fixOf(fix: StoryFix): StoredFix {
  const place = placeOf(fix.east ?? 0, HALF_SIDE_M + fix.m);
  return { ...place, at: moment(fix.at), receivedAt: heardAt(fix), collarId: 1, doubts: 0, accuracyM: ACCURACY_M };
}

function heardAt({ at, heard }: StoryFix): EpochMs {
  return moment(heard ?? at);
}

function moment(clock: string): EpochMs {
  const [hours = 0, minutes = 0] = clock.split(':').map(Number);
  return DAY + (hours * 60 + minutes) * MINUTE;
}
