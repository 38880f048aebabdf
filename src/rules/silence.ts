import { z } from 'zod';
import type { Episode, Reach, Step } from '../domain/alert/episode.ts';
import type { EpochMs } from '../domain/fix.ts';
import { AT_REST, type JudgedFix, type Judgement, type Rule, type Scene } from './rule.ts';

const settings = z.strictObject({
  missed: z
    .number()
    .min(1)
    .max(1_000)
    .default(3)
    .describe(
      'Intervals of the collar in which no undoubted fix was heard that make a silence. 3.1: the third fix may be a tenth of an interval late.',
    ),
  intervalS: z
    .number()
    .positive()
    .nullable()
    .default(null)
    .describe('Seconds between two fixes, for collars that are registered without; null: their silence is not judged.'),
  speedKmh: z
    .number()
    .positive()
    .max(150)
    .default(2.5)
    .describe('Kilometres an hour that the animal gets away from its last fix while it walks, as the crow flies.'),
  dayKm: z.number().positive().max(2_000).default(29).describe('Kilometres that it gets away in 24 hours at the most.'),
  horizonH: z
    .number()
    .nonnegative()
    .max(720)
    .default(48)
    .describe('Hours after its last fix until which farms are looked for that it could reach.'),
});
type Settings = z.output<typeof settings>;

type Level = 'silent' | 'could-reach';

interface Silence {
  readonly episode: Episode<Level>;
  /** When a farm could be reached first; null: none within the horizon. */
  readonly reachAt: EpochMs | null;
}

const MS_PER_S = 1_000;
const MS_PER_H = 3_600_000;
const M_PER_KM = 1_000;
const HOURS_A_DAY = 24;

/**
 * A collar is not heard: no reading does not mean no leopard.
 *
 * The silence opens `missed` intervals after the collar was heard with its last undoubted fix, and the next undoubted fix ends it.
 * A collar that stores its fixes and delivers them hours later is silent when it does not deliver, not when it waits; and the
 * pauses of a track that is stored years later were never heard, nor missed, by anybody here. From the last fix on,
 * the animal may be anywhere in a ring that grows by `speedKmh`, and by `dayKm` a day at the most; the error of the fix counts
 * towards the farm. `couldReach` names the first farm whose fence the ring touches, and when, from the beginning, so that
 * people can be there before. From that moment on the silence is `could-reach`, which outranks one far from every farm. After
 * `horizonH` the ring says no more, as it would soon hold every farm there is; the silence stays open until it ends.
 *
 * The ring is that of a leopard on its way, not of one that flees: the doubts' 8 km/h would reach every farm of a reserve
 * before the silence is even noticed.
 * - `dayKm`: the longest day of four males with GPS collars was 29 km along the way, the average 11 km (Hubel et al. 2018, Proc.
 *   R. Soc. B, "Movement patterns and athletic performance of leopards in the Okavango Delta", PMC5936723). As the crow flies it
 *   is less.
 * - `speedKmh`: those 29 km in the twelve hours of a night, when leopards walk, are 2.4. In Nepal males went 5.2 km a night, a
 *   female 2.7 km (Odden & Wegge 2005, Wildlife Biology 11:145–152): the ring's edge is the earliest moment, not the likely one.
 *
 * `missed`: under canopy many attempts fail, and they fail in clumps. With 38 % failed (two raccoons, hourly) 5.8 % of the fixes
 * were followed by three misses or more, where chance alone gives 5.4 %; with 54 % (a fisher, every 15 minutes) 3.8 %, chance 16 %.
 * That is a silence after every 17 to 26 fixes: a mild notice, and the level says when it matters. Six misses still followed
 * 2.5 % and 2.8 % of the fixes, where chance gives 0.3 % and 2.4 %: 44 % and 74 % of the clumps go on so long. A larger `missed`
 * delays true silences more than it spares false ones. A collar whose plan has pauses is silent in each that is longer than
 * `missed` intervals: it needs a larger `missed`.
 */
