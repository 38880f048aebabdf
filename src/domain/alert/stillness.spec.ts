import fc from 'fast-check';
import { trueOffset } from '../../../test/support/geodesy-oracle.ts';
import { anAzimuth, aPosition } from '../../../test/support/shapes.ts';
import { isActive, type StillLimits, stillnessOf, type Stop } from './stillness.ts';

const limits: StillLimits = {
  ...{ radiusM: null, leastRadiusM: 30, greatestRadiusM: 107, share: 0.8, errorCapM: 200 },
  ...{ activityNoise: 2, activityNoiseShare: 0.25 },
};
const PLACE = { lon: 131.7, lat: 43.3 };

interface Seen {
  readonly m?: number;
  readonly errorM?: number;
  readonly activity?: number;
}

/** Ten fixes at a place, but for some of them. */
function stops(differ: Readonly<Record<number, Seen>> = {}, all: Seen = {}): Stop[] {
  return Array.from({ length: 10 }, (_, i) => {
    const { m = 0, errorM = 10, activity } = { ...all, ...differ[i] };
    return { ...trueOffset(PLACE, 60, m), errorM, ...(activity !== undefined && { activity }) };
  });
}

const radius = (given: readonly Stop[]) => stillnessOf(given, limits)?.radiusM ?? null;

describe('stillnessOf', () => {
  it('is still where nothing differs', () => {
    expect(stillnessOf(stops(), limits)).toMatchObject({ radiusM: 30, share: 1, looksLike: 'still', activity: null });
  });

  it.each([
    ['the least', 10, 30],
    ['twice the error', 40, 80],
    ['the greatest', 90, 107],
  ])('has %s radius with errors of %d m: %d m', (_, errorM, radiusM) => {
    expect(radius(stops({}, { errorM }))).toBe(radiusM);
  });

  it('takes the radius that it is told', () => {
    expect(stillnessOf(stops({ 3: { m: 25 } }), { ...limits, radiusM: 20, share: 1 })).toBeNull();
    expect(stillnessOf(stops({ 3: { m: 25 } }), { ...limits, radiusM: 26, share: 1 })).toMatchObject({ radiusM: 26 });
  });

  it('suffers two single fixes of ten away, but not three', () => {
    expect(stillnessOf(stops({ 2: { m: 60 }, 4: { m: 60 } }), limits)).toMatchObject({
      share: 0.8,
      looksLike: 'still',
    });
    expect(stillnessOf(stops({ 2: { m: 60 }, 4: { m: 60 }, 6: { m: 60 } }), limits)).toBeNull();
  });

  it('takes two fixes in a row that are away by more than their errors for a move', () => {
    expect(stillnessOf(stops({ 2: { m: 45 }, 3: { m: 45 } }), limits)).toBeNull();
    expect(stillnessOf(stops({ 2: { m: 39 }, 3: { m: 39 } }), limits)).not.toBeNull();
  });

  it('grants a poor fix twice its own error', () => {
    const poor = { m: 78, errorM: 40 };
    expect(stillnessOf(stops({ 2: poor, 4: poor, 6: poor }), limits)).toMatchObject({ share: 1 });
  });

  it('is not sure of one whose fix is farther off than errors reach, and does not believe two', () => {
    expect(stillnessOf(stops({ 5: { m: 900 } }), limits)).toMatchObject({ share: 0.9, looksLike: 'unsure' });
    expect(stillnessOf(stops({ 5: { m: 900 }, 7: { m: 900 } }), limits)).toBeNull();
  });

  it('begins and ends where it lies', () => {
    expect(stillnessOf(stops({ 0: { m: 60 } }), limits)).toBeNull();
    expect(stillnessOf(stops({ 9: { m: 60 } }), limits)).toBeNull();
  });

  it.each<[string, Record<number, Seen>, number]>([
    ['a bout', { 3: { activity: 30 }, 4: { activity: 40 } }, 0],
    ['small stirrings all the time', { 1: { activity: 3 }, 4: { activity: 3 }, 7: { activity: 4 } }, 0],
    ['a fix away beside a value', { 3: { activity: 30 }, 4: { m: 60 } }, 0],
    ['a bout over a zero that is not zero', { 3: { activity: 180 }, 4: { activity: 170 } }, 128],
  ])('hears %s', (_, differ, level) => {
    expect(stillnessOf(stops(differ, { activity: level }), limits)).toBeNull();
  });

  it.each<[string, Record<number, Seen>, number]>([
    ['one value', { 3: { activity: 90 } }, 0],
    ['noise', { 1: { activity: 2 }, 3: { activity: 1 }, 4: { activity: 2 }, 8: { activity: 1 } }, 0],
    ['noise about a zero that is not zero', { 1: { activity: 150 }, 3: { activity: 110 }, 8: { activity: 140 } }, 128],
  ])('takes %s for nothing', (_, differ, level) => {
    expect(stillnessOf(stops(differ, { activity: level }), limits)).toMatchObject({ activity: { level } });
  });

  it('does not hear a sensor that reports with fewer than half of the fixes', () => {
    const few = stops({ 1: { activity: 0 }, 2: { activity: 90 }, 3: { activity: 90 }, 4: { activity: 0 } });
    expect(stillnessOf(few, limits)).toMatchObject({ activity: null });
  });

  it('judges alike everywhere, on either side of 180° too', () => {
    fc.assert(
      fc.property(
        aPosition(80),
        fc.array(
          fc.record({
            azimuth: anAzimuth(),
            m: fc.oneof(fc.integer({ min: 0, max: 26 }), fc.integer({ min: 200, max: 500 })),
          }),
          { minLength: 5, maxLength: 12 },
        ),
        (place, seen) => {
          const at = (centre: typeof place) =>
            seen.map(({ azimuth, m }): Stop => ({ ...trueOffset(centre, azimuth, m), errorM: 10 }));
          // Far from every edge of what counts: the median of two ways of writing a place differs by centimetres.
          const [here, there] = [stillnessOf(at(place), limits), stillnessOf(at({ lon: 0, lat: place.lat }), limits)];
          expect(here?.share).toBe(there?.share);
          expect(here?.looksLike).toBe(there?.looksLike);
        },
      ),
    );
  });
});

describe('isActive', () => {
  it('is what is over the level by more than noise', () => {
    const quiet = { level: 10, noise: 3 };
    expect(
      [13, 13.1, undefined].map((activity) => isActive(activity === undefined ? {} : { activity }, quiet)),
    ).toEqual([false, true, false]);
    expect(isActive({ activity: 90 }, null)).toBe(false);
  });
});
