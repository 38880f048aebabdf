import fc from 'fast-check';
import { DAY_MS, HOUR_MS, localHour } from '../movement/calibration.ts';
import { Plane } from '../movement/plane.ts';
import { Random } from '../random.ts';
import type { Attempt } from './attempt.ts';
import { Collar } from './collar.ts';
import { sampleGpsError } from './gps-error.ts';
import { Reception, successChance } from './reception.ts';
import { batteryV, BATTERY_LIFE_MS } from './sensors.ts';
import { openUplink } from './uplink.ts';

const FROM = Date.UTC(2026, 0, 1);
const quantile = (values: readonly number[], p: number) =>
  values.toSorted((a, b) => a - b)[Math.floor(p * values.length)] ?? NaN;

describe('GPS error', () => {
  const random = new Random('spec', 'errors');
  const samples = Array.from({ length: 60_000 }, () => sampleGpsError(random));
  const of = (dimension: '2D' | '3D') => samples.filter((each) => each.dimension === dimension);
  const metres = (each: { eastM: number; northM: number }) => Math.hypot(each.eastM, each.northM);

  it('has 8 % of 2D fixes', () => {
    expect(Math.abs(of('2D').length / samples.length - 0.08)).toBeLessThan(0.005);
  });

  it.each([
    ['3D', 8, 30],
    ['2D', 80, 130],
  ] as const)('of %s: median %d m, 95 %% %d m', (dimension, median, p95) => {
    const errors = of(dimension).map(metres);
    expect(Math.abs(quantile(errors, 0.5) / median - 1)).toBeLessThan(0.04);
    expect(Math.abs(quantile(errors, 0.95) / p95 - 1)).toBeLessThan(0.05);
  });

  it('reports an HDOP of 3D of 1.0, 1.7, 4.6 at 5, 50, 95 %', () => {
    const hdops = of('3D').map(({ hdop }) => hdop);
    expect(quantile(hdops, 0.05)).toBeCloseTo(1, 1);
    expect(quantile(hdops, 0.5)).toBeCloseTo(1.7, 1);
    expect(Math.abs(quantile(hdops, 0.95) - 4.6)).toBeLessThan(0.2);
  });

  it('goes with HDOP: the worse half of the geometries errs more', () => {
    const three = of('3D').toSorted((a, b) => a.hdop - b.hdop);
    const half = three.length / 2;
    expect(quantile(three.slice(half).map(metres), 0.5)).toBeGreaterThan(
      1.5 * quantile(three.slice(0, half).map(metres), 0.5),
    );
  });

  it('points in no direction more than in another', () => {
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(Math.abs(mean(samples.map(({ eastM }) => eastM)))).toBeLessThan(0.5);
    expect(Math.abs(mean(samples.map(({ northM }) => northM)))).toBeLessThan(0.5);
  });

  it('reports satellites as a receiver would: 3 for 2D, 4 to 12 for 3D', () => {
    expect(of('2D').every(({ satellites }) => satellites === 3)).toBe(true);
    expect(of('3D').every(({ satellites }) => satellites >= 4 && satellites <= 12)).toBe(true);
  });
});

describe('Reception', () => {
  const run = (successes: readonly number[]) => {
    const reception = new Reception(successes[0] ?? 1, new Random('spec', 'reception'));
    return successes.map((success) => reception.attempt(success));
  };
  const runsOfFailures = (outcomes: readonly boolean[]) =>
    outcomes
      .map((works) => (works ? ' ' : 'x'))
      .join('')
      .split(/ +/)
      .filter(Boolean)
      .map((each) => each.length);

  it.each([0.85, 0.6, 0.4])('succeeds with chance %d, failures in runs of 3 in the mean', (success) => {
    const outcomes = run(Array<number>(100_000).fill(success));
    expect(Math.abs(outcomes.filter(Boolean).length / outcomes.length - success)).toBeLessThan(0.015);
    const runs = runsOfFailures(outcomes);
    expect(Math.abs(runs.reduce((a, b) => a + b, 0) / runs.length - 3)).toBeLessThan(0.1);
  });

  it('succeeds with the chance of the hour at every hour, however quickly it changes', () => {
    const successes = Array.from({ length: 120_000 }, (_, i) => (i % 12 < 6 ? 0.85 : 0.45));
    const outcomes = run(successes);
    for (const phase of [0, 1, 5, 6, 7, 11]) {
      const there = outcomes.filter((_, i) => i % 12 === phase);
      expect(Math.abs(there.filter(Boolean).length / there.length - (phase < 6 ? 0.85 : 0.45))).toBeLessThan(0.02);
    }
  });
});

describe('successChance', () => {
  it('is 0.85 at night, 0.4 to 0.6 at midday, between at other hours; at a farm always 0.85', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 400 * 24 * 60 }), fc.string(), (minute, seed) => {
        const at = FROM + minute * 60_000;
        const chance = successChance(at, 'rest', seed);
        const hour = localHour(at);
        if (hour >= 20 || hour < 5) expect(chance).toBe(0.85);
        else if (hour >= 11 && hour <= 14) expect(Math.abs(chance - 0.5)).toBeLessThanOrEqual(0.1 + 1e-9);
        else expect(Math.abs(chance - 0.625)).toBeLessThanOrEqual(0.225 + 1e-9);
        expect(successChance(at, 'visit', seed)).toBe(0.85);
      }),
    );
  });
});

