import { z } from 'zod';
import type { Episode } from '../domain/alert/episode.ts';
import { isActive, type Quiet, type Stillness, stillnessOf } from '../domain/alert/stillness.ts';
import type { EpochMs, Position } from '../domain/fix.ts';
import { geodesicMetres, metresAtLeast } from '../domain/geo/ellipsoid.ts';
import { AT_REST, type JudgedFix, type Judgement, type Rule } from './rule.ts';

const settings = z
  .strictObject({
    hours: z.number().min(2).max(336).default(24).describe('Hours within which an animal is to have moved.'),
    hoursUnheard: z
      .number()
      .min(2)
      .max(336)
      .default(36)
      .describe('Hours. The same where no activity sensor says so too; no less than hours.'),
    share: z
      .number()
      .gt(0.5)
      .max(1)
      .default(0.8)
      .describe('Share of the fixes that lie within the radius when it has not.'),
    radiusM: z
      .number()
      .positive()
      .max(1_000)
      .nullable()
      .default(null)
      .describe('Metres. null: twice the median error of the fixes, from leastRadiusM to greatestRadiusM.'),
    leastRadiusM: z.number().positive().default(30).describe('Metres. Receivers take their error for less than it is.'),
    greatestRadiusM: z
      .number()
      .positive()
      .max(1_000)
      .default(107)
      .describe(
        'Metres. 95 % of the fixes of collars that lay still were within it; a cat at a kill moves within 150.',
      ),
    minFixes: z.int().min(3).default(5).describe('Fixes within the hours that say something together.'),
    gapH: z
      .number()
      .positive()
      .default(12)
      .describe('Hours. A longer time without a fix says nothing: she may have been away and back.'),
    leaveMarginM: z
      .number()
      .nonnegative()
      .default(100)
      .describe(
        'Metres. A fix shows a move when its distance from the place less its error is over the radius and this.',
      ),
    errorCapM: z.number().nonnegative().default(200).describe('Metres. A greater error of a fix counts as this.'),
    activityNoise: z
      .number()
      .nonnegative()
      .default(2)
      .describe("In the maker's own unit. The values of a sensor that lies still differ by no more."),
    activityNoiseShare: z
      .number()
      .nonnegative()
      .default(0.25)
      .describe('The same as a share of the median, for sensors whose zero is not zero.'),
  })
  .refine(({ leastRadiusM, greatestRadiusM }) => leastRadiusM <= greatestRadiusM, {
    path: ['leastRadiusM'],
    error: 'expected at most greatestRadiusM',
  })
  .refine(({ gapH, hours }) => gapH < hours, { path: ['gapH'], error: 'expected less than hours' })
  .refine(({ minFixes, hours }) => minFixes <= hours * 12, {
    path: ['minFixes'],
    error: 'expected no more than one for each five minutes of the hours',
  });
type Settings = z.output<typeof settings>;

const MS_PER_H = 3_600_000;
/** Two fixes within this are one look at the animal, not two. */
const ONE_LOOK_MS = 600_000;

const hourOf = (at: EpochMs): number => Math.floor(at / MS_PER_H);

/** What is remembered while nothing moves. Plain JSON. */
interface Still {
  readonly episode: Episode<'still'>;
  readonly centre: Position;
  readonly radiusM: number;
  /** null: the sensor is not heard. */
  readonly activity: Quiet | null;
  /** When the first of the fixes was, up to the last, that all show a move; null: the last shows none. */
  readonly stirredAt: EpochMs | null;
}

/**
 * An animal does not move: it is dead, ill or caught, or the collar has come off.
 *
 * All fixes since the newest that is `hours` old or older are looked at: for the share and the idea see Wall et al. 2014 (Ecological
 * Applications 24:593–601), who take 13 m, 5 h and 0.8 for elephants in the open. Under canopy a collar that lies still scatters
 * more: 95 % of the fixes within 106.8 m, from 14.3 m to 557.0 m by habitat (Lewis et al. 2007, Journal of Applied Ecology
 * 44:663–671). So the radius comes from the errors of the fixes themselves, 2 × their median, from 30 m to 107 m. Reported errors
 * follow the true ones poorly (r² about 0.01, Ironside et al. 2017): hence the least radius, and a share rather than all.
 *
 * A leopard stays two to five days at a kill, within 150 m. That is no alert: in a day it goes to drink or to cover and back, for
 * more than one fix, or its activity sensor has heard it; see stillnessOf, which tells the two apart. Where no sensor is heard,
 * `hoursUnheard` make up for it. What is told nevertheless and has single fixes that no error explains is `unsure` in
 * `looksLike`, all else `still`. How far this goes, on the simulator's females with errors and failed fixes, 36 animal-months at each
 * of four intervals from 15 minutes to 4 hours: with a sensor at most 0.08 false alerts a month, without 0.03 to 0.11. Twelve that
 * die are told with hourly fixes after 24 hours at the median (the slowest of eighteen after 47), without a sensor after 35; with
 * fixes every 4 hours, of which many fail, after 36 and 68, and one of twelve without a sensor not within 15 days.
 *
 * Looks once in an hour of the clock, at its first fix: a day of fixes is much to look at, and an hour is little beside a day. Opens
 * at the fix with which all this is so. Over with the second fix in a row that shows a move, by its place or by its
 * activity, dated at the first of the two; fixes less than ten minutes apart are one look.
 */
