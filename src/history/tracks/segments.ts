import { median } from '../../domain/median.ts';
import { type FixBlock, slice } from '../fix-block.ts';
import type { TrackOf, TrackPart } from '../formats/track-format.ts';
import type { TrackReport } from './track-report.ts';

/** Fixes of a collar that tell how far apart they are, where the registry does not. */
const SAMPLE = 10_000;

/** What makes a gap. */
export interface GapRule {
  /** A gap is longer than this times the interval; null: nothing is a gap. */
  readonly factor: number | null;
  /** Seconds between the fixes of a collar as the registry has them; null: it does not say. */
  readonly intervalS: (collar: string) => number | null;
}

/**
 * A track in segments: a new one begins where data is missing for longer than a factor times the interval between fixes. That is the
 * collar's as registered, else the median interval between the first 10,000 undoubted fixes of the collar in what was asked for;
 * between two collars, the longer of theirs. A collar of a single fix has no interval: what is beside decides.
 */
export async function* segmented(
  animal: TrackOf,
  blocks: AsyncIterable<FixBlock>,
  rule: GapRule,
  report: TrackReport,
): AsyncGenerator<TrackPart, void, void> {
  let segment = 0;
  let last: { at: number; intervalMs: number } | null = null;
  for await (const { block, intervalMs } of withIntervals(blocks, rule, report)) {
    report.read(block.length);
    let begin = 0;
    for (let place = 0; place < block.length; place++) {
      const at = block.at[place]!;
      if (last !== null && isGap(at - last.at, last.intervalMs, intervalMs, rule.factor)) {
        if (place > begin) yield { animal, segment, block: slice(block, begin, place) };
        report.gap(last.at, at);
        begin = place;
        segment++;
      }
      if (last === null) last = { at, intervalMs };
      else {
        last.at = at;
        last.intervalMs = intervalMs;
      }
    }
    yield { animal, segment, block: begin === 0 ? block : slice(block, begin, block.length) };
  }
}

function isGap(ms: number, before: number, after: number, factor: number | null): boolean {
  if (factor === null) return false;
  const longer = Math.max(before, after);
  return longer > 0 && ms > factor * longer;
}

interface Timed {
  readonly block: FixBlock;
  /** Milliseconds; 0: not known. */
  readonly intervalMs: number;
}

/** Each block with the interval of its collar. Where the data has to tell it, the first blocks of the collar wait for as many fixes as it takes. */
async function* withIntervals(
  blocks: AsyncIterable<FixBlock>,
  rule: GapRule,
  report: TrackReport,
): AsyncGenerator<Timed, void, void> {
  const known = new Map<string, number>();
  let waiting: FixBlock[] = [];
  for await (const block of blocks) {
    if (waiting.length > 0 && waiting[0]!.collar !== block.collar) {
      yield* told(waiting, known, report);
      waiting = [];
    }
    const registered = rule.intervalS(block.collar);
    if (registered !== null && !known.has(block.collar)) {
      known.set(block.collar, registered * 1_000);
      report.interval(block.collar, registered, 'collar');
    }
    const intervalMs = known.get(block.collar);
    if (intervalMs !== undefined) {
      yield { block, intervalMs };
      continue;
    }
    waiting.push(block);
    if (waiting.reduce((fixes, { length }) => fixes + length, 0) < SAMPLE) continue;
    yield* told(waiting, known, report);
    waiting = [];
  }
  yield* told(waiting, known, report);
}

function* told(blocks: readonly FixBlock[], known: Map<string, number>, report: TrackReport): Generator<Timed> {
  if (blocks.length === 0) return;
  const { collar } = blocks[0]!;
  const intervalMs = medianInterval(blocks);
  known.set(collar, intervalMs);
  if (intervalMs > 0) report.interval(collar, intervalMs / 1_000, 'data');
  for (const block of blocks) yield { block, intervalMs };
}

/** Milliseconds; 0: there is but one fix. */
function medianInterval(blocks: readonly FixBlock[]): number {
  const intervals: number[] = [];
  let last = NaN;
  let seen = 0;
  for (const { at, doubts, length } of blocks) {
    for (let place = 0; place < length && seen < SAMPLE; place++) {
      if (doubts[place] !== 0) continue;
      if (seen++ > 0) intervals.push(at[place]! - last);
      last = at[place]!;
    }
  }
  return intervals.length === 0 ? 0 : median(intervals);
}
