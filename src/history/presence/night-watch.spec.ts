import fc from 'fast-check';
import type { Polygon } from 'geojson';
import { aFarm, FARM_AT, northOfFarm } from '../../../test/factories/reserve.ts';
import { aBlock } from '../../../test/factories/track-parts.ts';
import { evenly } from '../../../test/support/shapes.ts';
import type { Position } from '../../domain/fix.ts';
import { prepareBoundary } from '../../domain/geo/boundary.ts';
import { distanceMetres } from '../../domain/geo/distance.ts';
import { STAMINA } from '../../domain/quality/confirm.ts';
import { LONGEST_PATH_MS, NightWatch } from './night-watch.ts';
import { positionOnPath } from './position-on-path.ts';

const boundary = prepareBoundary(aFarm().geometry as Polygon);
const farm = { boundary, nearM: 2_000, closeM: 500 };
const HOUR = 3_600_000;
/** Nights from 20:00 to 06:00, hours from the first midnight. */
const NIGHTS = [0, 1, 2].map((day) => ({
  date: `2026-05-0${day + 1}`,
  from: (day * 24 + 20) * HOUR,
  to: (day * 24 + 30) * HOUR,
}));

type Fix = readonly [hour: number, place: Position];
const north = (metres: number): Position => northOfFarm(metres);
const far = north(30_000);

function watch(fixes: readonly Fix[], nights = NIGHTS) {
  const nightWatch = new NightWatch(nights, farm, STAMINA);
  const rows = fixes.map(([hour, place]) => ({ at: hour * HOUR, ...place, doubts: 0, sensors: {} }));
  // Wherever blocks end.
  for (let i = 0; i < rows.length; i += 3) nightWatch.add(aBlock(rows.slice(i, i + 3)));
  return nightWatch.end();
}

/** Fixes every hour, far away but for some. */
const hourly = (near: Readonly<Record<number, Position>>): Fix[] =>
  Array.from({ length: 80 }, (_, hour): Fix => [hour, near[hour] ?? far]);
const rings = (evidence: ReturnType<typeof watch>) =>
  evidence.map(({ rings: { near, close, inside } }) => [near, close, inside].join(' '));

