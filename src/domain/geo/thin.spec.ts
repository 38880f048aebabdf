import fc from 'fast-check';
import type { Position } from '../fix.ts';
import { RADIANS } from './ellipsoid.ts';
import { thinTrack } from './thin.ts';

const aTrack = (least = 2) =>
  fc.array(
    fc.record({
      lon: fc.oneof(fc.double({ min: 131, max: 132, noNaN: true }), fc.constantFrom(131, 131.5)),
      lat: fc.oneof(fc.double({ min: 43, max: 44, noNaN: true }), fc.constantFrom(43, 43.5)),
    }),
    { minLength: least, maxLength: 60 },
  );

/** The same by the book: look at every triangle, take the least away, begin again. */
function thinSlowly(points: readonly Position[], maxPoints: number): readonly Position[] {
  const kept = points.map((point) => ({ point, least: 0 }));
  while (kept.length > maxPoints) {
    const areas = kept.map(({ least }, i) =>
      i === 0 || i === kept.length - 1
        ? Infinity
        : Math.max(least, area(kept[i - 1]!.point, kept[i]!.point, kept[i + 1]!.point)),
    );
    const at = areas.indexOf(Math.min(...areas));
    for (const neighbour of [kept[at - 1]!, kept[at + 1]!]) neighbour.least = areas[at]!;
    kept.splice(at, 1);
  }
  return kept.map(({ point }) => point);
}

function area(before: Position, { lon, lat }: Position, after: Position): number {
  const [ax, ay, bx, by] = [before.lon - lon, before.lat - lat, after.lon - lon, after.lat - lat];
  return (Math.abs(ax * by - ay * bx) * Math.cos(lat * RADIANS)) / 2;
}

describe('thinTrack', () => {
  it('keeps what the book keeps', () => {
    fc.assert(
      fc.property(aTrack(), fc.integer({ min: 2, max: 60 }), (points, most) => {
        expect(thinTrack(points, most)).toEqual(thinSlowly(points, most));
      }),
      { numRuns: 500 },
    );
  });

  it('keeps a short track as it is', () => {
    expect(thinTrack([], 2)).toEqual([]);
    const one = [{ lon: 1, lat: 2 }];
    expect(thinTrack(one, 2)).toBe(one);
  });

  it('keeps the corner of a way, not what lies on it, and what a point carries', () => {
    const way = [0, 1, 2, 3, 3, 3, 3].map((lon, i) => ({ lon: 131 + lon, lat: 43 + Math.max(0, i - 3), at: i }));
    expect(thinTrack(way, 3).map(({ at }) => at)).toEqual([0, 3, 6]);
  });

  it('sees no leap at 180°', () => {
    const way = [179.8, 179.9, -180, -179.9, -179.8].map((lon, i) => ({ lon, lat: i === 2 ? 0.01 : 0 }));
    expect(thinTrack(way, 3)).toEqual([way[0], way[2], way[4]]);
  });

  it('thins a long track in the time of a sort', () => {
    const random = (i: number) => Math.sin(i * 12.9898) * 0.01;
    const track = Array.from({ length: 200_000 }, (_, i) => ({
      lon: 131 + i * 1e-5 + random(i),
      lat: 43 + random(i + 7),
    }));
    const start = performance.now();
    expect(thinTrack(track, 1_000)).toHaveLength(1_000);
    // 0.2 s when nothing else runs; in quadratic time it would be an hour.
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});
