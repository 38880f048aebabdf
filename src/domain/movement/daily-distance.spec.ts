import fc from 'fast-check';
import { evenly } from '../../../test/support/shapes.ts';
import { geodesicMetres } from '../geo/ellipsoid.ts';
import { DailyDistance } from './daily-distance.ts';
import type { Moved } from './step-pieces.ts';
import { ZoneClock } from './zone-clock.ts';

const moved = (at: string | number, lon: number, lat = 0): Moved => ({
  at: typeof at === 'number' ? at : Date.parse(at),
  lon,
  lat,
  activity: NaN,
});

function distances(zone: string, fixes: readonly Moved[]) {
  const distance = new DailyDistance(new ZoneClock(zone));
  fixes.forEach((fix, i) => distance.add(fix, fixes[i - 1] ?? null));
  return distance.result();
}

describe('DailyDistance', () => {
  it('shares a step over local midnight by time', () => {
    const track = [moved('2026-01-01T12:00:00Z', 0), moved('2026-01-01T16:00:00Z', 0.04)];
    const whole = geodesicMetres(track[0]!, track[1]!);
    const { days, metres } = distances('Asia/Vladivostok', track);
    expect(days.map(({ date, fixes, longestGapS }) => [date, fixes, longestGapS])).toEqual([
      ['2026-01-01', 1, 7_200],
      ['2026-01-02', 1, 7_200],
    ]);
    days.forEach((day) => expect(day.metres).toBeCloseTo(whole / 2, 6));
    expect(metres).toBeCloseTo(whole, 6);
  });

  it('gives a step of more than a day to no day, and tells the days without a fix', () => {
    const track = [
      moved('2026-01-01T12:00:00Z', 0),
      moved('2026-01-03T13:00:00Z', 1),
      moved('2026-01-03T14:00:00Z', 1),
    ];
    expect(distances('UTC', track)).toEqual({
      days: [
        { date: '2026-01-01', fixes: 1, metres: null, longestGapS: 43_200 },
        { date: '2026-01-02', fixes: 0, metres: null, longestGapS: 86_400 },
        { date: '2026-01-03', fixes: 2, metres: 0, longestGapS: 46_800 },
      ],
      metres: 0,
      gapMetres: geodesicMetres(track[0]!, track[1]!),
      gaps: 1,
    });
  });

  it('tells of a gap of years its ends only', () => {
    const { days } = distances('UTC', [moved(0, 0), moved('2026-01-03T13:00:00Z', 1)]);
    expect(days.map(({ date, longestGapS }) => [date, longestGapS])).toEqual([
      ['1970-01-01', 86_400],
      ['2026-01-03', 46_800],
    ]);
  });

  it('adds up to the length of any track without long gaps, in any zone', () => {
    const step = fc.record({ hours: evenly(0.01, 24), lon: evenly(-0.1, 0.1), lat: evenly(-0.1, 0.1) });
    const zone = fc.constantFrom('UTC', 'Asia/Vladivostok', 'Asia/Kathmandu', 'America/St_Johns');
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), zone, (steps, name) => {
        let at = Date.parse('2026-03-01T00:00:00Z');
        const track = [moved(at, 131, 43)];
        for (const { hours, lon, lat } of steps) {
          at += Math.round(hours * 3_600_000);
          const last = track.at(-1)!;
          track.push(moved(at, last.lon + lon, last.lat + lat));
        }
        const length = track.reduce((sum, fix, i) => sum + (i === 0 ? 0 : geodesicMetres(track[i - 1]!, fix)), 0);
        const { days, metres, gaps } = distances(name, track);
        expect(gaps).toBe(0);
        expect(Math.abs(metres - length)).toBeLessThan(1e-6 * length + 1e-6);
        expect(days.reduce((sum, { fixes }) => sum + fixes, 0)).toBe(track.length);
        expect(days.every(({ longestGapS }) => longestGapS >= 0 && longestGapS <= 90_000)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});