describe('NightWatch', () => {
  it('tells who came, how near and when, and who did not', () => {
    const evidence = watch(hourly({ 22: north(1_500), 23: north(300), 46: FARM_AT, 60: FARM_AT }));
    expect(rings(evidence)).toEqual([
      'present present absent',
      'present present present',
      // At noon it was inside; at night it was not.
      'absent absent absent',
    ]);
    expect(evidence[0]!.closest).toMatchObject({ at: 23 * HOUR, between: false });
    expect(evidence[0]!.closest!.m).toBeCloseTo(300, 0);
    expect(evidence[1]!.closest).toEqual({ m: 0, at: evidence[1]!.closest!.at, between: true });
    expect(evidence.map(({ fixes }) => fixes)).toEqual([10, 10, 10]);
    expect(evidence.map(({ longestGapMs }) => longestGapMs)).toEqual([HOUR, HOUR, HOUR]);
    expect(evidence[2]!.closest).toBeNull();
  });

  it('counts the straight path between two fixes, at the time of its nearest point', () => {
    const east = { lon: FARM_AT.lon + 0.06, lat: north(800).lat };
    const west = { lon: FARM_AT.lon - 0.06, lat: north(800).lat };
    const [night] = watch(hourly({ 22: east, 23: west }));
    expect(night!.rings).toEqual({ near: 'present', close: 'absent', inside: 'absent' });
    expect(night!.closest!.between).toBe(true);
    expect(night!.closest!.m).toBeGreaterThan(795);
    expect(night!.closest!.m).toBeLessThan(805);
    // Beside the corners of the farm it is as near as anywhere; the first of them comes a little before the middle.
    expect(night!.closest!.at / HOUR).toBeGreaterThan(22.4);
    expect(night!.closest!.at / HOUR).toBeLessThan(22.51);
  });

  it('takes of a path only what lies in the night', () => {
    const out = north(20_000);
    // Inside until half past seven in the evening, then away: at nightfall it is on its way, a third of it done.
    const [night] = watch([
      [12, FARM_AT],
      [19.5, FARM_AT],
      [21, north(3_000)],
      [23, out],
      [28, out],
      [31, out],
    ]);
    expect(night!.rings).toEqual({ near: 'present', close: 'absent', inside: 'absent' });
    expect(night!.closest).toMatchObject({ at: 20 * HOUR, between: true });
    const [dx, dy] = [20 - 19.5, 21 - 19.5];
    const there = positionOnPath(FARM_AT, north(3_000), dx / dy);
    expect(night!.closest!.m).toBeCloseTo(distanceMetres(there, boundary), 6);
  });

  it('does not know of a gap in which it could have come', () => {
    const [short, long, longFar] = [
      watch([
        [19, north(3_000)],
        [25, north(3_000)],
        [31, north(3_000)],
      ]),
      watch([
        [19, north(3_000)],
        [24, north(3_000)],
        [31, north(3_000)],
      ]),
      watch([
        [19, north(60_000)],
        [31, north(60_000)],
      ]),
    ].map((evidence) => evidence[0]!);
    expect(short!.rings).toEqual({ near: 'absent', close: 'absent', inside: 'absent' });
    expect(long!.rings).toEqual({ near: 'unknown', close: 'unknown', inside: 'unknown' });
    // 12 h × 8 km/h + 1.5 km is less than there and back.
    expect(longFar!.rings).toEqual({ near: 'absent', close: 'absent', inside: 'absent' });
    expect(longFar).toMatchObject({ fixes: 0, longestGapMs: 10 * HOUR });
  });

  it('may know of a ring what it does not know of the ring around it', () => {
    // In 7 h it gets 57.5 km: nearer than (30 + 30 − 57.5) / 2 = 1.25 km it cannot have come, so close not, near perhaps.
    const [night] = watch([
      [19, north(30_000)],
      [26, north(30_000)],
      [31, north(30_000)],
    ]);
    expect(night!.rings).toEqual({ near: 'unknown', close: 'absent', inside: 'absent' });
  });

  it('knows nothing without a fix, before the first and after the last', () => {
    expect(rings(watch([]))).toEqual(Array(3).fill('unknown unknown unknown'));
    expect(watch([]).map(({ longestGapMs, fixes }) => [longestGapMs, fixes])).toEqual(Array(3).fill([10 * HOUR, 0]));
    const [before, during, after] = watch(hourly({}).filter(([hour]) => hour >= 40 && hour <= 70));
    expect([before!.rings.near, during!.rings.near, after!.rings.near]).toEqual(['unknown', 'absent', 'unknown']);
    expect(after).toMatchObject({ fixes: 3, longestGapMs: 8 * HOUR });
  });

  it('is present in a ring however much data is missing besides', () => {
    const [night] = watch([[22, north(1_000)]]);
    expect(night!.rings).toEqual({ near: 'present', close: 'unknown', inside: 'unknown' });
  });

  it('finds the nearest of all moments, as looking at each minute does', () => {
    const aFix = fc.record({
      later: fc.oneof(evenly(0.5, 2), evenly(0.5, 9)),
      metres: evenly(-1_500, 4_000),
      east: evenly(-0.05, 0.05),
    });
    fc.assert(
      fc.property(fc.array(aFix, { minLength: 1, maxLength: 12 }), (steps) => {
        let hour = 15;
        const fixes = steps.map(({ later, metres, east }): Fix => {
          hour += later;
          return [Math.round(hour * HOUR) / HOUR, { lon: FARM_AT.lon + east, lat: north(metres).lat }];
        });
        for (const [index, night] of watch(fixes).entries()) {
          const { from, to } = NIGHTS[index]!;
          let least = Infinity;
          const look = (at: number, place: Position) => {
            if (at >= from && at < to) least = Math.min(least, distanceMetres(place, boundary));
          };
          for (const [i, [at, place]] of fixes.entries()) {
            look(at * HOUR, place);
            const [before, start] = fixes[i - 1] ?? [at, place];
            if ((at - before) * HOUR > LONGEST_PATH_MS) continue;
            for (let t = before * HOUR; t < at * HOUR; t += 60_000)
              look(t, positionOnPath(start, place, (t / HOUR - before) / (at - before)));
          }
          const isNear = least <= farm.nearM;
          if (isNear) expect(night.closest!.m).toBeLessThanOrEqual(least + 0.1);
          // Between two looks it may come nearer, by no more than it goes: 14 km in half an hour at most.
          if (night.closest !== null) expect(night.closest.m).toBeGreaterThanOrEqual(least - 500);
          expect(night.rings.near === 'present').toBe(night.closest !== null);
        }
      }),
    );
  });
});
