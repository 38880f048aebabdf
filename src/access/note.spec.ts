import { WITHHELD, withoutPlaces } from './note.ts';

describe('withoutPlaces', () => {
  it.each([
    'seen at 43.1012, 131.4870 by the river',
    'seen at 43,1012 131,4870',
    'N 43° 6.07′ E 131° 29.2′',
    '43°06\'04"N 131°29\'13"E',
    '43.10 / 131.48',
    'grid 52T DQ 12345 67890',
    '52TDQ1234567890',
    '702345E 4775012N',
    '702345 4775012',
    '8Q8W4F2P+9X',
    'https://maps.example/@43.1,131.4,15z',
    'geo:43.1,131.4',
  ])('withholds %p', (note) => {
    const seen = withoutPlaces(note);
    expect(seen).toContain(WITHHELD);
    expect(seen.replaceAll(WITHHELD, '')).not.toMatch(/\d{3,}|\d[.,]\d/);
  });

  it.each([
    'two deer taken, gate was open',
    'call +7 914 123-45-67 after 18:30',
    '3 of 12 dogs, 1.5 km from the gate, 400 m',
    'back on 2026-11-22',
    '',
  ])('leaves %p', (note) => {
    expect(withoutPlaces(note)).toBe(note);
  });
});
