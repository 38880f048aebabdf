import fc from 'fast-check';
import type { Position } from '../../src/domain/fix.ts';
import { trueMetres, trueOffset } from '../support/geodesy-oracle.ts';
import { aDistance, aFarmShape, anAzimuth } from '../support/shapes.ts';
import type { TestFarm } from '../support/slow-alerts.ts';
import type { SentFix } from '../support/slow-doubts.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** A leopard's, as metres and ms. */
const SLACK_M = 1_500;
const M_PER_MS = 8_000 / HOUR;

/** Where tracks are drawn: at home, on either side of 180°, far north, far south, on the equator. */
const PLACES: readonly Position[] = [
  { lon: 131.7, lat: 43.3 },
  { lon: 179.995, lat: 52 },
  { lon: -179.99, lat: -17 },
  { lon: 20, lat: 79.5 },
  { lon: -68, lat: -55 },
  { lon: 34.9, lat: 0 },
];

/** A piece of land with its farms, which may lie within each other's rings. */
export interface Land {
  readonly centre: Position;
  readonly farms: readonly TestFarm[];
}

export const aLand: fc.Arbitrary<Land> = fc.constantFrom(...PLACES).chain((centre) =>
  fc
    .array(
      fc.record({
        shape: aFarmShape(
          3_000,
          fc.tuple(anAzimuth(), aDistance(5_000)).map(([azimuth, metres]) => trueOffset(centre, azimuth, metres)),
        ),
        rings: fc.constantFrom([2_000, 500], [500, 100], [5_000, 5_000], [2_000, 1]),
      }),
      { minLength: 1, maxLength: 3 },
    )
    .map((farms) => ({
      centre,
      farms: farms.map(({ shape, rings: [nearM = 0, closeM = 0] }, index) => ({
        id: `farm-${index}`,
        nearM,
        closeM,
        geometry: shape.geometry,
      })),
    })),
);

/** What a collar sends next. Of most kinds a track has several, and they meet in every order. */
export type Leg =
  /** The animal goes somewhere around the centre, no faster than it can, and not sooner than after `ms`. */
  | { readonly kind: 'walk'; readonly azimuth: number; readonly metres: number; readonly ms: number }
  | { readonly kind: 'rest'; readonly ms: number }
  /** As far as it can in that time, and some metres more or less. */
  | { readonly kind: 'limit'; readonly azimuth: number; readonly ms: number; readonly moreM: number }
  /** It is somewhere else, sooner than it can, and stays there: as if carried. */
  | { readonly kind: 'jump'; readonly azimuth: number; readonly metres: number; readonly ms: number }
  /** A fix far from where the animal is; it may come right after another. */
  | { readonly kind: 'spike'; readonly azimuth: number; readonly metres: number; readonly ms: number }
  | { readonly kind: 'poor'; readonly azimuth: number; readonly metres: number; readonly ms: number }
  | { readonly kind: 'nowhere'; readonly ms: number };

/** What a collar says of a fix's error. */
type Said = Pick<SentFix, 'accuracyM' | 'hdop'>;

const aWhile = fc.oneof(
  fc.constantFrom(1, 1_000, 15 * MINUTE, HOUR, 2 * HOUR, 6 * HOUR, 6 * HOUR + 1, 10 * HOUR),
  fc.integer({ min: MINUTE, max: 3 * HOUR }),
);
const aMoment = fc.constantFrom(1, 1_000, 10 * MINUTE, HOUR);
const around = () => ({
  azimuth: anAzimuth(),
  metres: fc.oneof(aDistance(9_000), fc.constantFrom(0, 600, 2_100, 2_300)),
});
const afar = () => ({ azimuth: anAzimuth(), metres: fc.integer({ min: 12_000, max: 80_000 }) });
const kind = <K extends Leg['kind']>(name: K) => ({ kind: fc.constant(name) });

const aLeg: fc.Arbitrary<Leg> = fc.oneof(
  { weight: 9, arbitrary: fc.record({ ...kind('walk'), ...around(), ms: aWhile }) },
  { weight: 3, arbitrary: fc.record({ ...kind('rest'), ms: aWhile }) },
  {
    weight: 2,
    arbitrary: fc.record({
      ...kind('limit'),
      azimuth: anAzimuth(),
      ms: fc.integer({ min: 1_000, max: 30 * MINUTE }),
      moreM: fc.constantFrom(-0.01, 0, 0.01),
    }),
  },
  { weight: 1, arbitrary: fc.record({ ...kind('jump'), ...around(), ms: aMoment }) },
  { weight: 1, arbitrary: fc.record({ ...kind('jump'), ...afar(), ms: aMoment }) },
  { weight: 2, arbitrary: fc.record({ ...kind('spike'), ...afar(), ms: aMoment }) },
  { weight: 1, arbitrary: fc.record({ ...kind('poor'), ...around(), ms: aMoment }) },
  { weight: 1, arbitrary: fc.record({ ...kind('nowhere'), ms: aMoment }) },
);

const saysError: fc.Arbitrary<Said> = fc.oneof(
  fc.record({ accuracyM: fc.integer({ min: 5, max: 60 }) }),
  fc.record({ accuracyM: fc.constantFrom(12.3, 99.9, 187.25, 200, 480, 500) }),
  fc.record({ hdop: fc.constantFrom(0, 0.9, 6.2, 40, 100) }),
  fc.constant({}),
);
const saysPoor = fc.constantFrom<Said>({ accuracyM: 501 }, { accuracyM: 3_000, hdop: 1 }, { hdop: 100.5 });

/** How an animal goes and what its collar makes of it. */
export interface Way {
  readonly start: { readonly azimuth: number; readonly metres: number };
  readonly legs: readonly { readonly leg: Leg; readonly said: Said }[];
}

/** Ways of so many fixes. */
export function aWay(maxLength: number, minLength = 1): fc.Arbitrary<Way> {
  const aStep = aLeg.chain((leg) =>
    fc.record({ leg: fc.constant(leg), said: leg.kind === 'poor' ? saysPoor : saysError }),
  );
  return fc.record({
    start: fc.record(around()),
    legs: fc.array(aStep, { minLength, maxLength, size: 'max' }),
  });
}

/** The fixes of a way in order of time, the first after `startAt`; no two at one time. */
export function trackOf({ start, legs }: Way, { centre }: Land, startAt: number): SentFix[] {
  const fixes: SentFix[] = [];
  let at = startAt;
  /** Where the animal was last, and when. */
  let place = trueOffset(centre, start.azimuth, start.metres);
  let since = at;
  for (const { leg, said } of legs) {
    const seen = seenIn(leg, place, centre, at + leg.ms - since);
    at += leg.kind === 'walk' ? Math.max(leg.ms, travelMs(place, seen)) : leg.ms;
    if (leg.kind !== 'spike' && leg.kind !== 'poor' && leg.kind !== 'nowhere') [place, since] = [seen, at];
    fixes.push({ at, ...seen, ...said });
  }
  return fixes;
}

function seenIn(leg: Leg, place: Position, centre: Position, ms: number): Position {
  switch (leg.kind) {
    case 'rest':
      return place;
    case 'limit':
      return trueOffset(place, leg.azimuth, SLACK_M + M_PER_MS * ms + leg.moreM);
    case 'nowhere':
      return { lon: 0, lat: 0 };
    default:
      return trueOffset(centre, leg.azimuth, leg.metres);
  }
}

/** The least time that an animal needs from one place to another, and a second. */
function travelMs(from: Position, to: Position): number {
  return Math.max(0, Math.ceil((trueMetres(from, to) - SLACK_M) / M_PER_MS)) + 1_000;
}
