import { z } from 'zod';
import type { Episode } from '../domain/alert/episode.ts';
import type { EpochMs } from '../domain/fix.ts';
import { median } from '../domain/median.ts';
import { AT_REST, type JudgedFix, type Judgement, type Rule } from './rule.ts';

const LEVELS = ['low', 'critical'] as const;
type Level = (typeof LEVELS)[number];

/*
 * Where the volts come from. Collars of this kind run on primary lithium thionyl chloride cells, 3.6 V nominal. Their makers'
 * data sheets show a voltage that stays level to the end, under light load more than 3 V even at −40 °C, and a cell that is
 * empty at 2.0 V (Maxell ER series; EEMB ER10450; VARTA handbook of the ER series). The real one at hand agrees: the collar of
 * the fisher Leroy (e-obs, 2009) reads 3.65 V on its first day and 3.62 V after three weeks. So a voltage tells little for most of
 * a collar's life, and below 3.3 V it is past the level part, or very cold. That 3.3 V is that limit, that 3.1 V is near the end
 * and that electronics stop at 3.0 V is our estimate, not a maker's: whoever knows the collar better sets it.
 */
const settings = z
  .strictObject({
    lowV: z.number().positive().default(3.3).describe('Volts. The smoothed voltage is low below this.'),
    criticalV: z.number().positive().default(3.1).describe('Volts, less than lowV. It is critical below this.'),
    emptyV: z
      .number()
      .positive()
      .default(3)
      .describe('Volts, less than criticalV. At this the collar is expected to stop: days left are counted to it.'),
    hysteresisV: z
      .number()
      .positive()
      .default(0.1)
      .describe('Volts. A level is left only when the smoothed voltage is this far above what it begins below.'),
    smoothH: z
      .number()
      .min(24)
      .max(240)
      .default(24)
      .describe('Hours over which the voltage is smoothed: whole days, so that every hour of the day counts alike.'),
    minReadings: z
      .int()
      .min(2)
      .default(3)
      .describe('Readings within smoothH that say something together; they also have to span half of it.'),
  })
  .refine(({ lowV, criticalV }) => criticalV < lowV, { path: ['criticalV'], error: 'expected less than lowV' })
  .refine(({ criticalV, emptyV }) => emptyV < criticalV, { path: ['emptyV'], error: 'expected less than criticalV' })
  .refine(({ smoothH, minReadings }) => minReadings <= smoothH * 12, {
    path: ['minReadings'],
    error: 'expected no more than one for each five minutes of smoothH',
  });
type Settings = z.output<typeof settings>;

const MS_PER_H = 3_600_000;
const MS_PER_DAY = 24 * MS_PER_H;
/** How often an open alert tells the voltage and the days left anew. */
const RETELL_MS = MS_PER_DAY;
/** Volts a day below which a fall is not to be told from the noise of the readings. */
const LEAST_FALL_V = 0.002;
/** More days than this are a guess. */
const MOST_DAYS = 365;

/** What is remembered while the voltage is low. Plain JSON. */
interface LowBattery {
  readonly episode: Episode<Level>;
  /** The smoothed voltage when the alert opened: the longer it is ago, the better it tells how fast the voltage falls. */
  readonly openedV: number;
  /** When the details were told last. */
  readonly toldAt: EpochMs;
}

/**
 * The voltage of the collar falls through a limit.
 *
 * It is smoothed by the median of the last day. By night a cold cell reads lower, and one that just sent something lower still:
 * a mean follows such readings, the median does not as long as they are fewer than half. A limit is passed only when the newest
 * reading is below it too, so of a sound collar one comparison is all there is to do.
 *
 * At rest it depends on the readings of the last smoothH and, for the days left, of the smoothH before.
 */
const lowBattery: Rule<Settings, LowBattery, null> = {
  name: 'low-battery',
  about: 'animal',
  levels: LEVELS,
  settings,
  lookbackMs: ({ smoothH }) => 2 * smoothH * MS_PER_H,
  judge({ to }, _, state, limits, { recent }): Judgement<LowBattery> {
    if (to.batteryV === undefined || (state === null && to.batteryV >= limits.lowV)) return unchanged(state);
    const smoothV = smoothed(recent, to, to.at, limits);
    if (smoothV === null) return unchanged(state);
    if (state !== null) return goOn(state, to, smoothV, limits, recent);
    return smoothV < limits.lowV ? open(to, smoothV, limits, recent) : AT_REST;
  },
};

