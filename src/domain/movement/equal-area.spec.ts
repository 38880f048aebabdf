import fc from 'fast-check';
import { evenly } from '../../../test/support/shapes.ts';
import { geodesicMetres, shortWay } from '../geo/ellipsoid.ts';
import { EqualArea } from './equal-area.ts';

describe('EqualArea', () => {
  const project = (projection: EqualArea, lon: number, lat: number): [number, number] => {
    const into = new Float64Array(2);
    projection.project(lon, lat, into, 0);
    return [into[0]!, into[1]!];
  };

  it('gives the numbers of Snyder’s worked example, on WGS84', () => {
    // J. P. Snyder 1987, p. 333: 40° N 100° W, point 30° N 110° W; there for Clarke 1866 (−965,932.1 and −1,056,814.9), here by the same
    // formulas in Python for WGS84.
    const [x, y] = project(new EqualArea({ lon: -100, lat: 40 }), -110, 30);
    expect(x).toBeCloseTo(-965914.62, 1);
    expect(y).toBeCloseTo(-1056842.3, 1);
  });

  it('comes back to where it went out from', () => {
    fc.assert(
      fc.property(evenly(-180, 179.99), evenly(-85, 85), evenly(-5, 5), evenly(-4, 4), (lon, lat, dLon, dLat) => {
        const projection = new EqualArea({ lon, lat });
        const place = { lon: shortWay(lon + dLon), lat: lat + dLat };
        const back = projection.position(...project(projection, place.lon, place.lat));
        expect(Math.abs(shortWay(back.lon - place.lon))).toBeLessThan(2e-7);
        expect(Math.abs(back.lat - place.lat)).toBeLessThan(2e-7);
      }),
    );
  });

  it('keeps areas, and distances near its centre', () => {
    fc.assert(
      fc.property(evenly(-180, 179.99), evenly(-75, 75), evenly(-1, 1), evenly(-1, 1), (lon, lat, dLon, dLat) => {
        const projection = new EqualArea({ lon, lat });
        const [west, south] = [shortWay(lon + dLon), lat + dLat];
        const step = 0.01;
        // A small quadrangle: its true area by the sphere of the same curvature is the product of its sides.
        const a = project(projection, west, south);
        const b = project(projection, shortWay(west + step), south);
        const d = project(projection, west, south + step);
        const c = project(projection, shortWay(west + step), south + step);
        const area = Math.abs((c[0] - a[0]) * (d[1] - b[1]) - (c[1] - a[1]) * (d[0] - b[0])) / 2;
        const along = (at: number) => geodesicMetres({ lon: west, lat: at }, { lon: shortWay(west + step), lat: at });
        const up = geodesicMetres({ lon: west, lat: south }, { lon: west, lat: south + step });
        const expected = (up * (along(south) + along(south + step))) / 2;
        expect(Math.abs(area / expected - 1)).toBeLessThan(2e-3);
        const away = geodesicMetres({ lon, lat }, { lon: west, lat: south });
        expect(Math.abs(Math.hypot(...a) - away)).toBeLessThanOrEqual(away * 1e-3 + 0.01);
      }),
    );
  });
});
