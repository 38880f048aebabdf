import fc from 'fast-check';
import { Random } from './random.ts';

const N = 40_000;
const draw = <T>(one: (random: Random) => T): T[] => {
  const random = new Random('spec', 'draws');
  return Array.from({ length: N }, () => one(random));
};
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const quantile = (values: readonly number[], p: number) =>
  values.toSorted((a, b) => a - b)[Math.floor(p * values.length)];

describe('Random', () => {
  it('gives the same numbers for the same seed and stream, and others for another', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (seed, stream) => {
        const numbers = (s: string, t: string) => {
          const random = new Random(s, t);
          return [random.unit(), random.unit(), random.unit()];
        };
        expect(numbers(seed, stream)).toEqual(numbers(seed, stream));
        expect(numbers(seed, `${stream}x`)).not.toEqual(numbers(seed, stream));
        expect(numbers(`${seed}x`, stream)).not.toEqual(numbers(seed, stream));
      }),
    );
  });

  it('is uniform in [0, 1)', () => {
    const values = draw((random) => random.unit());
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
    const tenths = Array.from({ length: 10 }, (_, i) => values.filter((value) => Math.floor(value * 10) === i).length);
    for (const count of tenths) expect(Math.abs(count - N / 10)).toBeLessThan(5 * Math.sqrt(N / 10));
  });

  it('gives unrelated numbers for neighbouring seeds', () => {
    const first = Array.from({ length: 2_000 }, (_, seed) => new Random(seed, 'first').unit());
    expect(Math.abs(mean(first) - 0.5)).toBeLessThan(0.03);
    const products = first.slice(1).map((value, i) => (value - 0.5) * ((first[i] ?? 0) - 0.5));
    expect(Math.abs(mean(products) * 12)).toBeLessThan(0.1);
  });

  it('draws the standard normal', () => {
    const values = draw((random) => random.normal());
    expect(mean(values)).toBeCloseTo(0, 1);
    expect(quantile(values, 0.95)).toBeCloseTo(1.645, 1);
    expect(quantile(values, 0.05)).toBeCloseTo(-1.645, 1);
  });

  it('draws the Weibull distribution by its quantiles, λ (−ln(1 − p))^(1/k)', () => {
    const values = draw((random) => random.weibull(1.05, 600));
    for (const p of [0.1, 0.5, 0.9]) {
      const expected = 600 * (-Math.log(1 - p)) ** (1 / 1.05);
      expect((quantile(values, p) ?? 0) / expected).toBeCloseTo(1, 1);
    }
  });

  it.each([
    [0.4, 0.1961],
    [2, 0.6978],
    [10, 0.9486],
  ])('draws the von Mises distribution: at κ %d the mean of cos(θ − μ) is I1(κ)/I0(κ)', (κ, resultant) => {
    const values = draw((random) => random.vonMises(1, κ));
    expect(mean(values.map((θ) => Math.cos(θ - 1)))).toBeCloseTo(resultant, 1.7);
    expect(mean(values.map((θ) => Math.sin(θ - 1)))).toBeCloseTo(0, 1.7);
  });

  it('draws every direction alike when there is no concentration', () => {
    const values = draw((random) => random.vonMises(1, 0));
    expect(mean(values.map((θ) => Math.cos(θ - 1)))).toBeCloseTo(0, 1.7);
  });
});
