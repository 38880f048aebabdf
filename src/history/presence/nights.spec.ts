import fc from 'fast-check';
import { evenly } from '../../../test/support/shapes.ts';
import { DAY_MS, dateText, ZoneClock } from '../../domain/movement/zone-clock.ts';
import { monthOf, nightsOf } from './nights.ts';

const iso = (at: number) => new Date(at).toISOString();

describe('nightsOf', () => {
  // Sunset and the next sunrise by the formulas of NOAA's solar calculator, computed apart from this code.
  it.each([
    ['2026-05-01', 'Asia/Vladivostok', 43.3, 131.7, '2026-05-01T10:14:21Z', '2026-05-01T20:05:42Z'],
    ['2026-05-31', 'Asia/Vladivostok', 43.3, 131.7, '2026-05-31T10:45:33Z', '2026-05-31T19:36:04Z'],
    ['2026-03-28', 'Europe/London', 51.5, -0.1, '2026-03-28T18:26:54Z', '2026-03-29T05:42:44Z'],
    ['2026-10-24', 'Europe/London', 51.5, -0.1, '2026-10-24T16:48:36Z', '2026-10-25T06:41:27Z'],
    ['2026-01-20', 'Europe/Oslo', 69.65, 18.96, '2026-01-20T12:15:11Z', '2026-01-21T09:28:45Z'],
    ['2026-06-21', 'Pacific/Auckland', -43.5, 172.6, '2026-06-21T04:59:39Z', '2026-06-21T20:03:12Z'],
    // Sunset in Tonga’s calendar, which is a day ahead of the one just across 180°.
    ['2026-03-21', 'Pacific/Tongatapu', 0, -180, '2026-03-20T06:10:32Z', '2026-03-20T18:03:44Z'],
  ])('knows the night of %s in %s', (date, zone, lat, lon, from, to) => {
    const night = nightsOf(date.slice(0, 7), new ZoneClock(zone), { lon, lat }).find((one) => one.date === date)!;
    const dayOff = zone === 'Pacific/Tongatapu' ? DAY_MS : 0;
    expect(Math.abs(night.from - Date.parse(from) - dayOff)).toBeLessThan(120_000);
    expect(Math.abs(night.to - Date.parse(to) - dayOff)).toBeLessThan(120_000);
  });

  it.each(['2026-03', '2026-10'])('has a night for each date of %s, in which clocks are changed', (month) => {
    const clock = new ZoneClock('Europe/London');
    const nights = nightsOf(month, clock, { lon: -0.1, lat: 51.5 });
    expect(nights.map(({ date }) => date)).toEqual(
      Array.from({ length: 31 }, (_, i) => `${month}-${String(i + 1).padStart(2, '0')}`),
    );
    const { from, to } = monthOf(month, clock);
    expect((to - from) / 3_600_000).toBe(month === '2026-03' ? 31 * 24 - 1 : 31 * 24 + 1);
  });

  it('dates a night by the zone that is given, not by the place', () => {
    const vladivostok = { lon: 131.7, lat: 43.3 };
    const [first] = nightsOf('2026-05', new ZoneClock('Pacific/Honolulu'), vladivostok);
    // Ten in the morning UTC of May 1 is midnight in Honolulu, so the sunset at a quarter past belongs to May 1 there too.
    expect(first).toMatchObject({ date: '2026-05-01' });
    expect(iso(first!.from).slice(0, 10)).toBe('2026-05-01');
    const [inNome] = nightsOf('2026-05', new ZoneClock('Pacific/Midway'), vladivostok);
    expect(iso(inNome!.from).slice(0, 10)).toBe('2026-05-02');
  });

  it('has no night where the sun does not set', () => {
    expect(nightsOf('2026-06', new ZoneClock('Europe/Oslo'), { lon: 25, lat: 70 })).toEqual([]);
  });

  it('has nights from noon to noon where the sun does not rise', () => {
    const nights = nightsOf('2026-12', new ZoneClock('Europe/Oslo'), { lon: 25, lat: 70 });
    expect(nights).toHaveLength(31);
    for (const [index, { from, to }] of nights.entries()) {
      expect(Math.abs(to - from - DAY_MS)).toBeLessThanOrEqual(60_000);
      if (index > 0) expect(from).toBe(nights[index - 1]!.to);
    }
  });

  it('is in order, never overlaps, and begins on its date, wherever and whenever', () => {
    const zones = [
      'UTC',
      'Asia/Vladivostok',
      'America/St_Johns',
      'Pacific/Apia',
      'Africa/Cairo',
      'Australia/Lord_Howe',
    ];
    const month = fc
      .tuple(fc.integer({ min: 1970, max: 2099 }), fc.integer({ min: 1, max: 12 }))
      .map(([year, number]) => `${year}-${String(number).padStart(2, '0')}`);
    fc.assert(
      fc.property(month, fc.constantFrom(...zones), evenly(-180, 180), evenly(-85, 85), (name, zone, lon, lat) => {
        const clock = new ZoneClock(zone);
        const nights = nightsOf(name, clock, { lon, lat });
        expect(nights.length).toBeLessThanOrEqual(32);
        if (Math.abs(lat) < 60) expect(nights.length).toBeGreaterThanOrEqual(27);
        for (const [index, { date, from, to }] of nights.entries()) {
          expect(from).toBeLessThan(to);
          expect(to - from).toBeLessThanOrEqual(DAY_MS + 120_000);
          expect(dateText(clock.dayOf(from))).toBe(date);
          expect(date.slice(0, 7)).toBe(name);
          if (index > 0) expect(from).toBeGreaterThanOrEqual(nights[index - 1]!.to);
        }
      }),
    );
  });
});
