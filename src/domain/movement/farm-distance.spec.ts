import fc from 'fast-check';
import { aFarmShape, evenly } from '../../../test/support/shapes.ts';
import { prepareBoundary } from '../geo/boundary.ts';
import { distanceMetres } from '../geo/distance.ts';
import { leastDistanceOnPath } from '../geo/path.ts';
import { FARM_REACH_M, FarmDistance, MOST_FARMS } from './farm-distance.ts';
import type { Moved } from './step-pieces.ts';
import { ZoneClock } from './zone-clock.ts';

const HOUR = 3_600_000;
const square = (lon: number, lat: number, side = 0.01) =>
  prepareBoundary({
    type: 'Polygon',
    coordinates: [
      [
        [lon, lat],
        [lon + side, lat],
        [lon + side, lat + side],
        [lon, lat + side],
        [lon, lat],
      ],
    ],
  });

function nearest(zone: string, farms: ConstructorParameters<typeof FarmDistance>[1], fixes: readonly Moved[]) {
  const distance = new FarmDistance(new ZoneClock(zone), farms);
  fixes.forEach((fix, i) => distance.add(fix, fixes[i - 1] ?? null));
  return distance.result();
}
const moved = (at: number, lon: number, lat: number): Moved => ({ at, lon, lat, activity: NaN });

describe('FarmDistance', () => {
  const noon = Date.parse('2026-01-01T12:00:00Z');

  it('tells the least of each day by fix and by path, on the day on which it was', () => {
    const farm = { id: 'olenevod', name: 'Olenevod', boundary: square(131, 43) };
    // Over midnight, past the farm after it: the path is nearest on the second day.
    const fixes = [moved(noon + 11 * HOUR, 130.95, 43.005), moved(noon + 15 * HOUR, 131.06, 43.005)];
    const { farms, leftOut } = nearest('UTC', [farm], fixes);
    expect(leftOut).toBe(0);
    expect(farms).toEqual([
      {
        farm: 'olenevod',
        name: 'Olenevod',
        nearest: { m: 0, at: expect.any(Number), between: true },
        days: [
          { date: '2026-01-01', m: distanceMetres(fixes[0]!, farm.boundary), at: fixes[0]!.at, between: false },
          { date: '2026-01-02', m: 0, at: expect.any(Number), between: true },
        ],
      },
    ]);
    const [, second] = farms[0]!.days;
    expect(new Date(second!.at).toISOString().slice(0, 13)).toBe('2026-01-02T00');
  });

  it('draws no path over more than six hours', () => {
    const farm = { id: 'a', name: 'A', boundary: square(131, 43) };
    const fixes = [moved(noon, 130.95, 43.005), moved(noon + 6 * HOUR + 1, 131.06, 43.005)];
    expect(nearest('UTC', [farm], fixes).farms[0]!.nearest.m).toBeGreaterThan(4_000);
  });

  it('leaves out farms beyond its reach, and all but the nearest', () => {
    const farms = Array.from({ length: MOST_FARMS + 3 }, (_, i) => ({
      id: `farm-${i}`,
      name: '',
      boundary: square(131 + 0.02 * (i + 1), 43),
    }));
    farms.push({ id: 'far', name: '', boundary: square(135, 43) });
    const told = nearest('UTC', farms, [moved(noon, 131, 43)]);
    expect(told.leftOut).toBe(3);
    expect(told.farms.map(({ farm }) => farm)).toEqual(Array.from({ length: MOST_FARMS }, (_, i) => `farm-${i}`));
  });

  it('misses nothing that looking at every fix and path would find', () => {
    const track = fc.array(fc.record({ lon: evenly(-0.3, 0.3), lat: evenly(-0.3, 0.3), hours: evenly(0.1, 8) }), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(aFarmShape(20_000), track, ({ geometry, centre }, steps) => {
        const boundary = prepareBoundary(geometry);
        let at = noon;
        const fixes = steps.map(({ lon, lat, hours }) =>
          moved((at += Math.round(hours * HOUR)), centre.lon + lon, Math.max(-80, Math.min(80, centre.lat + lat))),
        );
        let least = Infinity;
        fixes.forEach((fix, i) => {
          const before = fixes[i - 1];
          least = Math.min(least, distanceMetres(fix, boundary));
          if (before && fix.at - before.at <= 6 * HOUR)
            least = Math.min(least, leastDistanceOnPath(before, fix, boundary).m);
        });
        const { farms } = nearest('Asia/Vladivostok', [{ id: 'f', name: '', boundary }], fixes);
        if (least >= FARM_REACH_M) expect(farms).toEqual([]);
        else expect(Math.abs(farms[0]!.nearest.m - least)).toBeLessThan(0.01);
      }),
      { numRuns: 150 },
    );
  });
});
