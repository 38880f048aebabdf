import fc from 'fast-check';
import { evenly } from '../../../test/support/shapes.ts';
import { trueMetres, trueOffset } from '../../../test/support/geodesy-oracle.ts';
import { type Encounter, EncounterSweep, type Meeting, type Sighting } from './encounters.ts';

const MINUTE = 60_000;

function swept(sightings: readonly Sighting[], meeting: Meeting): Encounter[] {
  const sweep = new EncounterSweep(meeting);
  const found = sightings.flatMap((sighting) => sweep.next(sighting));
  return sorted([...found, ...sweep.end()]);
}

function sorted(encounters: readonly Encounter[]): Encounter[] {
  const name = ({ animals, start }: Encounter) => `${animals.join(' ')} ${String(start + 1e15)}`;
  return [...encounters].sort((a, b) => (name(a) < name(b) ? -1 : 1));
}

/** Every pair held against every other, by true distances; then joined until nothing more joins. */
function slowly(sightings: readonly Sighting[], { distanceM, windowMs, gapMs }: Meeting) {
  const met: { animals: string; start: number; end: number; m: number; pairs: number }[] = [];
  for (const [i, one] of sightings.entries()) {
    for (const other of sightings.slice(i + 1)) {
      const m = trueMetres(one, other);
      if (one.animal === other.animal || Math.abs(one.at - other.at) > windowMs || m > distanceM) continue;
      const animals = [one.animal, other.animal].sort().join(' ');
      met.push({ animals, start: Math.min(one.at, other.at), end: Math.max(one.at, other.at), m, pairs: 1 });
    }
  }
  for (let joined = true; joined;) {
    joined = false;
    for (let i = 0; i < met.length && !joined; i++) {
      for (let j = i + 1; j < met.length && !joined; j++) {
        const [a, b] = [met[i]!, met[j]!];
        if (a.animals !== b.animals || b.start - a.end > gapMs || a.start - b.end > gapMs) continue;
        const [start, end] = [Math.min(a.start, b.start), Math.max(a.end, b.end)];
        met[i] = { ...a, start, end, m: Math.min(a.m, b.m), pairs: a.pairs + b.pairs };
        met.splice(j, 1);
        joined = true;
      }
    }
  }
  return met.sort((a, b) => (`${a.animals} ${a.start + 1e15}` < `${b.animals} ${b.start + 1e15}` ? -1 : 1));
}

const near = { lon: 131.7, lat: 43.3 };
const seen = (animal: string, minute: number, eastM: number): Sighting => ({
  animal,
  at: minute * MINUTE,
  ...trueOffset(near, 90, eastM),
});
const meeting: Meeting = { distanceM: 100, windowMs: 30 * MINUTE, gapMs: 360 * MINUTE };

describe('encounters', () => {
  it('are pairs of fixes near in place and in time, joined', () => {
    const found = swept(
      [seen('umka', 0, 0), seen('leo', 10, 90), seen('umka', 30, 60), seen('leo', 45, 65), seen('leo', 200, 5_000)],
      meeting,
    );
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ animals: ['leo', 'umka'], start: 0, end: 45 * MINUTE, pairs: 3 });
    expect(found[0]!.closest.m).toBeCloseTo(5, 3);
    expect(found[0]!.closest.fixes.map(({ animal, at }) => [animal, at / MINUTE])).toEqual([
      ['leo', 45],
      ['umka', 30],
    ]);
  });

  it('are two when pairs are farther apart than the gap', () => {
    const twice = [seen('a', 0, 0), seen('b', 1, 0), seen('a', 361, 0), seen('b', 362, 0)];
    expect(swept(twice, meeting).map(({ pairs }) => pairs)).toEqual([2]);
    expect(swept(twice, { ...meeting, gapMs: 359 * MINUTE }).map(({ pairs }) => pairs)).toEqual([1, 1]);
  });

  it('are none of an animal with itself, beyond the window, or beyond the distance', () => {
    expect(swept([seen('a', 0, 0), seen('a', 1, 0)], meeting)).toEqual([]);
    expect(swept([seen('a', 0, 0), seen('b', 30.01, 0)], meeting)).toEqual([]);
    expect(swept([seen('a', 0, 0), seen('b', 30, 0)], meeting)).toHaveLength(1);
    expect(swept([seen('a', 0, 0), seen('b', 1, 100.01)], meeting)).toEqual([]);
    expect(swept([seen('a', 0, 0), seen('b', 1, 99.99)], meeting)).toHaveLength(1);
  });

  it('are found across 180° and at the pole', () => {
    const across = [
      { animal: 'a', at: 0, lon: 179.9999, lat: 10 },
      { animal: 'b', at: 1, lon: -179.9999, lat: 10 },
      { animal: 'c', at: 2, lon: 10, lat: 89.9999 },
      { animal: 'd', at: 3, lon: -170, lat: 89.9999 },
    ];
    expect(swept(across, meeting).map(({ animals }) => animals.join())).toEqual(['a,b', 'c,d']);
  });

  it('are those that holding every fix against every other finds', () => {
    const aSighting = fc.record({
      animal: fc.constantFrom('a', 'b', 'c', 'd'),
      minute: fc.integer({ min: 0, max: 600 }),
      azimuth: evenly(0, 360),
      m: evenly(0, 300),
    });
    const aMeeting = fc.record({
      distanceM: evenly(1, 300),
      windowMs: fc.integer({ min: 0, max: 120 }).map((minutes) => minutes * MINUTE),
      gapMs: fc.integer({ min: 0, max: 120 }).map((minutes) => minutes * MINUTE),
    });
    const centre = fc.constantFrom(near, { lon: 180, lat: 0 }, { lon: -180, lat: 75 }, { lon: 0, lat: -90 });
    fc.assert(
      fc.property(fc.array(aSighting, { maxLength: 40 }), aMeeting, centre, (drawn, how, at) => {
        const places = drawn.map(({ animal, minute, azimuth, m }) => ({
          animal,
          at: minute * MINUTE,
          ...trueOffset(at, azimuth, m),
        }));
        const inTime = places.sort((a, b) => a.at - b.at);
        const found = swept(inTime, how);
        const expected = slowly(inTime, how);
        expect(found.map(({ animals, start, end, pairs }) => [animals.join(' '), start, end, pairs])).toEqual(
          expected.map(({ animals, start, end, pairs }) => [animals, start, end, pairs]),
        );
        for (const [i, { closest }] of found.entries()) expect(closest.m).toBeCloseTo(expected[i]!.m, 2);
      }),
      { numRuns: 200 },
    );
  });

  it('forgets what no fix to come can meet', () => {
    const sweep = new EncounterSweep(meeting);
    for (let minute = 0; minute < 10_000; minute++) sweep.next(seen(`a${minute % 7}`, minute, (minute % 50) * 1_000));
    expect(sweep.waiting).toBe(31);
  });
});
