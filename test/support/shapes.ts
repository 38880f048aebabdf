import fc from 'fast-check';
import type { MultiPolygon, Polygon } from 'geojson';
import type { Position } from '../../src/domain/fix.ts';
import { trueOffset } from './geodesy-oracle.ts';

/**
 * Numbers evenly between two others. `fc.double` draws evenly among bit patterns, and nearly all of those between 0 and 360 lie
 * next to 0: every direction would be north.
 */
export function evenly(min: number, max: number): fc.Arbitrary<number> {
  return fc.integer({ min: 0, max: STEPS }).map((step) => min + (max - min) * (step / STEPS));
}

/** Enough that steps between two places on earth are thinner than a hair. */
const STEPS = 2 ** 40;

export const anAzimuth = () => evenly(0, 360);

/** Latitudes to either side of the equator, evenly, and often at their limit; longitudes often at 180°. */
export function aPosition(greatestLat: number): fc.Arbitrary<Position> {
  const lat = fc.oneof(evenly(-greatestLat, greatestLat), fc.constantFrom(-greatestLat, 0, greatestLat));
  const lon = fc.oneof(evenly(-180, 180), fc.constantFrom(-180, -179.999, 0, 179.9999, 180));
  return fc.record({ lon, lat });
}

/** Metres from 0 to `most`, as often between 10 and 100 as between 1,000 and 10,000. */
export function aDistance(most: number): fc.Arbitrary<number> {
  return fc.oneof(evenly(0, Math.log(most)).map(Math.exp), evenly(0, most));
}

/** How a star is drawn: where its corners are, in shares of a turn and of its size. */
interface Star {
  readonly turns: readonly number[];
  readonly radii: readonly number[];
}

function aStar(leastRadius: number): fc.Arbitrary<Star> {
  return fc.integer({ min: 5, max: 20 }).chain((corners) =>
    fc.record({
      turns: fc.array(evenly(0, 0.8), { minLength: corners, maxLength: corners }),
      radii: fc.array(evenly(leastRadius, 1), { minLength: corners, maxLength: corners }),
    }),
  );
}

/** A closed ring around a centre that never crosses itself: its corners follow each other around it. */
function ringOf(centre: Position, { turns, radii }: Star, size: number): number[][] {
  const corners = turns.map((turn, i) => {
    const corner = trueOffset(centre, ((i + turn) / turns.length) * 360, size * (radii[i] ?? 1));
    return [corner.lon, corner.lat];
  });
  return [...corners, corners[0] ?? []].reverse();
}

export interface FarmShape {
  readonly geometry: Polygon | MultiPolygon;
  readonly centre: Position;
  /** Metres from the centre to the farthest corner of the polygon around it, at most. */
  readonly size: number;
}

/** Farms of 25 m to `widest` / 2 around a centre within ±80°, with and without a hole, alone or of several parts. */
export function aFarmShape(widest: number, centre = aPosition(80)): fc.Arbitrary<FarmShape> {
  return fc
    .record({
      centre,
      size: aDistance(widest / 2).map((metres) => Math.max(25, metres)),
      shell: aStar(0.5),
      hole: fc.option(aStar(0.5)),
      others: fc.array(fc.record({ azimuth: anAzimuth(), star: aStar(0.5) }), { maxLength: 2 }),
    })
    .map(({ centre, size, shell, hole, others }) => {
      const polygon = [ringOf(centre, shell, size), ...(hole ? [ringOf(centre, hole, size * 0.15)] : [])];
      const parts = others.map(({ azimuth, star }, index) => [
        ringOf(trueOffset(centre, azimuth, size * (2.1 + 2.1 * index)), star, size),
      ]);
      const geometry: Polygon | MultiPolygon =
        parts.length === 0
          ? { type: 'Polygon', coordinates: polygon }
          : { type: 'MultiPolygon', coordinates: [polygon, ...parts] };
      return { geometry, centre, size };
    });
}

/** Where a path passes a centre: how far from it and on which side, how it is turned there, and how long it is either way. */
export interface Pass {
  readonly asideM: number;
  readonly azimuth: number;
  readonly turnDeg: number;
  readonly beforeM: number;
  readonly afterM: number;
}

/** Paths to `most` metres from a centre and to twice that long, whose nearest point is most often between their ends. */
export function aPass(most: number): fc.Arbitrary<Pass> {
  return fc.record({
    asideM: aDistance(most),
    azimuth: anAzimuth(),
    turnDeg: evenly(-60, 60),
    beforeM: evenly(most / 20, most),
    afterM: evenly(most / 20, most),
  });
}

export function endsOf(centre: Position, { asideM, azimuth, turnDeg, beforeM, afterM }: Pass): [Position, Position] {
  const beside = trueOffset(centre, azimuth, asideM);
  return [trueOffset(beside, azimuth + 90 + turnDeg, beforeM), trueOffset(beside, azimuth - 90 + turnDeg, afterM)];
}
