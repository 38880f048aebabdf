import fc from 'fast-check';
import { trueMetresToEdges, trueOffset } from '../../../test/support/geodesy-oracle.ts';
import { aDistance, anAzimuth, aPosition } from '../../../test/support/shapes.ts';
import type { Position } from '../fix.ts';
import { type Course, thin, type ThinTo } from './thin.ts';

function courseOf(fixes: readonly Position[], starts: readonly number[] = fixes.length > 0 ? [0] : []): Course {
  return {
    lon: Float64Array.from(fixes, ({ lon }) => lon),
    lat: Float64Array.from(fixes, ({ lat }) => lat),
    starts,
  };
}

/** A walk of steps to 20 km, anywhere to ±80° and often across 180°, in segments. */
const aCourse = (longest = 60) =>
  fc
    .record({
      from: aPosition(80),
      steps: fc.array(fc.record({ azimuth: anAzimuth(), m: aDistance(20_000), gap: fc.boolean() }), {
        minLength: 1,
        maxLength: longest,
      }),
      gaps: fc.boolean(),
    })
    .map(({ from, steps, gaps }) => {
      const fixes = [from];
      const starts = [0];
      for (const { azimuth, m, gap } of steps) {
        const { lat, lon } = trueOffset(fixes.at(-1)!, azimuth, m);
        if (gap && gaps) starts.push(fixes.length);
        fixes.push({ lat: Math.max(-82, Math.min(82, lat)), lon });
      }
      return courseOf(fixes, starts);
    });

const at = ({ lon, lat }: Course, place: number): [number, number] => [lon[place]!, lat[place]!];

/** Metres from the fix that is farthest from the line drawn of its segment; null: a segment is not drawn at all. */
function trueDeviation(course: Course, kept: Int32Array): number | null {
  let worst = 0;
  for (let segment = 0; segment < course.starts.length; segment++) {
    const first = course.starts[segment]!;
    const end = course.starts[segment + 1] ?? course.lon.length;
    const own = [...kept].filter((place) => place >= first && place < end);
    if (own.length === 0) return null;
    for (let i = 1; i < own.length; i++) {
      const [a, b] = [at(course, own[i - 1]!), at(course, own[i]!)];
      for (let place = own[i - 1]! + 1; place < own[i]!; place++) {
        const [lon, lat] = at(course, place);
        worst = Math.max(worst, trueMetresToEdges({ lon, lat }, { type: 'Polygon', coordinates: [[a, b, a]] }));
      }
    }
  }
  return worst;
}

/** What the oracle itself may be off by, metres. */
const ORACLE_M = 0.05;

