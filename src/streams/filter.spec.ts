import { alertsFilter, demandAnimals, demandFarms, isInBox, letsAlert, positionsFilter } from './filter.ts';

const box = (west: number, south: number, east: number, north: number) => ({ west, south, east, north });

describe('a box', () => {
  it.each([
    ['inside', 131, 43, true],
    ['on its western edge', 130, 43, true],
    ['on its north-eastern corner', 132, 44, true],
    ['west of it', 129.999, 43, false],
    ['north of it', 131, 44.001, false],
    ['on the other side of the world', -49, 43, false],
  ])('lets a position %s through: %p %p %p', (_, lon, lat, through) => {
    expect(isInBox({ lon, lat }, box(130, 42, 132, 44))).toBe(through);
  });

  it.each([
    [170, true],
    [179.9, true],
    [180, true],
    [-180, true],
    [-170, true],
    [169.9, false],
    [-169.9, false],
    [0, false],
  ])('across 180° holds longitude %p: %p', (lon, through) => {
    expect(isInBox({ lon, lat: 65 }, box(170, 60, -170, 70))).toBe(through);
  });

  it('that ends at 180° holds −180°, which is the same place', () => {
    expect(isInBox({ lon: -180, lat: 0 }, box(179, -1, 180, 1))).toBe(true);
    expect(isInBox({ lon: 180, lat: 0 }, box(-180, -1, -179, 1))).toBe(true);
  });

  it('around the whole world holds everything', () => {
    for (const lon of [-180, -90, 0, 131, 180]) expect(isInBox({ lon, lat: 90 }, box(-180, -90, 180, 90))).toBe(true);
  });
});

describe('filters', () => {
  it('have the same key when they let the same through', () => {
    const one = positionsFilter({ animals: ['narva', 'sofia', 'sofia'], bbox: [1, 2, 3, 4] });
    expect(positionsFilter({ animals: ['sofia', 'narva'], bbox: [1, 2, 3, 4] }).key).toBe(one.key);
    expect(positionsFilter({ animals: ['sofia', 'narva'] }).key).not.toBe(one.key);
    expect(positionsFilter({ animals: ['sofia'], bbox: [1, 2, 3, 4] }).key).not.toBe(one.key);
    expect(alertsFilter({ animals: ['sofia'] }).key).not.toBe(alertsFilter({ farms: ['sofia'] }).key);
  });

  it('let alerts through by animal and by farm', () => {
    const alert = { animal: 'sofia', farm: 'olenevod' };
    expect(letsAlert(alertsFilter({}), alert)).toBe(true);
    expect(letsAlert(alertsFilter({ animals: ['sofia'], farms: ['olenevod', 'other'] }), alert)).toBe(true);
    expect(letsAlert(alertsFilter({ animals: ['narva'] }), alert)).toBe(false);
    expect(letsAlert(alertsFilter({ farms: ['other'] }), alert)).toBe(false);
    expect(letsAlert(alertsFilter({ farms: ['olenevod'] }), { animal: 'sofia', farm: null })).toBe(false);
  });

  it('name what is not there', () => {
    const known = (name: string) => name === 'sofia';
    expect(() => demandAnimals({ id: 'p', animals: ['sofia'] }, known)).not.toThrow();
    expect(() => demandAnimals({ id: 'p', animals: ['sofia', 'yeti'] }, known)).toThrow(
      expect.objectContaining({ code: 'unknown-animal', id: 'p', message: expect.stringContaining("'yeti'") }),
    );
    expect(() => demandFarms({ id: 'a', farms: ['nowhere'] }, known)).toThrow(
      expect.objectContaining({ code: 'unknown-farm' }),
    );
    expect(() => demandFarms({ id: 'a' }, known)).not.toThrow();
  });
});
