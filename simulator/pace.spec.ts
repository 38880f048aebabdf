import { Pace, sleep } from './pace.ts';

const NOW = 1_000_000_000;

describe('Pace', () => {
  it('in real time waits until the moment is there', () => {
    const pace = new Pace(NOW, [{ until: Infinity, speed: 1 }], NOW);
    expect(pace.waitMs(NOW + 500, NOW)).toBe(500);
    expect(pace.waitMs(NOW + 500, NOW + 700)).toBe(-200);
  });

  it('told as fast as acknowledged waits for nothing that is past', () => {
    const pace = new Pace(NOW - 10_000, [{ until: Infinity, speed: 'max' }], NOW);
    expect(pace.waitMs(NOW - 9_000, NOW)).toBeLessThanOrEqual(0);
    expect(pace.waitMs(NOW - 1, NOW)).toBeLessThanOrEqual(0);
  });

  it('never runs ahead of the real clock: caught up, it goes on in real time', () => {
    const fast = new Pace(NOW - 1_000, [{ until: Infinity, speed: 10 }], NOW);
    expect(fast.waitMs(NOW - 500, NOW)).toBe(50);
    expect(fast.waitMs(NOW + 500, NOW)).toBe(500);
    expect(fast.waitMs(NOW + 5_000, NOW + 4_000)).toBe(1_000);
    const max = new Pace(NOW - 1_000, [{ until: Infinity, speed: 'max' }], NOW);
    expect(max.waitMs(NOW + 5_000, NOW)).toBe(5_000);
  });

  it('tells history at once and goes on live from when that is done', () => {
    const day = 86_400_000;
    const stretches = [
      { until: NOW - day / 2, speed: 'max' },
      { until: Infinity, speed: 120 },
    ] as const;
    const pace = new Pace(NOW - 30 * day, stretches, NOW);
    expect(pace.waitMs(NOW - 20 * day, NOW)).toBeLessThanOrEqual(0);
    const live = NOW + 7_000; // history took 7 s
    expect(pace.waitMs(NOW - day / 2 + 120_000, live)).toBe(1_000);
    expect(pace.waitMs(NOW - day / 2 + 3_600_000, live)).toBe(30_000);
    const caughtUp = NOW - day / 2 + 120 * 400_000; // beyond the real clock of that time
    expect(pace.waitMs(caughtUp, live + 400_000)).toBe(caughtUp - (live + 400_000));
  });

  it('begins a stretch when the one before it ends, also when it is asked early', () => {
    const stretches = [
      { until: NOW - 9_000, speed: 1 },
      { until: Infinity, speed: 10 },
    ] as const;
    const pace = new Pace(NOW - 10_000, stretches, NOW);
    expect(pace.waitMs(NOW - 8_000, NOW)).toBe(1_100);
  });
});

describe('sleep', () => {
  it('ends with the signal', async () => {
    const stop = new AbortController();
    const slept = sleep(60_000, stop.signal);
    stop.abort();
    await expect(slept).resolves.toBeUndefined();
  });
});
