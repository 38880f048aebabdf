import { movebankPositions } from '../../../test/support/movebank-positions.ts';
import { describeWithRealData } from '../../../test/support/real-data.ts';
import { geodesicMetres } from '../geo/ellipsoid.ts';
import { type Moved, piecesOf, placeAt } from './step-pieces.ts';
import { sunAltitude } from './sun.ts';
import { SunActivity } from './sun-activity.ts';
import { ZoneClock } from './zone-clock.ts';

const HOUR = 3_600_000;

function activityOf(zone: string, fixes: readonly Moved[]) {
  const activity = new SunActivity(new ZoneClock(zone));
  fixes.forEach((fix, i) => activity.add(fix, fixes[i - 1] ?? null));
  return activity.result();
}

describe('SunActivity', () => {
  /** On the equator at the equinox: the sun is up from six to six, local solar time. */
  const night = Date.parse('2026-03-20T00:00:00Z');

  it('tells night from day by metres per hour, whatever their length', () => {
    // An hourly fix; 1,000 units of longitude an hour at night, 500 by day, for three days.
    const fixes: Moved[] = [];
    let lon = 0;
    for (let hour = 0; hour <= 72; hour++) {
      const local = hour % 24;
      fixes.push({ at: night + hour * HOUR, lon, lat: 0, activity: local >= 6 && local < 18 ? 10 : 30 });
      lon += local >= 6 && local < 18 ? 0.005 : 0.01;
    }
    const { phases, nightToDay, nightShare, byHour } = activityOf('UTC', fixes);
    expect(phases.day.hours + phases.night.hours + phases.twilight.hours).toBeCloseTo(72, 9);
    // Sunrise is when the upper edge comes up: the day is some minutes longer than the night.
    expect(Math.abs(phases.day.hours - 36.75)).toBeLessThan(0.5);
    expect(nightToDay).toBeGreaterThan(1.9);
    expect(nightToDay).toBeLessThanOrEqual(2);
    expect(nightShare).toBeGreaterThan(0.6);
    expect(byHour.map(({ hour }) => hour)).toEqual(Array.from({ length: 24 }, (_, i) => i));
    expect(byHour[12]!.hours).toEqual({ day: 3, twilight: 0, night: 0 });
    expect(byHour[12]!.metresPerHour! / byHour[0]!.metresPerHour!).toBeCloseTo(0.5, 6);
    expect(byHour[12]!.activity).toBe(10);
    expect(phases.night.activity).toBe(30);
    expect(phases.day.shareOfMetres! + phases.night.shareOfMetres! + phases.twilight.shareOfMetres!).toBeCloseTo(1, 9);
  });

  it('counts nothing of what lies between fixes more than six hours apart', () => {
    const fix = (at: number, lon: number): Moved => ({ at, lon, lat: 0, activity: NaN });
    expect(activityOf('UTC', [fix(night, 0), fix(night + 6 * HOUR + 1, 1)])).toMatchObject({
      phases: { day: { hours: 0, metres: 0, metresPerHour: null, shareOfHours: null, activity: null } },
      nightToDay: null,
      nightShare: null,
    });
    expect(activityOf('UTC', [fix(night, 0), fix(night + 6 * HOUR, 1)]).phases.night.hours).toBeGreaterThan(5);
  });
});

describeWithRealData('movebank-elephants-wall2014', (folder) => {
  /*
   * Ecoscope, an analysis library of the Wildlife Dynamics group, says in its tests (tests/test_astronomy.py, test_nightday_ratio) of these very
   * tracks by how much they move more at night: Habiba 0.4546939436509577, Salif Keita 2.0114194855402805. That is the mean over days of the
   * metres at night by those of the day, night being when the middle of the sun is below the horizon. Here it is told by our pieces and our sun; days
   * begin at solar midnight, and its at UTC's, hence the tolerance.
   */
  it.each([
    ['Habiba', 0.4546939436509577],
    ['Salif Keita', 2.0114194855402805],
  ])('moves as much by night as Ecoscope says: %s', (name, published) => {
    const track = movebankPositions(folder, 'elephants.csv.gz', name);
    const days = new Map<number, { night: number; day: number }>();
    track.forEach((fix, i) => {
      const before = track[i - 1];
      if (!before) return;
      const from = { ...before, activity: NaN };
      const to = { ...fix, activity: NaN };
      const metres = geodesicMetres(from, to);
      for (const piece of piecesOf(from.at, to.at)) {
        const middle = (piece.from + piece.to) / 2;
        const solarDay = Math.floor((middle + (from.lon / 15) * HOUR) / (24 * HOUR));
        const sums = days.get(solarDay) ?? { night: 0, day: 0 };
        sums[sunAltitude(middle, placeAt(from, to, middle)) < 0 ? 'night' : 'day'] += metres * piece.share;
        days.set(solarDay, sums);
      }
    });
    const ratios = [...days.values()].filter(({ day }) => day > 0).map(({ night, day }) => night / day);
    const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
    expect(Math.abs(mean / published - 1)).toBeLessThan(0.015);
  });
});
