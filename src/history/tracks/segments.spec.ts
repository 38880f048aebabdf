import fc from 'fast-check';
import { aBlock } from '../../../test/factories/track-parts.ts';
import type { FixBlock } from '../fix-block.ts';
import type { TrackPart } from '../formats/track-format.ts';
import { segmented } from './segments.ts';
import { divided } from './side-by-side.ts';
import { thinned } from './thinned.ts';
import { TrackReport } from './track-report.ts';

const animal = { id: 'sofia', name: 'Sofia' };
const SPEC = { factor: 3, intervalS: () => null };

const block = (times: readonly number[], collar = 'one', doubts: readonly number[] = []): FixBlock =>
  aBlock(
    times.map((at, i) => ({
      at,
      lon: 131 + Math.sin(at / 500),
      lat: 43 + Math.cos(at / 700),
      doubts: doubts[i] ?? 0,
      sensors: {},
    })),
    collar,
    [],
  );

async function* later<Item>(items: readonly Item[]): AsyncGenerator<Item, void, void> {
  for (const item of items) yield await Promise.resolve(item);
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

async function segmentsOf(blocks: readonly FixBlock[], rule: Parameters<typeof segmented>[2] = SPEC) {
  const report = new TrackReport(rule.factor);
  const parts = await all(segmented(animal, later(blocks), rule, report));
  const times: number[][] = [];
  for (const {
    segment,
    block: { at },
  } of parts)
    (times[segment] ??= []).push(...at);
  return { times, said: report.said() as { gaps: unknown[]; intervals: unknown } };
}

describe('segmented', () => {
  it('begins a segment wherever data is missing for longer than the factor times the interval, however blocks lie', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(1, 10, 29, 30, 31, 500), { minLength: 1, maxLength: 40 }),
        fc.array(fc.integer({ min: 0, max: 40 })),
        async (steps, cuts) => {
          const times = [0];
          for (const step of steps) times.push(times.at(-1)! + step * 1_000);
          const expected: number[][] = [[0]];
          times.slice(1).forEach((at, i) => {
            if (at - times[i]! > 30_000) expected.push([]);
            expected.at(-1)!.push(at);
          });
          const places = [...new Set([0, ...cuts.filter((cut) => cut < times.length), times.length])].sort(
            (a, b) => a - b,
          );
          const blocks = places.slice(1).map((end, i) => block(times.slice(places[i], end)));
          const found = await segmentsOf(blocks, { factor: 3, intervalS: () => 10 });
          expect(found.times).toEqual(expected);
          expect(found.said.gaps).toHaveLength(expected.length - 1);
        },
      ),
    );
  });

  it('takes the median of the data where the registry has no interval, and nothing of doubted fixes', async () => {
    const { times, said } = await segmentsOf([block([0, 1, 2, 3, 10]), block([11, 12, 15, 19])]);
    expect(times).toEqual([[0, 1, 2, 3], [10, 11, 12, 15], [19]]);
    expect(said.intervals).toEqual([{ collar: 'one', s: 0.001, of: 'data' }]);
    // 0 10 20 30 without those in between.
    const doubted = await segmentsOf([block([0, 1, 2, 10, 20, 30, 59], 'one', [0, 1, 1])]);
    expect(doubted.times).toEqual([[0, 1, 2, 10, 20, 30, 59]]);
    expect((await segmentsOf([block([0, 1, 2, 10, 20, 30, 61], 'one', [0, 1, 1])])).times).toHaveLength(2);
  });

  it('takes the longer interval between two collars, and knows none of a single fix', async () => {
    const rule = { factor: 3, intervalS: (collar: string) => (collar === 'one' ? 0.001 : 0.01) };
    expect((await segmentsOf([block([0, 3]), block([33, 63], 'two')], rule)).times).toEqual([[0, 3, 33, 63]]);
    expect((await segmentsOf([block([0, 3]), block([34, 63], 'two')], rule)).times).toHaveLength(2);
    expect((await segmentsOf([block([5], 'two'), block([1e9], 'three')])).times).toEqual([[5, 1e9]]);
    expect((await segmentsOf([block([0, 1, 2, 900])], { factor: null, intervalS: () => null })).times).toHaveLength(1);
    expect((await segmentsOf([])).times).toEqual([]);
  });
});

describe('thinned', () => {
  /** A long way of two segments that never lies still. */
  async function* longWay(blocks: number): AsyncGenerator<TrackPart, void, void> {
    for (let i = 0; i < blocks; i++) {
      const times = Array.from({ length: 20_000 }, (_, k) => i * 20_000 + k);
      yield await Promise.resolve({ animal, segment: i < 5 ? 0 : 1, block: block(times) });
    }
  }

  it('keeps to the number of points of a track that is longer than memory, and to its ends', async () => {
    const report = new TrackReport(3);
    const parts = await all(thinned(longWay(18), { maxPoints: 400 }, report));
    const times = parts.flatMap(({ segment, block: { at } }) => [...at].map((one) => [segment, one]));
    expect(times).toHaveLength(400);
    expect([times[0], times.at(-1)]).toEqual([
      [0, 0],
      [1, 359_999],
    ]);
    expect(times).toContainEqual([0, 99_999]);
    expect(times).toContainEqual([1, 100_000]);
    expect(report.said()).toMatchObject({ thinning: { method: 'douglas-peucker', kept: 400, maxPoints: 400 } });
  });

  it('keeps to a tolerance piece by piece', async () => {
    const report = new TrackReport(3);
    const parts = await all(thinned(longWay(5), { toleranceM: 2_000 }, report));
    const { thinning } = report.said() as { thinning: { kept: number; deviationM: number } };
    expect(parts.reduce((fixes, part) => fixes + part.block.length, 0)).toBe(thinning.kept);
    expect(thinning.kept).toBeLessThan(10_000);
    expect(thinning.deviationM).toBeLessThanOrEqual(2_000);
    expect(thinning.deviationM).toBeGreaterThan(500);
  });
});

describe('divided', () => {
  const span = (from: number, to: number | null) => ({ collarId: 1, serial: 'one', from, to });
  const DAY = 86_400_000;

  it('leaves a short time alone and cuts a long one without gap or overlap', () => {
    expect(divided(span(0, 39 * DAY), 0)).toEqual([span(0, 39 * DAY)]);
    for (const whole of [span(0, 365 * DAY), span(7, null), span(0, 900 * DAY)]) {
      const parts = divided(whole, 400 * DAY);
      expect(parts.length).toBe(4);
      expect([parts[0]!.from, parts[3]!.to]).toEqual([whole.from, whole.to]);
      for (const [i, part] of parts.slice(1).entries()) expect(part.from).toBe(parts[i]!.to);
    }
    expect(divided(span(0, null), -5)).toHaveLength(1);
  });
});
