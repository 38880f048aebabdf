import fc from 'fast-check';
import { median } from './median.ts';

describe('median', () => {
  it.each([
    [[7], 7],
    [[3, 1], 2],
    [[9, 1, 10], 9],
    [[-2, -10, 4, 0], -1],
  ])('%j: %d', (values, middle) => {
    expect(median(values)).toBe(middle);
  });

  it('leaves the values as they are', () => {
    const values = Object.freeze([3, 1, 2]);
    expect(median(values)).toBe(2);
  });

  it('has as many values below it as above, and does not follow one that is far off', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1_000, max: 1_000 }), { minLength: 3 }), (values) => {
        const middle = median(values);
        const half = values.length / 2;
        expect(values.filter((value) => value < middle).length).toBeLessThanOrEqual(half);
        expect(values.filter((value) => value > middle).length).toBeLessThanOrEqual(half);
        expect(Math.abs(median([...values, 1e9]))).toBeLessThanOrEqual(1_000);
      }),
    );
  });
});
