import fc from 'fast-check';
import { timeWriter } from './time-text.ts';

describe('timeWriter', () => {
  it('writes as toISOString does, in any order of times', () => {
    const aTime = fc.oneof(
      fc.integer({ min: -1e13, max: Date.UTC(9999, 11, 31) }),
      fc.constantFrom(0, -1, Date.UTC(2100, 1, 28, 23, 59, 59, 999), Date.UTC(2024, 1, 29)),
    );
    fc.assert(
      fc.property(fc.array(aTime), (times) => {
        const write = timeWriter('T', 'Z');
        expect(times.map(write)).toEqual(times.map((at) => new Date(at).toISOString()));
      }),
    );
  });
});
