import { describe, expect, it } from '@jest/globals';
import { nearestFarm } from '../../../web/geo.js';

const square = (west, south, east, north) => [
  [west, south],
  [east, south],
  [east, north],
  [west, north],
  [west, south],
];
const farm = (id, ...polygons) => ({ id, name: id, polygons });
const near = farm('near', [square(131.69, 43.29, 131.71, 43.31)]);
const far = farm('far', [square(131.2, 42.6, 131.3, 42.7)]);

describe('the nearest farm', () => {
  it('is told with its distance and bearing', () => {
    const found = nearestFarm({ lat: 43.32, lon: 131.7 }, [far, near]);
    expect(found.farm).toBe(near);
    expect(found.metres).toBeCloseTo(1_112, 0);
    expect(found.bearing).toBeCloseTo(180, 5);
    const east = nearestFarm({ lat: 43.3, lon: 131.72 }, [near]);
    expect(east.metres).toBeCloseTo(0.01 * 111_195 * Math.cos((43.3 * Math.PI) / 180), 0);
    expect(east.bearing).toBeCloseTo(270, 5);
  });

  it('is 0 m away inside, and not in a hole', () => {
    const ring = farm('ring', [square(131, 43, 132, 44), square(131.4, 43.4, 131.6, 43.6)]);
    expect(nearestFarm({ lat: 43.1, lon: 131.1 }, [ring]).metres).toBe(0);
    expect(nearestFarm({ lat: 43.5, lon: 131.5 }, [ring]).metres).toBeGreaterThan(5_000);
  });

  it('may lie across 180°, and be of several parts', () => {
    const both = farm('both', [square(179.9, 65, 180, 65.1)], [square(-180, 65, -179.9, 65.1)]);
    const found = nearestFarm({ lat: 65.05, lon: -179.89 }, [both]);
    expect(found.metres).toBeCloseTo(0.01 * 111_195 * Math.cos((65.05 * Math.PI) / 180), 0);
    expect(found.bearing).toBeCloseTo(270, 5);
  });

  it('is none where there are none', () => {
    expect(nearestFarm({ lat: 0, lon: 0 }, [])).toBeNull();
  });
});
