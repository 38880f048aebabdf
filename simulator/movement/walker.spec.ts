import { jest } from '@jest/globals';
import { kernelRangeKm2 } from '../../test/unit/simulator/kernel-range.ts';
import { DRAWN_FARMS } from '../farms/drawn.ts';
import {
  activityWeight,
  DAY_MS,
  HOUR_MS,
  isNight,
  localDay,
  localHour,
  MOVE_TO_MOVE,
  REST_TO_REST,
  STEP_MS,
  stepFactor,
} from './calibration.ts';
import type { Leg } from './leg.ts';
import { legEnd, onLeg } from './leg.ts';
import type { Point } from './plane.ts';
import { distance } from './plane.ts';
import type { WalkerOptions } from './walker.ts';
import { Walker } from './walker.ts';

jest.setTimeout(60_000); // a busy machine is slow, not wrong

const FROM = Date.UTC(2026, 0, 1);
const HOME = { lon: 131.645, lat: 43.315 };
const SEEDS = Array.from({ length: 100 }, (_, seed) => seed);

function walkerOf(seed: number | string, options: Partial<WalkerOptions> = {}): Walker {
  return new Walker({ seed, home: HOME, from: FROM, farms: [], visitChance: 0, ...options });
}

function legsOf(walker: Walker, days: number): Leg[] {
  const legs: Leg[] = [];
  for (const leg of walker.legs()) {
    legs.push(leg);
    if (legEnd(leg).at >= FROM + days * DAY_MS) break;
  }
  return legs;
}

