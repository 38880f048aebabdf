import fc from 'fast-check';
import { TimeOrder } from './time-order.ts';

describe('TimeOrder', () => {
  it('puts items in order of time, those of one time as they came, on disk and in memory alike', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 60 }),
        fc.integer({ min: 1, max: 70 }),
        async (times, run) => {
          const order = new TimeOrder<{ at: number; n: number }>(run);
          for (const [n, at] of times.entries()) await order.add(at, { at, n });
          const items: { at: number; n: number }[] = [];
          for await (const item of order.items()) items.push(item);
          await order.close();
          expect(items).toEqual(times.map((at, n) => ({ at, n })).sort((a, b) => a.at - b.at || a.n - b.n));
        },
      ),
      { numRuns: 40 },
    );
  });
});
