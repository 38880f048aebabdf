import fc from 'fast-check';
import { trueOffset } from '../../test/support/geodesy-oracle.ts';
import { aDistance, aFarmShape, anAzimuth } from '../../test/support/shapes.ts';
import type { Farm } from '../domain/farm.ts';
import type { Position } from '../domain/fix.ts';
import { leastDistanceOnPath } from '../domain/geo/path.ts';
import rule from '../rules/farm-proximity.ts';
import type { GuardedFarm } from '../rules/rule.ts';
import { Places } from './places.ts';
import { ActiveRule, inDefault } from './rule-book.ts';

const active = new ActiveRule(rule, inDefault(rule));

/** Farms as the rule about visits finds them. */
class Farms {
  private readonly places: Places;

  constructor(
    farms: readonly Farm[],
    private readonly rule = active,
  ) {
    this.places = new Places(farms, [], [active, rule]);
  }

  near(from: Position | null, to: Position) {
    return this.places.near(this.rule, from, to) as readonly GuardedFarm[];
  }

  byId(id: string) {
    return this.places.byId('farm', id) as GuardedFarm | undefined;
  }

  nearest(position: Position, withinM: number) {
    return this.places.nearestFarm(position, withinM);
  }
}

const aFarm = (id: string, lon: number, lat: number, nearM = 2_000): Farm => ({
  id,
  name: id,
  nearM,
  closeM: 500,
  boundary: {
    type: 'Polygon',
    coordinates: [
      [
        [lon, lat],
        [lon + 0.01, lat],
        [lon + 0.01, lat + 0.01],
        [lon, lat + 0.01],
        [lon, lat],
      ],
    ],
  },
});

const ids = (farms: readonly Farm[]) => farms.map(({ id }) => id).sort();

describe('Places', () => {
  it('finds what a move comes near, and farms by their id', () => {
    const farms = new Farms([aFarm('c', 131.2, 43), aFarm('b', 131.1, 43), aFarm('a', 131, 43)]);
    expect(ids(farms.near(null, { lon: 131.005, lat: 43.005 }))).toEqual(['a']);
    expect(ids(farms.near({ lon: 131, lat: 43.02 }, { lon: 131.2, lat: 43.02 }))).toEqual(['a', 'b', 'c']);
    expect(farms.near(null, { lon: 131.05, lat: 43.2 })).toEqual([]);
    expect(farms.byId('b')).toMatchObject({ id: 'b', shape: expect.anything() });
    expect(farms.byId('z')).toBeUndefined();
  });

  it('has nothing to find without farms', () => {
    const farms = new Farms([]);
    expect(farms.near(null, { lon: 131, lat: 43 })).toEqual([]);
    expect(farms.byId('a')).toBeUndefined();
  });

  it('finds for each rule what it reaches', () => {
    const farther = new ActiveRule({ ...rule, name: 'farther', reachM: () => 50_000 }, inDefault(rule));
    const far = { lon: 131.5, lat: 43 };
    expect(new Farms([aFarm('a', 131, 43)]).near(null, far)).toEqual([]);
    expect(new Farms([aFarm('a', 131, 43)], farther).near(null, far)).toHaveLength(1);
  });

  it('finds nothing for a rule that is off', () => {
    const off = new ActiveRule(rule, { ...inDefault(rule), enabled: false });
    expect(new Farms([aFarm('a', 131, 43)], off).near(null, { lon: 131, lat: 43 })).toEqual([]);
  });

  it('knows the nearest farm within a distance', () => {
    const farms = new Farms([aFarm('a', 131, 43), aFarm('b', 131.3, 43)]);
    const between = { lon: 131.1, lat: 43 };
    expect(farms.nearest(between, 5_000)).toBeNull();
    expect(farms.nearest(between, 50_000)).toMatchObject({ farm: { id: 'a' } });
    expect(farms.nearest(between, 50_000)!.m).toBeCloseTo(7_327, -2);
    expect(farms.nearest({ lon: 131.005, lat: 43.005 }, 100)).toMatchObject({ farm: { id: 'a' }, m: 0 });
  });

  it('tells each farm once where farm and move cross 180°', () => {
    const farms = new Farms([aFarm('east', -179.995, 65), aFarm('west', 179.98, 65)]);
    expect(ids(farms.near({ lon: 179.97, lat: 65 }, { lon: -179.97, lat: 65 }))).toEqual(['east', 'west']);
    for (const lon of [180, -180]) expect(ids(farms.near(null, { lon, lat: 65 }))).toEqual(['east', 'west']);
  });

  it('misses no farm that a path comes within the reach of', () => {
    fc.assert(
      fc.property(
        aFarmShape(20_000),
        fc.tuple(anAzimuth(), aDistance(60_000)),
        fc.tuple(anAzimuth(), aDistance(60_000)),
        fc.constantFrom(10, 2_000, 20_000),
        ({ geometry, centre }, [azimuth, metres], [otherAzimuth, otherMetres], nearM) => {
          const [from, to] = [trueOffset(centre, azimuth, metres), trueOffset(centre, otherAzimuth, otherMetres)];
          const farms = new Farms([{ id: 'a', name: 'A', nearM, closeM: 5, boundary: geometry }]);
          const { m } = leastDistanceOnPath(from, to, farms.byId('a')!.shape);
          if (m <= nearM) expect(ids(farms.near(from, to))).toEqual(['a']);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('finds among 10,000 farms what a look at each of them finds', () => {
    const many = Array.from({ length: 10_000 }, (_, i) =>
      aFarm(`f${i}`, 131 + (i % 100) / 20, 43 + Math.floor(i / 100) / 20),
    );
    const farms = new Farms(many);
    const to = { lon: 133.02, lat: 45.52 };
    const within = many.filter(({ id }) => leastDistanceOnPath(to, to, farms.byId(id)!.shape).m <= 2_000);
    expect(within.length).toBeGreaterThan(0);
    expect(ids(farms.near(to, to))).toEqual(expect.arrayContaining(ids(within)));
    expect(farms.near(to, to).length).toBeLessThan(10);
  });
});
