import { compare, markdownRow, seeded, spread } from './measure.ts';

describe('seeded', () => {
  it('gives the same numbers for the same seed, from 0 to 1 and evenly', () => {
    const draw = (seed: number) => {
      const random = seeded(seed);
      return Array.from({ length: 10_000 }, random);
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
    expect(draw(7).every((number) => number >= 0 && number < 1)).toBe(true);
    expect(draw(7).reduce((sum, number) => sum + number, 0) / 10_000).toBeCloseTo(0.5, 1);
  });
});

describe('spread', () => {
  it.each([
    [[3, 1, 2], { min: 1, median: 2, max: 3 }],
    [[4, 1, 2, 3], { min: 1, median: 2.5, max: 4 }],
    [[5], { min: 5, median: 5, max: 5 }],
  ])('of %j', (values, expected) => {
    expect(spread(values)).toEqual(expected);
  });
});

describe('compare', () => {
  it('runs both sides in turn, once for nothing, and holds one against the other', async () => {
    const order: string[] = [];
    const work = (name: string, ms: number) => async () => {
      order.push(name);
      await new Promise((resolve) => setTimeout(resolve, ms));
      return 1_000;
    };
    const peer = { name: 'the limit', work: work('peer', 5) };
    const measured = await compare({ name: 'a', unit: 'fixes', ours: work('ours', 40), peer, goal: 500_000, runs: 2 });
    expect(order).toEqual(['ours', 'peer', 'ours', 'peer', 'ours', 'peer']);
    expect(measured.ours.median).toBeLessThan(1_000 / 0.039);
    expect(measured.ratio!.max).toBeLessThan(1);
    expect(measured.cpuMicros.min).toBeGreaterThanOrEqual(0);
  });

  it('says in a row what it found, in three figures', () => {
    const row = markdownRow({
      name: 'judge',
      unit: 'fixes',
      goal: 500_000,
      ours: { min: 98_765, median: 123_456, max: 130_000 },
      peer: null,
      ratio: null,
      cpuMicros: { min: 1.2345, median: 2, max: 3 },
    });
    expect(row).toBe('| judge | 123,000 (98,800–130,000) fixes/s | 500,000 | – | – | – | 2 (1.23–3) |');
  });
});