function positionsEvery2h(legs: readonly Leg[]): Point[] {
  const points: Point[] = [];
  let next = FROM;
  for (const leg of legs) for (; next < legEnd(leg).at; next += STEP_MS) points.push(onLeg(leg, next).point);
  return points;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const quantile = (values: readonly number[], p: number) =>
  values.toSorted((a, b) => a - b)[Math.floor(p * values.length)] ?? NaN;
const step = (leg: Leg) => distance(leg.waypoints[0], legEnd(leg));
const heading = (leg: Leg) => Math.atan2(legEnd(leg).y - leg.waypoints[0].y, legEnd(leg).x - leg.waypoints[0].x);
const most = (values: readonly number[]) => values.reduce((a, b) => Math.max(a, b), -Infinity);
const least = (values: readonly number[]) => values.reduce((a, b) => Math.min(a, b), Infinity);

describe('Walker', () => {
  const herd = SEEDS.map((seed) => legsOf(walkerOf(seed), 180));

  it('makes a path without gaps or jumps: every leg begins where and when the one before it ended', () => {
    for (const seed of SEEDS.slice(0, 20)) {
      const legs = legsOf(walkerOf(seed, { farms: DRAWN_FARMS, visitChance: 0.5 }), 60);
      const joins = legs.slice(1).map((leg, i) => ({ ended: legEnd(legs[i] ?? leg), began: leg.waypoints[0] }));
      expect(joins.filter(({ ended, began }) => ended.at !== began.at || distance(ended, began) > 0)).toEqual([]);
      const times = legs.flatMap((leg) => leg.waypoints.map(({ at }) => at));
      expect(times.every((at, i) => Number.isInteger(at) && at >= (times[i - 1] ?? 0))).toBe(true);
      expect(legs.every((leg) => legEnd(leg).at - leg.waypoints[0].at > 0)).toBe(true);
    }
  });

  it('walks the same for the same options, and otherwise for another seed', () => {
    const options = { farms: DRAWN_FARMS, visitChance: 0.5 };
    expect(JSON.stringify(legsOf(walkerOf('a', options), 30))).toBe(JSON.stringify(legsOf(walkerOf('a', options), 30)));
    expect(JSON.stringify(legsOf(walkerOf('b', options), 30))).not.toBe(
      JSON.stringify(legsOf(walkerOf('a', options), 30)),
    );
  });

  it('keeps to P(rest→rest) 0.70 and P(move→move) 0.60', () => {
    const pairs = herd.flatMap((legs) => legs.slice(1).map((leg, i) => [legs[i]?.state, leg.state] as const));
    const share = (from: string, to: string) => {
      const all = pairs.filter(([a, b]) => a === from && (b === 'rest' || b === 'move'));
      return all.filter(([, b]) => b === to).length / all.length;
    };
    expect(Math.abs(share('rest', 'rest') - REST_TO_REST)).toBeLessThan(0.01);
    expect(Math.abs(share('move', 'move') - MOVE_TO_MOVE)).toBeLessThan(0.01);
  });

  it('moves by Weibull steps, k 1.05 and λ 600 m, weighted by the hour', () => {
    const steps = herd.flat().filter(({ state }) => state === 'move');
    const unweighted = steps.map((leg) => step(leg) / stepFactor(leg.waypoints[0].at));
    for (const p of [0.1, 0.25, 0.5, 0.75, 0.95]) {
      const expected = 600 * (-Math.log(1 - p)) ** (1 / 1.05);
      expect(Math.abs(quantile(unweighted, p) / expected - 1)).toBeLessThan(0.03);
    }
    expect(Math.abs(mean(steps.map(step)) / (600 * 0.9805) - 1)).toBeLessThan(0.02); // λ Γ(1 + 1/k): the weights leave the mean
  });

  it('turns by von Mises, κ 0.4, where nothing pulls her home: the mean of cos is I1(κ)/I0(κ)', () => {
    const turns = SEEDS.slice(0, 30).flatMap((seed) => {
      const steps = legsOf(walkerOf(seed, { homePull: 0 }), 180).filter(({ state }) => state === 'move');
      return steps.slice(1).map((leg, i) => Math.cos(heading(leg) - heading(steps[i] ?? leg)));
    });
    expect(Math.abs(mean(turns) - 0.1961)).toBeLessThan(0.01);
  });

  it('is pulled home: 95 % kernel range over half a year between 60 and 70 km² in the median of many seeds', () => {
    const ranges = herd.map((legs) => kernelRangeKm2(positionsEvery2h(legs), 0.95));
    expect(quantile(ranges, 0.5)).toBeGreaterThan(60);
    expect(quantile(ranges, 0.5)).toBeLessThan(70);
    expect(most(ranges)).toBeLessThan(150);
  });

  it('keeps that range beside a farm that she visits', () => {
    const options = { farms: DRAWN_FARMS, visitChance: 0.25 };
    const ranges = SEEDS.map((seed) => kernelRangeKm2(positionsEvery2h(legsOf(walkerOf(seed, options), 180)), 0.95));
    expect(quantile(ranges, 0.5)).toBeGreaterThan(60);
    expect(quantile(ranges, 0.5)).toBeLessThan(70);
  });

  it('is most active at dusk and dawn and least at night: 1.5 to 1 to 0.6', () => {
    const steps = herd.flat().filter(({ state }) => state === 'move');
    const meanAt = (hours: readonly number[]) =>
      mean(steps.filter((leg) => hours.includes(localHour(leg.waypoints[0].at))).map(step));
    const day = meanAt([10, 12]);
    expect(meanAt([6, 16]) / day).toBeCloseTo(1.5, 1);
    expect(meanAt([20, 22, 0, 2]) / day).toBeCloseTo(0.6, 1);
  });

  it('has the weights of the calibration at every hour of the day, UTC+10', () => {
    const at = (hour: number) => activityWeight(Date.UTC(2026, 5, 1, hour - 10, 30));
    const weights = Array.from({ length: 24 }, (_, hour) => at(hour));
    expect(weights).toEqual([
      ...[0.6, 0.6, 0.6, 0.6, 0.6, 1.5, 1.5, 1.5, 1.5, 1, 1, 1],
      ...[1, 1, 1, 1.5, 1.5, 1.5, 1.5, 1.5, 0.6, 0.6, 0.6, 0.6],
    ]);
  });

  describe('kills', () => {
    const stays = herd.flatMap((legs) => {
      const found: Leg[][] = [];
      for (const [i, leg] of legs.entries()) {
        if (leg.state !== 'kill') continue;
        if (legs[i - 1]?.state === 'kill') found[found.length - 1]?.push(leg);
        else found.push([leg]);
      }
      return [found.slice(0, -1)]; // the last may be cut off by the end
    });

    it('come about every 8 days', () => {
      const gaps = stays.flatMap((each) =>
        each.slice(1).map((stay, i) => (stay[0]?.waypoints[0].at ?? 0) - (each[i]?.[0]?.waypoints[0].at ?? 0)),
      );
      expect(mean(gaps) / DAY_MS).toBeGreaterThan(7.5);
      expect(mean(gaps) / DAY_MS).toBeLessThan(8.5);
    });

    it('hold her for 48 to 96 hours', () => {
      const hours = stays.flat().map((stay) => stay.length * (STEP_MS / HOUR_MS));
      expect(least(hours)).toBeGreaterThanOrEqual(48);
      expect(most(hours)).toBeLessThanOrEqual(96);
      expect(Math.abs(mean(hours) - 72)).toBeLessThan(2);
    });

    it('keep her within 150 m but for short trips that end there', () => {
      const distances = stays.flat().flatMap((stay) => {
        const carcass = stay[0]?.waypoints[0] ?? { x: 0, y: 0 };
        return stay.flatMap((leg) => leg.waypoints.map((point) => distance(point, carcass)));
      });
      expect(most(distances)).toBeLessThanOrEqual(700);
      const beyond = distances.filter((metres) => metres > 150).length / distances.length;
      expect(beyond).toBeGreaterThan(0.01);
      expect(beyond).toBeLessThan(0.06);
      const ends = stays
        .flat()
        .map((stay) => distance(legEnd(stay[stay.length - 1] ?? herd[0]![0]!), stay[0]!.waypoints[0]));
      expect(most(ends)).toBeLessThanOrEqual(150);
    });
  });

  describe('farm visits', () => {
    const always = SEEDS.slice(0, 30).map((seed) => {
      const walker = walkerOf(seed, { farms: DRAWN_FARMS, visitChance: 1 });
      return { walker, legs: legsOf(walker, 60) };
    });
    const visits = always.flatMap(({ walker, legs }) =>
      legs.filter(({ state }) => state === 'visit').map((leg) => ({ leg, fence: walker.fences[0]! })),
    );

    it('reach the fence, inside or along it, and end beyond the outermost ring, by night', () => {
      expect(visits.length).toBeGreaterThan(300);
      const seen = visits.map(({ leg, fence }) => ({
        leg,
        metres: leg.waypoints.map((at) => fence.signedDistance(at)),
      }));
      expect(most(seen.map(({ metres }) => least(metres)))).toBeLessThanOrEqual(80);
      expect(least(seen.map(({ metres }) => metres[metres.length - 1] ?? 0))).toBeGreaterThan(2_400);
      expect(new Set(seen.map(({ leg }) => leg.farm))).toEqual(new Set(['drawn-north']));
      expect(seen.every(({ leg }) => isNight(leg.waypoints[0].at) && isNight(legEnd(leg).at - 1))).toBe(true);
      expect(most(seen.map(({ leg }) => legEnd(leg).at - leg.waypoints[0].at))).toBeLessThan(9 * HOUR_MS);
      const inside = visits.filter(({ leg, fence }) => leg.waypoints.some((point) => fence.signedDistance(point) < -5));
      expect(inside.length / visits.length).toBeGreaterThan(0.35);
      expect(inside.length / visits.length).toBeLessThan(0.65);
    });

    it('happen once a night at most, and with the chance asked for', () => {
      for (const { legs } of always) {
        const nights = legs
          .filter(({ state }) => state === 'visit')
          .map((leg) => localDay(leg.waypoints[0].at - 5 * HOUR_MS));
        expect(new Set(nights).size).toBe(nights.length);
      }
      const rare = SEEDS.slice(0, 30).flatMap((seed) =>
        legsOf(walkerOf(seed, { farms: DRAWN_FARMS, visitChance: 0.2 }), 60),
      );
      const ratio = rare.filter(({ state }) => state === 'visit').length / visits.length;
      expect(ratio).toBeGreaterThan(0.15);
      expect(ratio).toBeLessThan(0.3);
    });

    it('do not happen at all with chance 0', () => {
      const legs = legsOf(walkerOf(1, { farms: DRAWN_FARMS, visitChance: 0 }), 60);
      expect(legs.some(({ state }) => state === 'visit')).toBe(false);
    });

    it('can be arranged: she sets out at the moment, by day too, from just outside the outermost ring', () => {
      for (const seed of SEEDS.slice(0, 40)) {
        const depart = FROM + 20 * DAY_MS + seed * 37 * 60_000;
        const walker = walkerOf(seed, {
          farms: DRAWN_FARMS,
          visitChance: 0,
          appointment: { farm: 'drawn-north', depart },
        });
        const legs = legsOf(walker, 23);
        const arranged = legs.filter(({ state }) => state === 'visit');
        expect(arranged).toHaveLength(1);
        const fence = walker.fences[0]!;
        expect(arranged[0]!.waypoints[0].at).toBe(depart);
        expect(fence.signedDistance(arranged[0]!.waypoints[0])).toBeGreaterThan(2_300);
        expect(fence.signedDistance(arranged[0]!.waypoints[0])).toBeLessThan(3_000);
        const near = arranged[0]!.waypoints.find((point) => fence.signedDistance(point) < 2_000);
        expect((near?.at ?? Infinity) - depart).toBeLessThan(HOUR_MS);
      }
    });
  });
});
