import { z } from 'zod';
import type { Episode, Step } from '../domain/alert/episode.ts';
import type { EpochMs } from '../domain/fix.ts';
import { distanceMetres, glanceMetres } from '../domain/geo/distance.ts';
import { metresAtMost } from '../domain/geo/ellipsoid.ts';
import { AT_REST, type GuardedFarm, type JudgedFix, type Judgement, type Move, type Rule, type Scene } from './rule.ts';

const settings = z.strictObject({
  moves: z
    .int()
    .min(2)
    .max(20)
    .default(3)
    .describe(
      'Last moves from which the speed towards the farm is taken; two at the least, as one says nothing of its spread.',
    ),
  lookbackH: z
    .number()
    .positive()
    .max(72)
    .default(12)
    .describe(
      'Hours. Moves that began earlier than that say nothing of where the animal is heading, and none says more than that ahead.',
    ),
  withinKm: z
    .number()
    .positive()
    .max(30)
    .default(10)
    .describe('Kilometres from the near ring within which an animal is asked whether it is heading there.'),
});
type Settings = z.output<typeof settings>;

type Approaching = Episode<'approaching'>;

/** How an animal gets nearer to a farm, metres a second. */
interface Heading {
  readonly speed: number;
  /** null: for all that the moves say, it may not come at all. */
  readonly slowest: number | null;
  readonly fastest: number;
}

const MS_PER_S = 1_000;
const S_PER_H = 3_600;
const MS_PER_H = 3_600_000;
const M_PER_KM = 1_000;
const MPS_PER_KMH = 1 / 3.6;
/** Between two fixes that are nearer in time, their errors say more than the animal's way. */
const LEAST_MOVE_MS = 60_000;
/** More than two measured distances can be off together, metres. */
const MEASURING_ERROR_M = 10;
/** Less than the shortest degree of latitude, at the equator; metres. */
const LATITUDE_DEGREE_AT_LEAST_M = 110_500;

/**
 * An animal is heading for a farm, without being there yet: it would come to the near ring before its collar's next expected fix,
 * so that nobody would hear of it before.
 *
 * Of the last `moves`, each t long and by g nearer to the fence at its end than at its beginning, T long together:
 * - the speed towards the ring is v = Σg / T;
 * - the spread of the moves is s² = n/(n − 1) · Σ t·(g/t − v)² / T, as each counts for as long as it lasted;
 * - the fixes' errors make e² = (a² + b²) / T², of the first and the last of them;
 * - one more such move is off by u = √(s² + s²/n + e²): its own spread, that of the mean, and the errors.
 *
 * `approaching` opens with a fix outside of the ring if the last move led nearer by more than its two errors explain, v is more
 * than e, and d metres from the ring, d / v is no longer than the collar's interval. From `etaFrom` to `etaTo` she comes there:
 * (d − error) / (v + u) to (d + error) / (v − u) after the fix, at no more than the animal's `maxKmh`; where u is v or more, or
 * that is more than `lookbackH` ahead, she may not come at all, and `etaTo` is null. u is one standard deviation: about two in
 * three should come within.
 *
 * It ends with the fix that is in the near ring (the visit tells the rest), or whose move led away by more than its two errors
 * explain, or that leaves no v more than e, or a d / v of more than `lookbackH`: so one rest on the way does not end it, and
 * three do. Where the collar falls silent, `silence` tells the rest.
 *
 * It is off where nobody has turned it on. A forecast errs by its nature: of those told of elephants with hourly fixes, 40 % were
 * in the ring at the next fix and 61 % within three. Whom a warning helps that comes too often or for nothing may have it, for a
 * farm, after a backtest; nobody is woken by one unasked.
 *
 * `moves`: on the hourly tracks of two elephants (Wall et al. 2014) past 30 farms each, three moves announced 56 % of the visits,
 * 40 % of the approaches came to the ring by the next fix and 61 % within three, and 78 % of those who came did so from `etaFrom`
 * to `etaTo`. Two moves announced 59 %, and more of them came to nothing (35 % by the next fix); four announced 53 %. To ask for
 * v more than u as well announced 32 %, and no more of them came.
 *
 * `withinKm`: what a leopard can put behind it between two fixes two hours apart at 5 km/h, or four hours apart at the 2.5 km/h
 * that a whole night's record comes to (Hubel et al. 2018: 29 km). A larger one costs time.
 */
const approach: Rule<Settings, Approaching, GuardedFarm> = {
  name: 'approach',
  enabled: false,
  about: 'farm',
  levels: ['approaching'],
  settings,
  lookbackMs: ({ lookbackH }) => lookbackH * MS_PER_H,
  reachM: ({ nearM }, { withinKm }) => nearM + withinKm * M_PER_KM,
  judge(move, farm, state, limits, scene) {
    if (state !== null) return goOn(move, farm, state, limits, scene);
    return mayBegin(move, farm, limits, scene) ? begin(move, farm, limits, scene) : AT_REST;
  },
};

/**
 * Whether a move could begin an approach, for all that can be told without measuring a polygon: most cannot. In its last moves an
 * animal has come nearer to a farm by no more than the way between their ends.
 */
function mayBegin({ from, to }: Move, farm: GuardedFarm, limits: Settings, { animal, recent }: Scene): boolean {
  const { fixIntervalS } = animal.collar;
  if (from === null || fixIntervalS === null) return false;
  if (metresAtMost(from, to) <= from.errorM + to.errorM) return false;
  const start = startOfMoves(to, recent, limits);
  if (start === null) return false;
  const mps = (metresAtMost(start, to) + MEASURING_ERROR_M) / ((to.at - start.at) / MS_PER_S);
  const reachableM = farm.nearM + Math.min(mps * fixIntervalS, limits.withinKm * M_PER_KM);
  const { south, north } = farm.shape.bounds;
  if (Math.max(south - to.lat, to.lat - north) * LATITUDE_DEGREE_AT_LEAST_M > reachableM) return false;
  return glanceMetres(to, farm.shape).atLeastM <= reachableM;
}

