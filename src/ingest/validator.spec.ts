import { faultOf, faultOfAttempt, LIMITS } from './validator.ts';

const NOW = Date.UTC(2026, 10, 22);
const reading = { at: NOW, lat: 43.1, lon: 131.4 };

describe('the limits every fix must keep', () => {
  it('lets a fix at both ends of every limit through', () => {
    for (const [field, { min, max }] of Object.entries(LIMITS)) {
      expect(faultOf({ ...reading, [field]: min }, NOW)).toBeNull();
      expect(faultOf({ ...reading, [field]: max }, NOW)).toBeNull();
    }
  });

  it('names the field and the limit of a fix beyond an end', () => {
    for (const [field, { min, max }] of Object.entries(LIMITS)) {
      for (const value of [min - 1, max + Math.max(1, max * 1e-9), NaN, Infinity]) {
        const fault = faultOf({ ...reading, [field]: value }, NOW);
        expect(fault?.field).toBe(field);
        expect(fault?.expected).toContain(`from ${min} to ${max}`);
      }
    }
  });

  it('wants whole satellites', () => {
    expect(faultOf({ ...reading, satellites: 6.5 }, NOW)).toMatchObject({ field: 'satellites' });
  });

  it.each([
    ['1970', 0],
    ['before GPS', Date.UTC(1980, 0, 5)],
    ['the year 300000', 9.4e15],
    ['six years ahead', Date.UTC(2032, 10, 22)],
  ])('refuses a time of %s', (_, at) => {
    expect(faultOf({ ...reading, at }, NOW)).toMatchObject({ field: 'at' });
    expect(faultOfAttempt({ at }, NOW)).toMatchObject({ field: 'at' });
  });

  it('lets a fix of 2008 and one a year ahead through: the one is old, the other doubtful', () => {
    expect(faultOf({ ...reading, at: Date.UTC(2008, 2, 22) }, NOW)).toBeNull();
    expect(faultOf({ ...reading, at: Date.UTC(2027, 10, 22) }, NOW)).toBeNull();
  });
});