const immobility: Rule<Settings, Still, null> = {
  name: 'immobility',
  about: 'animal',
  levels: ['still'],
  settings,
  lookbackMs: ({ hours, hoursUnheard, gapH }) => (Math.max(hours, hoursUnheard) + gapH) * MS_PER_H,
  judge({ from, to }, _, state, limits, { recent }): Judgement<Still> {
    if (state !== null) return goOn(state, to, limits);
    if (from !== null && hourOf(from.at) === hourOf(to.at)) return AT_REST;
    const first = beginning(limits.hours, recent, to, limits);
    if (first >= 0 && hasMoved(recent, first, to, limits)) return AT_REST;
    const heard = lyingSince(first, recent, to, limits);
    if (heard !== null && heard.activity !== null) return open(heard, to);
    const earlier = beginning(Math.max(limits.hours, limits.hoursUnheard), recent, to, limits);
    if (earlier < 0 || hasMoved(recent, earlier, to, limits)) return AT_REST;
    const longer = lyingSince(earlier, recent, to, limits);
    return longer === null ? AT_REST : open(longer, to);
  },
  isLeaving: ({ stirredAt }) => stirredAt !== null,
};

/** A stillness with the fixes that show it. */
interface Lying extends Stillness {
  readonly stops: readonly JudgedFix[];
}

/** Whether all fixes from an index on show that the animal lies still; null: they do not, or there is no such index. */
function lyingSince(first: number, recent: readonly JudgedFix[], to: JudgedFix, limits: Settings): Lying | null {
  if (first < 0) return null;
  const stops = [...recent.slice(first), to];
  const stillness = stillnessOf(stops, limits);
  return stillness && { ...stillness, stops };
}

/** Index of the newest fix that is so many hours old; −1: there is none that is not too old, or too few since. */
function beginning(hours: number, recent: readonly JudgedFix[], to: JudgedFix, { gapH, minFixes }: Settings): number {
  const since = to.at - hours * MS_PER_H;
  let low = 0;
  let high = recent.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (recent[middle]!.at <= since) low = middle + 1;
    else high = middle;
  }
  const first = low - 1;
  if (first < 0 || recent[first]!.at < since - gapH * MS_PER_H) return -1;
  return recent.length - first + 1 < minFixes ? -1 : first;
}

/**
 * Whether it is plain at a glance that the animal has moved, or that too long a time is not known of. Of one that lies still, the
 * last fix is within the radius of the place: so no two in a row are out if they are as near to it as this. It begins with the
 * oldest: who walks was elsewhere a day ago, and two fixes are enough to see that.
 */
function hasMoved(recent: readonly JudgedFix[], first: number, to: JudgedFix, limits: Settings): boolean {
  const farM = 2 * (limits.radiusM ?? limits.greatestRadiusM) + limits.errorCapM;
  const gapMs = limits.gapH * MS_PER_H;
  let wasFar = false;
  for (let i = first; i < recent.length; i++) {
    const fix = recent[i]!;
    const next = i + 1 < recent.length ? recent[i + 1]! : to;
    if (next.at - fix.at > gapMs) return true;
    const isFar = metresAtLeast(fix, to) > farM;
    if (isFar && wasFar) return true;
    wasFar = isFar;
  }
  return false;
}

function open(lying: Lying, to: JudgedFix): Judgement<Still> {
  const { centre, radiusM, activity, stops } = lying;
  const details = {
    radiusM: Math.round(radiusM),
    share: Math.round(lying.share * 100) / 100,
    fixes: stops.length,
    hours: Math.round(((to.at - stops[0]!.at) / MS_PER_H) * 10) / 10,
    looksLike: lying.looksLike,
    stillSince: new Date(stops[0]!.at).toISOString(),
  };
  const episode: Episode<'still'> = {
    level: 'still',
    peak: 'still',
    openedAt: to.at,
    closedAt: null,
    closest: null,
    details,
  };
  const state = { episode, centre, radiusM, activity, stirredAt: null };
  return { state, episode, steps: [{ change: 'opened', at: to.at, episode }] };
}

function goOn(state: Still, to: JudgedFix, limits: Settings): Judgement<Still> {
  const { episode, stirredAt } = state;
  if (!showsMove(state, to, limits))
    return { state: stirredAt === null ? state : { ...state, stirredAt: null }, episode, steps: [] };
  if (stirredAt === null) return { state: { ...state, stirredAt: to.at }, episode, steps: [] };
  if (to.at - stirredAt < ONE_LOOK_MS) return { state, episode, steps: [] };
  const closed = { ...episode, closedAt: stirredAt };
  return { state: null, episode: closed, steps: [{ change: 'closed', at: stirredAt, episode: closed }] };
}

function showsMove({ centre, radiusM, activity }: Still, to: JudgedFix, limits: Settings): boolean {
  if (isActive(to, activity)) return true;
  return geodesicMetres(centre, to) - Math.min(to.errorM, limits.errorCapM) > radiusM + limits.leaveMarginM;
}

export default immobility;
