import type { Position } from '../fix.ts';
import { geodesicMetres, shortWay } from '../geo/ellipsoid.ts';
import { median } from '../median.ts';

/** A fix as one of many at perhaps one place. */
export interface Stop extends Position {
  readonly errorM: number;
  /** In the maker's own unit; absent: not reported. */
  readonly activity?: number;
}

/** What counts as still. */
export interface StillLimits {
  /** Metres; null: from the errors of the fixes. */
  readonly radiusM: number | null;
  readonly leastRadiusM: number;
  readonly greatestRadiusM: number;
  readonly share: number;
  /** A greater error than this counts as this, metres. */
  readonly errorCapM: number;
  /** How much activity varies by noise: in the maker's own unit, and as a share of its median; the greater counts. */
  readonly activityNoise: number;
  readonly activityNoiseShare: number;
}

/** What an activity sensor reads while nothing moves, in the maker's own unit. */
export interface Quiet {
  readonly level: number;
  /** More above the level, and more from one value to the next, is no noise. */
  readonly noise: number;
}

/** What the fixes of a time have in common. */
interface Gathering {
  readonly centre: Position;
  /** Metres. */
  readonly radiusM: number;
  /** null: too few fixes report any activity. */
  readonly activity: Quiet | null;
}

/** Where something lies still. */
export interface Stillness extends Gathering {
  /** Of the fixes, those within the radius. */
  readonly share: number;
  /** `still`: error explains every fix. `unsure`: but for a few single ones, as under dense canopy or of one who rests. */
  readonly looksLike: 'still' | 'unsure';
}

/** Twice the error that a receiver reports: of errors that are normal on both axes, 86 % and more are less than that. */
const RADIUS_PER_ERROR = 2;
/** "The 95 % circular error probable equalled 106.8 m for locations at all test sites" (Lewis et al. 2007). */
const CEP95_M = 106.8;
/** Of the fixes of a still collar, this share may be farther out than that: twice the 5 %. */
const FAR_SHARE = 0.1;
/** The activity sensor is heard where it reports with at least this share of the fixes. */
const HEARD_SHARE = 0.5;
/** One value of the sensor that differs from all others differs from the one before it, and the next from it. */
const ONE_JOLT = 2;

/** How many fixes are what, and how many values of the sensor there are, and differ from the one before. */
interface Counts {
  within: number;
  far: number;
  changes: number;
  heard: number;
}

/**
 * Whether something lies still at one place, by all its fixes of a time; null: it moves, or shows in some way that it lives.
 *
 * - The place is the median of longitudes and of latitudes: a few fixes that are far off do not move it.
 * - The radius is twice the median of the errors, within limits: as far as the fixes of a collar scatter that does not move. Of a
 *   fix with a greater error it is twice its own, within the same limits. At least `share` of the fixes are within it,
 *   the first and the last among them (Wall et al. 2014 with another radius).
 * - No two fixes in a row are out of it by more than their own errors. What lies still is seen elsewhere only by errors, and
 *   errors come singly; who goes to drink, or from the carcass to cover, is away for a while.
 * - At most a tenth of the fixes is farther out than 106.8 m and their own error, which a dense canopy would explain.
 * - The sensor does not say otherwise. What lies still gives it one value with some noise, whatever the maker's unit and zero.
 *   So a value above the median by more than noise is movement, and two of them in a row (or one beside a fix that is out) are
 *   a bout of it. Who lives and only rests stirs without bouts: then more than a share of 1 − `share` of its values differ by
 *   more than noise from the one before, and more than one jolt makes. (Movebank's test of mortality: no two values of a time that differ by a set change.)
 *
 * @param stops in the order of time, two or more
 */
export function stillnessOf(stops: readonly Stop[], limits: StillLimits): Stillness | null {
  const centre = middleOf(stops);
  const radiusM = limits.radiusM ?? radiusFor(median(stops.map((stop) => stop.errorM)), limits);
  const gathering = { centre, radiusM, activity: quietOf(stops, limits) };
  if (![stops[0]!, stops.at(-1)!].every((stop) => isWithin(stop, gathering, limits))) return null;
  const counts = count(stops, gathering, limits);
  if (counts === null) return null;
  const share = counts.within / stops.length;
  if (share < limits.share || counts.far > FAR_SHARE * stops.length) return null;
  if (counts.changes > Math.max(ONE_JOLT, (1 - limits.share) * (counts.heard - 1))) return null;
  return { ...gathering, share, looksLike: counts.far === 0 ? 'still' : 'unsure' };
}

function isWithin(stop: Stop, { centre, radiusM }: Gathering, limits: StillLimits): boolean {
  const m = geodesicMetres(centre, stop);
  return m <= radiusM || (limits.radiusM === null && m <= radiusFor(stop.errorM, limits));
}

/** null: two in a row show a move. */
function count(stops: readonly Stop[], gathering: Gathering, limits: StillLimits): Counts | null {
  const { centre, radiusM, activity: quiet } = gathering;
  const counts: Counts = { within: 0, far: 0, changes: 0, heard: 0 };
  let wasStirring = false;
  let before: number | undefined;
  for (const stop of stops) {
    const { activity } = stop;
    const beyondErrorM = geodesicMetres(centre, stop) - radiusM - Math.min(stop.errorM, limits.errorCapM);
    const isStirring = beyondErrorM > 0 || isActive(stop, quiet);
    if (isStirring && wasStirring) return null;
    wasStirring = isStirring;
    if (isWithin(stop, gathering, limits)) counts.within++;
    if (beyondErrorM > CEP95_M) counts.far++;
    if (quiet === null || activity === undefined) continue;
    counts.heard++;
    if (before !== undefined && Math.abs(activity - before) > quiet.noise) counts.changes++;
    before = activity;
  }
  return counts;
}

/** Whether the sensor shows movement. */
export function isActive({ activity }: Pick<Stop, 'activity'>, quiet: Quiet | null): boolean {
  return quiet !== null && activity !== undefined && activity > quiet.level + quiet.noise;
}

/** Medians of longitude and latitude. The longitude may lie beyond 180°. */
function middleOf(stops: readonly Stop[]): Position {
  const { lon } = stops[0]!;
  return {
    lon: lon + median(stops.map((stop) => shortWay(stop.lon - lon))),
    lat: median(stops.map(({ lat }) => lat)),
  };
}

function radiusFor(errorM: number, { leastRadiusM, greatestRadiusM }: StillLimits): number {
  return Math.min(greatestRadiusM, Math.max(leastRadiusM, RADIUS_PER_ERROR * errorM));
}

/** What the sensor reads while nothing moves; null: too few fixes report anything. */
function quietOf(stops: readonly Stop[], { activityNoise, activityNoiseShare }: StillLimits): Quiet | null {
  const values = stops.flatMap(({ activity }) => (activity === undefined ? [] : [activity]));
  if (values.length === 0 || values.length < HEARD_SHARE * stops.length) return null;
  const level = median(values);
  return { level, noise: Math.max(activityNoise, activityNoiseShare * Math.abs(level)) };
}