describe('thin', () => {
  it('leaves out nothing that is farther from the line than the tolerance', () => {
    fc.assert(
      fc.property(aCourse(), aDistance(5_000), (course, toleranceM) => {
        const { kept, deviationM, segmentsLeft } = thin(course, { toleranceM });
        expect(trueDeviation(course, kept)).toBeLessThanOrEqual(toleranceM + ORACLE_M);
        expect(deviationM).toBeLessThanOrEqual(Math.max(toleranceM, 0.001));
        expect(segmentsLeft).toBe(0);
      }),
      { numRuns: 40 },
    );
  });

  it('looks into every box of a long track', () => {
    fc.assert(
      fc.property(aCourse(900), fc.constantFrom(30, 300, 3_000), (course, toleranceM) => {
        const { kept } = thin({ ...course, starts: [0] }, { toleranceM });
        expect(trueDeviation({ ...course, starts: [0] }, kept)).toBeLessThanOrEqual(toleranceM + ORACLE_M);
      }),
      { numRuns: 5 },
    );
  });

  it('keeps no more than was asked for, and says how far what went is from the line', () => {
    fc.assert(
      fc.property(aCourse(), fc.integer({ min: 2, max: 70 }), (course, maxPoints) => {
        const { kept, deviationM, segmentsLeft } = thin(course, { maxPoints });
        expect(kept.length).toBeLessThanOrEqual(maxPoints);
        const deviation = trueDeviation(course, kept);
        if (segmentsLeft === 0) expect(deviation).toBeLessThanOrEqual(deviationM * 1.01 + ORACLE_M);
        expect(kept[0]).toBe(0);
        expect(kept.at(-1)).toBe(course.lon.length - 1);
      }),
      { numRuns: 50 },
    );
  });

  it('keeps both ends of every segment and the farthest to each side', () => {
    fc.assert(
      fc.property(aCourse(), fc.constantFrom<ThinTo>({ toleranceM: 100_000 }, { maxPoints: 130 }), (course, to) => {
        const kept = new Set(thin(course, to).kept);
        const { lon, lat, starts } = course;
        for (const start of starts) expect(kept.has(start)).toBe(true);
        for (const start of [...starts.slice(1), lon.length]) expect(kept.has(start - 1)).toBe(true);
        const places = [...kept];
        expect(Math.max(...places.map((place) => lat[place]!))).toBe(Math.max(...lat));
        expect(Math.min(...places.map((place) => lat[place]!))).toBe(Math.min(...lat));
        if (Math.max(...lon) - Math.min(...lon) > 180) return;
        expect(Math.max(...places.map((place) => lon[place]!))).toBe(Math.max(...lon));
        expect(Math.min(...places.map((place) => lon[place]!))).toBe(Math.min(...lon));
      }),
    );
  });

  it('answers the same each time, in the order of the track, each fix once', () => {
    fc.assert(
      fc.property(aCourse(), fc.integer({ min: 2, max: 40 }), (course, maxPoints) => {
        const { kept } = thin(course, { maxPoints });
        expect(thin(course, { maxPoints }).kept).toEqual(kept);
        expect([...new Set(kept)].sort((a, b) => a - b)).toEqual([...kept]);
      }),
    );
  });

  it('keeps the corner of a way, and not what lies on it', () => {
    const way = [0, 1, 2, 3, 3, 3, 3].map((lon, i) => ({ lon: 131 + lon / 100, lat: 43 + Math.max(0, i - 3) / 100 }));
    expect([...thin(courseOf(way), { maxPoints: 7 }).kept]).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect([...thin(courseOf(way), { maxPoints: 6 }).kept]).toEqual([0, 3, 6]);
    expect([...thin(courseOf(way), { maxPoints: 7, toleranceM: 0 }).kept]).toEqual([0, 3, 6]);
    expect(thin(courseOf(way), {})).toEqual({ kept: Int32Array.of(0, 3, 6), deviationM: 0, segmentsLeft: 0 });
    expect([...thin(courseOf(way), { maxPoints: 2 }).kept]).toEqual([0, 6]);
    expect(thin(courseOf(way), { maxPoints: 2 }).deviationM).toBeGreaterThan(1_200);
  });

  it('sees no leap at 180°', () => {
    const way = [179.8, 179.9, -180, -179.9, -179.8].map((lon, i) => ({ lon, lat: i === 2 ? 0.01 : 0 }));
    expect([...thin(courseOf(way), { toleranceM: 10 }).kept]).toEqual([0, 1, 2, 3, 4]);
    expect([...thin(courseOf(way), { toleranceM: 2_000 }).kept]).toEqual([0, 2, 4]);
  });

  it('keeps a track that is short, still, or not there', () => {
    expect(thin(courseOf([]), { maxPoints: 2 }).kept).toHaveLength(0);
    expect([...thin(courseOf([{ lon: 1, lat: 2 }]), { maxPoints: 2 }).kept]).toEqual([0]);
    const still = courseOf(Array.from({ length: 500 }, () => ({ lon: 1, lat: 2 })));
    expect([...thin(still, { maxPoints: 100 }).kept]).toEqual([0, 499]);
  });

  it('leaves the smallest segments out as a whole where there is no room for their ends', () => {
    const widths = [1, 9, 2, 8, 3];
    const fixes = widths.flatMap((width, i) => [0, 1, 2].map((step) => ({ lon: 10 + i, lat: (step * width) / 100 })));
    const course = courseOf(fixes, [0, 3, 6, 9, 12]);
    expect([...thin(course, { maxPoints: 6 }).kept]).toEqual([0, 3, 5, 9, 11, 14]);
    expect(thin(course, { maxPoints: 6 }).segmentsLeft).toBe(1);
    expect([...thin(course, { maxPoints: 2 }).kept]).toEqual([0, 14]);
    expect(thin(course, { maxPoints: 10 }).segmentsLeft).toBe(0);
  });

  it('thins a long track in the time of a sort, a hard one too', () => {
    const random = (i: number) => (Math.sin(i * 12.9898) * 43_758.5453) % 0.01;
    const walk = Array.from({ length: 100_000 }, (_, i) => ({
      lon: 131 + i * 1e-5 + random(i),
      lat: 43 + random(i + 7),
    }));
    // Each split takes off one fix.
    const fading = Array.from({ length: 50_000 }, (_, i) => ({ lon: 131 + i * 1e-6, lat: 43 + (i % 2) * 0.9995 ** i }));
    const start = performance.now();
    expect(thin(courseOf(walk), { maxPoints: 1_000 }).kept).toHaveLength(1_000);
    expect(thin(courseOf(fading), { maxPoints: 20_000 }).kept).toHaveLength(20_000);
    // 0.1 s when nothing else runs; in quadratic time it would be minutes.
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});
