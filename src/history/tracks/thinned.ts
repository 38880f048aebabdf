import { setImmediate as breath } from 'node:timers/promises';
import { thinning, type Thinned, type ThinTo } from '../../domain/geo/thin.ts';
import { pick } from '../fix-block.ts';
import type { TrackPart } from '../formats/track-format.ts';
import type { TrackReport } from './track-report.ts';

/** Fixes in memory at once, at most. A longer track is thinned as it comes. */
const MOST_FIXES = 262_144;
/** To how many points a longer track is thinned before more of it is read; several times what was asked for at most. */
const MEANWHILE = 32_768;
/** Fixes that are thinned together when only a tolerance is asked for: what is far apart does not matter to each other. */
const TOGETHER = 65_536;

/** Without limits: every fix. */
export type Simplify = ThinTo | null;

/**
 * A track as it was asked for: whole, or thinned (see domain/geo/thin.ts). Memory is bounded whatever the length of the track: with a
 * tolerance alone it is thinned piece by piece; with `maxPoints` a track of more than 262,144 fixes is thinned now and then while it is
 * read. Deviations add up then, and what is said of them is the sum.
 */
export async function* thinned(
  parts: AsyncIterable<TrackPart>,
  to: Simplify,
  report: TrackReport,
): AsyncGenerator<TrackPart, void, void> {
  const pieces =
    to === null ? parts : to.maxPoints === undefined ? byTolerance(parts, to, report) : byPoints(parts, to, report);
  for await (const part of pieces) {
    report.keep(part.block.length);
    yield part;
  }
}

async function* byTolerance(parts: AsyncIterable<TrackPart>, to: ThinTo, report: TrackReport) {
  let deviationM = 0;
  const note = () =>
    report.thinned({ method: 'douglas-peucker', toleranceM: to.toleranceM, deviationM: roundedUp(deviationM) });
  let waiting: TrackPart[] = [];
  let fixes = 0;
  const thin = async () => {
    const { kept, result } = await thinTogether(waiting, to);
    deviationM = Math.max(deviationM, result.deviationM);
    waiting = [];
    fixes = 0;
    note();
    return kept;
  };
  for await (const part of parts) {
    waiting.push(part);
    fixes += part.block.length;
    if (fixes >= TOGETHER) yield* await thin();
  }
  yield* await thin();
}

async function* byPoints(parts: AsyncIterable<TrackPart>, to: ThinTo, report: TrackReport) {
  const { maxPoints = MEANWHILE, toleranceM } = to;
  const meanwhile = Math.max(MEANWHILE, 2 * maxPoints);
  let waiting: TrackPart[] = [];
  let fixes = 0;
  let deviationM = 0;
  let segmentsLeft = 0;
  let halves = 1;
  const thin = async (limits: ThinTo) => {
    const { kept, result } = await thinTogether(waiting, limits);
    deviationM += result.deviationM;
    segmentsLeft += result.segmentsLeft;
    waiting = kept;
    fixes = fixesOf(kept);
  };
  for await (const part of parts) {
    waiting.push(part);
    fixes += part.block.length;
    if (fixes < MOST_FIXES) continue;
    // Each time half of what is left of the tolerance: together they stay within it.
    halves *= 2;
    await thin({ maxPoints: meanwhile, toleranceM: toleranceM === undefined ? undefined : toleranceM / halves });
  }
  const isShort = halves === 1 && toleranceM === undefined && fixes <= maxPoints;
  if (isShort) {
    yield* waiting;
    return;
  }
  await thin({ maxPoints, toleranceM: toleranceM === undefined ? undefined : toleranceM / halves });
  report.thinned({
    method: 'douglas-peucker',
    maxPoints,
    toleranceM,
    deviationM: roundedUp(deviationM),
    segmentsLeft: segmentsLeft > 0 ? segmentsLeft : undefined,
  });
  yield* waiting;
}

const fixesOf = (parts: readonly TrackPart[]): number => parts.reduce((fixes, { block }) => fixes + block.length, 0);

/** Thins parts as one track, in breaths. */
async function thinTogether(
  parts: readonly TrackPart[],
  to: ThinTo,
): Promise<{ readonly kept: TrackPart[]; readonly result: Thinned }> {
  const length = fixesOf(parts);
  const lon = new Float64Array(length);
  const lat = new Float64Array(length);
  const starts: number[] = [];
  let offset = 0;
  parts.forEach(({ block, segment }, index) => {
    lon.set(block.lon, offset);
    lat.set(block.lat, offset);
    if (index === 0 || segment !== parts[index - 1]!.segment) starts.push(offset);
    offset += block.length;
  });
  const work = thinning({ lon, lat, starts }, to);
  let step = work.next();
  for (; step.done !== true; step = work.next()) await breath();
  return { kept: picked(parts, step.value.kept), result: step.value };
}

function picked(parts: readonly TrackPart[], kept: Int32Array): TrackPart[] {
  const some: TrackPart[] = [];
  let offset = 0;
  let at = 0;
  for (const part of parts) {
    const end = offset + part.block.length;
    const from = at;
    while (at < kept.length && kept[at]! < end) at++;
    const begin = offset;
    if (at > from)
      some.push({
        ...part,
        block: pick(
          part.block,
          kept.subarray(from, at).map((place) => place - begin),
        ),
      });
    offset = end;
  }
  return some;
}

/** To three digits, never down; distances in degrees are right to some thousandths. */
function roundedUp(metres: number): number {
  if (metres === 0) return 0;
  const unit = 10 ** (Math.floor(Math.log10(metres)) - 2);
  return Number((Math.ceil(metres / unit) * unit).toPrecision(4));
}