const silence: Rule<Settings, Silence, null> = {
  name: 'silence',
  about: 'animal',
  levels: ['silent', 'could-reach'],
  settings,
  judge({ to }, _animal, state) {
    if (state === null) return AT_REST;
    const episode = { ...state.episode, closedAt: to.at };
    return { state: null, episode, steps: [{ change: 'closed', at: to.at, episode }] };
  },
  dueAt(last, state, limits, scene) {
    if (state !== null) return state.episode.level === 'silent' ? state.reachAt : null;
    const intervalS = intervalOf(scene, limits);
    return intervalS === null ? null : heardAt(last) + Math.ceil(limits.missed * intervalS * MS_PER_S);
  },
  lapse(at, last, state, limits, scene) {
    return state === null ? fallSilent(at, last, limits, scene) : told('escalated', at, couldReach(state));
  },
};

/** A fix of a collar whose clock runs ahead was not heard before its time. */
function heardAt(fix: JudgedFix): EpochMs {
  return Math.max(fix.at, fix.heardAt ?? fix.at);
}

function intervalOf({ animal }: Scene, { intervalS }: Settings): number | null {
  return animal.collar.fixIntervalS ?? intervalS;
}

function fallSilent(at: EpochMs, last: JudgedFix, limits: Settings, scene: Scene): Judgement<Silence> {
  const reach = firstReach(last, limits, scene);
  const level = reach !== null && reach.at <= at ? 'could-reach' : 'silent';
  const details = {
    unknownSince: rfc3339(last.at),
    intervalS: intervalOf(scene, limits),
    speedKmh: limits.speedKmh,
    couldReach: reach === null ? null : ({ farm: reach.farm, at: rfc3339(reach.at) } satisfies Reach),
  };
  const episode = { level, peak: level, openedAt: at, closedAt: null, closest: null, details } as const;
  return told('opened', at, { episode, reachAt: reach === null ? null : reach.at });
}

function couldReach({ episode, reachAt }: Silence): Silence {
  return { episode: { ...episode, level: 'could-reach', peak: 'could-reach' }, reachAt };
}

function told(change: Step['change'], at: EpochMs, state: Silence): Judgement<Silence> {
  const { episode } = state;
  return { state, episode, steps: [{ change, at, episode }] };
}

/** The first farm whose fence the ring touches within the horizon: as it grows alike on all sides, the nearest one. */
function firstReach(last: JudgedFix, limits: Settings, scene: Scene): { farm: string; at: EpochMs } | null {
  const nearest = scene.nearestFarm(last, reachedM(limits.horizonH, limits) + last.errorM);
  if (nearest === null) return null;
  const hours = hoursTo(Math.max(0, nearest.m - last.errorM), limits);
  return { farm: nearest.farm.id, at: last.at + Math.ceil(hours * MS_PER_H) };
}

/** The radius of the ring so many hours after the last fix, metres: a walk, then rest until the day is over, and again. */
function reachedM(hours: number, { speedKmh, dayKm }: Settings): number {
  const days = Math.floor(hours / HOURS_A_DAY);
  const fullDayKm = Math.min(dayKm, speedKmh * HOURS_A_DAY);
  return M_PER_KM * (days * fullDayKm + Math.min(fullDayKm, speedKmh * (hours - days * HOURS_A_DAY)));
}

/** Its inverse: after how many hours the ring has so many metres at the earliest. */
function hoursTo(metres: number, { speedKmh, dayKm }: Settings): number {
  const fullDayKm = Math.min(dayKm, speedKmh * HOURS_A_DAY);
  const days = Math.max(0, Math.ceil(metres / M_PER_KM / fullDayKm) - 1);
  return days * HOURS_A_DAY + (metres / M_PER_KM - days * fullDayKm) / speedKmh;
}

function rfc3339(at: EpochMs): string {
  return new Date(at).toISOString();
}

export default silence;
