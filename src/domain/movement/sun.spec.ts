import { phaseAt, sunAltitude } from './sun.ts';

describe('the sun', () => {
  const at = (text: string) => Date.parse(text);

  // Facts of almanacs: at noon on the day of a solstice the sun stands 23.44° from the equator, at an equinox over it.
  it.each([
    ['the tropic of Cancer at the June solstice of 2024', '2024-06-20T12:01:45Z', 0, 23.44, 90],
    ['60° north at the June solstice', '2024-06-20T12:01:45Z', 0, 60, 53.44],
    ['the North Pole at the June solstice', '2024-06-20T20:51:00Z', 0, 89.999, 23.44],
    ['60° north at the December solstice', '2024-12-21T11:58:10Z', 0, 60, 6.56],
    ['the equator at the March equinox', '2024-03-20T12:07:30Z', 0, 0, 89.85],
  ])('stands over %s as high as almanacs say', (_, moment, lon, lat, altitude) => {
    // With refraction it is 0.13° higher at 6.56°.
    expect(Math.abs(sunAltitude(at(moment), { lon, lat }) - altitude)).toBeLessThan(
      lat === 60 && altitude < 7 ? 0.16 : 0.06,
    );
  });

  // The equations of NOAA's solar calculator (gml.noaa.gov/grad/solcalc), worked out apart in Python: declination and equation of time
  // by the century, hour angle, sin h = sin φ sin δ + cos φ cos δ cos H; without refraction.
  it.each([
    ['2026-01-15T22:00:00Z', 131.5, 43.1, -7.86],
    ['2026-01-15T09:00:00Z', 131.5, 43.1, -10.17],
    ['2009-02-14T11:30:00Z', -73.9, 42.5, -5.01],
    ['2010-08-30T03:20:00Z', 37.6, 0.57, -2.47],
    ['2026-06-21T15:00:00Z', 131.5, 43.1, -23.36],
  ])('is where NOAA’s equations have it at %s, %d, %d', (moment, lon, lat, altitude) => {
    expect(Math.abs(sunAltitude(at(moment), { lon, lat }) - altitude)).toBeLessThan(0.02);
  });

  it('rises and sets over Vladivostok when NOAA’s equations say, to 20 s', () => {
    const place = { lon: 131.89, lat: 43.12 };
    const crossings: [number, string][] = [];
    const midnight = at('2026-06-20T14:00:00Z');
    for (let moment = midnight, was = 'night'; moment < midnight + 86_400_000; moment += 10_000) {
      const phase = phaseAt(moment, place);
      if (phase !== was) crossings.push([moment, phase]);
      was = phase;
    }
    const expected = [
      ['04:57:20', 'twilight'],
      ['05:33:00', 'day'],
      ['20:55:40', 'twilight'],
      ['21:31:10', 'night'],
    ] as const;
    expect(crossings.map(([, phase]) => phase)).toEqual(expected.map(([, phase]) => phase));
    crossings.forEach(([moment], i) => {
      expect(Math.abs(moment - at(`2026-06-21T${expected[i]![0]}+10:00`))).toBeLessThanOrEqual(20_000);
    });
  });

  it('does not set at midsummer nor rise at midwinter beyond the polar circle', () => {
    const place = { lon: 25, lat: 71 };
    const all = (day: string) => Array.from({ length: 48 }, (_, i) => phaseAt(at(day) + i * 1_800_000, place));
    expect(new Set(all('2026-06-21T00:00:00Z'))).toEqual(new Set(['day']));
    expect(new Set(all('2026-12-21T00:00:00Z'))).toEqual(new Set(['twilight', 'night']));
  });
});