function unchanged(state: LowBattery | null): Judgement<LowBattery> {
  return state === null ? AT_REST : { state, episode: state.episode, steps: [] };
}

/** The median of the smoothH up to `until`; null where there is too little of it. */
function smoothed(
  recent: readonly JudgedFix[],
  to: JudgedFix | null,
  until: EpochMs,
  { smoothH, minReadings }: Settings,
): number | null {
  const windowMs = smoothH * MS_PER_H;
  const volts: number[] = to?.batteryV === undefined ? [] : [to.batteryV];
  let newest = to === null ? -Infinity : to.at;
  let oldest = Infinity;
  for (let i = recent.length - 1; i >= 0; i--) {
    const { at, batteryV } = recent[i]!;
    if (at <= until - windowMs) break;
    if (at > until || batteryV === undefined) continue;
    volts.push(batteryV);
    newest = Math.max(newest, at);
    oldest = at;
  }
  return volts.length >= minReadings && newest - oldest >= windowMs / 2 ? median(volts) : null;
}

function open(to: JudgedFix, smoothV: number, limits: Settings, recent: readonly JudgedFix[]): Judgement<LowBattery> {
  const level = smoothV < limits.criticalV ? 'critical' : 'low';
  const details = detailsOf(smoothV, fallADay(null, to, smoothV, limits, recent), limits);
  const episode: Episode<Level> = { level, peak: level, openedAt: to.at, closedAt: null, closest: null, details };
  const steps = [{ change: 'opened', at: to.at, episode } as const];
  return { state: { episode, openedV: smoothV, toldAt: to.at }, episode, steps };
}

function goOn(
  state: LowBattery,
  to: JudgedFix,
  smoothV: number,
  limits: Settings,
  recent: readonly JudgedFix[],
): Judgement<LowBattery> {
  const level = levelNow(state.episode.level, to.batteryV!, smoothV, limits);
  if (level === state.episode.level && to.at - state.toldAt < RETELL_MS) return unchanged(state);
  const details = detailsOf(smoothV, fallADay(state, to, smoothV, limits, recent), limits);
  if (level === null) {
    const episode = { ...state.episode, closedAt: to.at, details };
    return { state: null, episode, steps: [{ change: 'closed', at: to.at, episode }] };
  }
  const peak = level === 'critical' ? level : state.episode.peak;
  const episode = { ...state.episode, level, peak, details };
  const next = { ...state, episode, toldAt: to.at };
  if (level === state.episode.level) return { state: next, episode, steps: [] };
  const change = level === 'critical' ? 'escalated' : 'eased';
  return { state: next, episode, steps: [{ change, at: to.at, episode }] };
}

/** The level of an alert that had one; null: the voltage is well again. */
function levelNow(
  level: Level,
  newestV: number,
  smoothV: number,
  { lowV, criticalV, hysteresisV }: Settings,
): Level | null {
  if (smoothV >= lowV + hysteresisV) return null;
  if (level === 'critical') return smoothV >= criticalV + hysteresisV ? 'low' : 'critical';
  return smoothV < criticalV && newestV < criticalV ? 'critical' : 'low';
}

/**
 * Volts a day by which the smoothed voltage falls, from the opening where that is at least a smoothH ago, else from the smoothH
 * before this one: at the same hours of the day, so that warm hours are compared with warm ones. null: not known.
 */
function fallADay(
  state: LowBattery | null,
  to: JudgedFix,
  smoothV: number,
  limits: Settings,
  recent: readonly JudgedFix[],
): number | null {
  const windowMs = limits.smoothH * MS_PER_H;
  if (state !== null && to.at - state.episode.openedAt >= windowMs)
    return ((state.openedV - smoothV) * MS_PER_DAY) / (to.at - state.episode.openedAt);
  const beforeV = smoothed(recent, null, to.at - windowMs, limits);
  return beforeV === null ? null : ((beforeV - smoothV) * MS_PER_DAY) / windowMs;
}

/** Whole days until the voltage is emptyV if it goes on falling like that: a straight line, while cells fall ever faster. */
function detailsOf(smoothV: number, fallV: number | null, { emptyV }: Settings) {
  const days = fallV === null || fallV < LEAST_FALL_V ? null : Math.max(0, Math.floor((smoothV - emptyV) / fallV));
  const daysLeft = smoothV <= emptyV ? 0 : days;
  return {
    batteryV: Math.round(smoothV * 100) / 100,
    daysLeft: daysLeft !== null && daysLeft > MOST_DAYS ? null : daysLeft,
  };
}

export default lowBattery;