describe('battery', () => {
  it('falls over 16 months, never rises at one temperature, and is quick at the end', () => {
    const volts = Array.from({ length: 17 }, (_, month) => batteryV((BATTERY_LIFE_MS * month) / 16, 20));
    expect(volts[0]).toBe(3.65);
    expect(volts[16]).toBe(3);
    expect(volts.every((v, i) => i === 0 || v < (volts[i - 1] ?? 0))).toBe(true);
    expect(volts[15]! - volts[16]!).toBeGreaterThan(3 * (volts[7]! - volts[8]!));
    expect(batteryV(0, -20)).toBeLessThan(batteryV(0, 20));
  });
});

describe('Collar', () => {
  const plane = new Plane({ lon: 131.6, lat: 43.3 });
  const day = {
    state: 'rest' as const,
    waypoints: [
      { x: 0, y: 0, at: FROM },
      { x: 0, y: 0, at: FROM + 2 * DAY_MS },
    ] as const,
  };
  const collar = (options: Partial<ConstructorParameters<typeof Collar>[0]> = {}) =>
    new Collar({ seed: 's', plane, from: FROM, until: Infinity, intervalMs: HOUR_MS, errors: true, ...options });
  const leg = { ...day, waypoints: [...day.waypoints] as [(typeof day.waypoints)[0], (typeof day.waypoints)[1]] };

  it('tries at every interval, some seconds late, and counts its attempts', () => {
    const attempts = [...collar().attempts(leg)];
    expect(attempts).toHaveLength(48);
    for (const [i, attempt] of attempts.entries()) {
      expect(attempt.scheduled).toBe(FROM + i * HOUR_MS);
      expect(attempt.at - attempt.scheduled).toBeGreaterThanOrEqual(5_000);
      expect(attempt.at - attempt.scheduled).toBeLessThanOrEqual(90_000);
      expect(attempt.report.at).toBe(attempt.at);
    }
    const seqs = attempts.map(({ report }) => ('lat' in report ? report.seq : report.extra?.['seq']));
    expect(seqs).toEqual(Array.from({ length: 48 }, (_, i) => i + 1));
    expect(attempts.some(({ outcome }) => outcome === 'failed')).toBe(true);
  });

  it('without errors gets the true position every time', () => {
    for (const { report, outcome, true: truth } of collar({ errors: false }).attempts(leg)) {
      expect(outcome).toBe('fix');
      expect(report).toMatchObject({ lat: expect.closeTo(truth.lat, 6), lon: expect.closeTo(truth.lon, 6) });
    }
  });

  it('is silent when its battery is empty or its time over', () => {
    const ending = collar({ until: FROM + 5 * HOUR_MS });
    expect([...ending.attempts(leg)]).toHaveLength(5);
    expect(ending.silent).toBe(true);
    expect(collar().end).toBe(FROM + BATTERY_LIFE_MS);
  });
});

describe('uplink', () => {
  const attemptAt = (at: number): Attempt => ({
    scheduled: at,
    at,
    true: { lon: 0, lat: 0 },
    state: 'rest',
    outcome: 'failed',
    report: { at },
  });
  const times = Array.from({ length: 2_000 }, (_, i) => FROM + i * 15 * 60_000);
  const deliver = (way: 'satellite' | 'lorawan', seed: number) => {
    const uplink = openUplink(way, seed, FROM);
    const end = FROM + 2_000 * 15 * 60_000;
    return [...times.flatMap((at) => uplink.take(attemptAt(at))), ...uplink.rest(end)];
  };

  it('by LoRaWAN delivers each attempt alone, within seconds', () => {
    const deliveries = deliver('lorawan', 1);
    expect(deliveries).toHaveLength(2_000);
    for (const { at, attempts } of deliveries) {
      expect(attempts).toHaveLength(1);
      expect(at - attempts[0]!.at).toBeGreaterThanOrEqual(1_000);
      expect(at - attempts[0]!.at).toBeLessThanOrEqual(8_000);
    }
  });

  it('by satellite delivers everything once, in batches up to 22 h late, in bursts of 20 at most', () => {
    const orders = new Set<string>();
    for (let seed = 0; seed < 12; seed += 1) {
      const deliveries = deliver('satellite', seed);
      const all = deliveries.flatMap(({ attempts }) => attempts.map(({ at }) => at));
      expect(all.toSorted((a, b) => a - b)).toEqual(times);
      const delays = deliveries.flatMap(({ at, attempts }) => attempts.map((attempt) => at - attempt.at));
      expect(Math.min(...delays)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...delays)).toBeLessThanOrEqual(22 * HOUR_MS);
      expect(Math.max(...delays)).toBeGreaterThan(15 * HOUR_MS);
      expect(deliveries.every(({ attempts }) => attempts.length <= 20)).toBe(true);
      expect(deliveries.every(({ at }, i) => at >= (deliveries[i - 1]?.at ?? 0))).toBe(true);
      for (const pass of new Set(deliveries.map(({ at }) => at))) {
        const inPass = deliveries
          .filter(({ at }) => at === pass)
          .flatMap(({ attempts }) => attempts.map(({ at }) => at));
        if (inPass.length < 2) continue;
        orders.add(`${seed} ${inPass[0]! < inPass[1]! ? 'oldest' : 'newest'}`);
        const sorted = inPass.toSorted((a, b) => (inPass[0]! < inPass[1]! ? a - b : b - a));
        expect(inPass).toEqual(sorted);
      }
    }
    expect(orders.size).toBe(12); // each seed keeps one order
    expect(new Set([...orders].map((order) => order.split(' ')[1]))).toEqual(new Set(['oldest', 'newest']));
  });
});