/** Where the last moves began; null: there are fewer than two. */
function startOfMoves(to: JudgedFix, recent: readonly JudgedFix[], { moves, lookbackH }: Settings): JudgedFix | null {
  const since = to.at - lookbackH * MS_PER_H;
  let count = 0;
  let start = to;
  for (let index = recent.length - 1; index >= 0 && count < moves; index--) {
    const fix = recent[index]!;
    if (fix.at < since) break;
    if (start.at - fix.at < LEAST_MOVE_MS) continue;
    start = fix;
    count++;
  }
  return count < 2 ? null : start;
}

function begin({ from, to }: Move, farm: GuardedFarm, limits: Settings, scene: Scene): Judgement<Approaching> {
  const m = distanceMetres(to, farm.shape);
  const ringM = m - farm.nearM;
  if (ringM <= 0 || ringM > limits.withinKm * M_PER_KM) return AT_REST;
  if (ledNearer(from!, to, m, farm) <= 0) return AT_REST;
  const heading = headingOf(to, m, farm, limits, scene);
  if (heading === null || ringM > heading.speed * scene.animal.collar.fixIntervalS!) return AT_REST;
  const closest = { m, at: to.at, between: false };
  const ahead = { level: 'approaching', peak: 'approaching', openedAt: to.at, closedAt: null, closest } as const;
  const episode: Approaching = { ...ahead, details: eta(to, ringM, heading, limits) };
  return { state: episode, episode, steps: [{ change: 'opened', at: to.at, episode }] };
}

function goOn(
  { from, to }: Move,
  farm: GuardedFarm,
  before: Approaching,
  limits: Settings,
  scene: Scene,
): Judgement<Approaching> {
  const m = distanceMetres(to, farm.shape);
  const ringM = m - farm.nearM;
  const closest = m < before.closest!.m ? { m, at: to.at, between: false } : before.closest;
  const isOver = ringM <= 0 || ledNearer(from!, to, m, farm) < 0;
  const heading = isOver ? null : headingOf(to, m, farm, limits, scene);
  if (heading === null) {
    const episode: Approaching = { ...before, closest, closedAt: to.at };
    const closed: Step = { change: 'closed', at: to.at, episode };
    return { state: null, episode, steps: [closed] };
  }
  const episode: Approaching = { ...before, closest, details: eta(to, ringM, heading, limits) };
  return { state: episode, episode, steps: [] };
}

/** By how many metres a move led nearer to the fence, or farther from it (less than 0); 0: no more than its ends' errors. */
function ledNearer(from: JudgedFix, to: JudgedFix, toM: number, farm: GuardedFarm): number {
  const nearerM = distanceMetres(from, farm.shape) - toM;
  return Math.abs(nearerM) > Math.sqrt(from.errorM ** 2 + to.errorM ** 2) ? nearerM : 0;
}

/**
 * Where the last moves lead; null: not to the farm, for all that they say.
 *
 * @param m of `to`, to the fence
 */
function headingOf(to: JudgedFix, m: number, farm: GuardedFarm, limits: Settings, scene: Scene): Heading | null {
  const { recent, animal } = scene;
  const since = to.at - limits.lookbackH * MS_PER_H;
  // From the newest move to the oldest: v and s² need Σg, Σg²/t and T alone, as Σ t·(g/t − v)² = Σ g²/t − v²·T.
  let [count, seconds, gained, squares] = [0, 0, 0, 0];
  let [end, endM] = [to, m];
  for (let index = recent.length - 1; index >= 0 && count < limits.moves; index--) {
    const start = recent[index]!;
    if (start.at < since) break;
    if (end.at - start.at < LEAST_MOVE_MS) continue;
    const startM = distanceMetres(start, farm.shape);
    const t = (end.at - start.at) / MS_PER_S;
    count++;
    seconds += t;
    gained += startM - endM;
    squares += (startM - endM) ** 2 / t;
    [end, endM] = [start, startM];
  }
  if (count < 2 || gained <= 0) return null;
  const speed = gained / seconds;
  const spread2 = ((count / (count - 1)) * Math.max(0, squares - speed * gained)) / seconds;
  const errors2 = (end.errorM ** 2 + to.errorM ** 2) / seconds ** 2;
  const latestS = limits.lookbackH * S_PER_H;
  if (speed ** 2 <= errors2 || m - farm.nearM > speed * latestS) return null;
  const offBy = Math.sqrt(spread2 * (1 + 1 / count) + errors2);
  const most = animal.stamina.maxKmh * MPS_PER_KMH;
  return {
    speed: Math.min(speed, most),
    slowest: offBy < speed ? Math.min(speed - offBy, most) : null,
    fastest: Math.min(speed + offBy, most),
  };
}

function eta(to: JudgedFix, ringM: number, heading: Heading, { lookbackH }: Settings): Approaching['details'] {
  const { speed, slowest, fastest } = heading;
  const fromMs = (Math.max(0, ringM - to.errorM) / fastest) * MS_PER_S;
  const toMs = slowest === null ? Infinity : ((ringM + to.errorM) / slowest) * MS_PER_S;
  return {
    metres: Math.round(ringM),
    speedKmh: Math.round((100 * speed) / MPS_PER_KMH) / 100,
    etaFrom: rfc3339(to.at + fromMs),
    etaTo: toMs > lookbackH * MS_PER_H ? null : rfc3339(to.at + toMs),
  };
}

function rfc3339(at: EpochMs): string {
  return new Date(Math.round(at)).toISOString();
}

export default approach;
