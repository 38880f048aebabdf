import fc from 'fast-check';
import { trueOffset } from '../../test/support/geodesy-oracle.ts';
import { foldFromRest, foldRule, type Life } from '../../test/support/rule-fold.ts';
import { aFarmShape, anAzimuth } from '../../test/support/shapes.ts';
import { prepareBoundary } from '../domain/geo/boundary.ts';
import { distanceMetres } from '../domain/geo/distance.ts';
import { STAMINA } from '../domain/quality/confirm.ts';
import rule from './approach.ts';
import type { GuardedFarm, JudgedFix } from './rule.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const settings = rule.settings.parse({});

/** A farm, and an animal that walks towards it, past it and away from it, that rests, and whose fixes are off. */
const aLife: fc.Arbitrary<Life> = fc
  .record({
    shape: aFarmShape(2_000),
    fixIntervalS: fc.constantFrom(900, 3_600, 7_200, 14_400),
    from: fc.record({ azimuth: anAzimuth(), metres: fc.integer({ min: 3_000, max: 25_000 }) }),
    moves: fc.array(
      fc.record({
        // Towards the farm; less than 0: away from it.
        kmh: fc.oneof(
          { weight: 3, arbitrary: fc.constantFrom(1.5, 2) },
          fc.double({ min: 0.5, max: 4, noNaN: true }),
          fc.double({ min: -3, max: 1, noNaN: true }),
        ),
        turn: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.double({ min: -40, max: 40, noNaN: true })),
        rests: fc.integer({ min: 0, max: 5 }).map((one) => one === 0),
        late: fc.oneof({ weight: 5, arbitrary: fc.constant(1) }, fc.double({ min: 0.02, max: 8, noNaN: true })),
        errorM: fc.oneof(fc.integer({ min: 5, max: 40 }), fc.integer({ min: 5, max: 400 })),
      }),
      { minLength: 3, maxLength: 20 },
    ),
  })
  .map(({ shape: { geometry, centre }, fixIntervalS, from, moves }) => {
    const farm: GuardedFarm = {
      ...{ id: 'farm', name: 'Farm', nearM: 2_000, closeM: 500 },
      ...{ boundary: geometry, shape: prepareBoundary(geometry) },
    };
    let { azimuth, metres } = from;
    let at = 1_790_000_000_000;
    const fixes = moves.map(({ kmh, turn, rests, late, errorM }): JudgedFix => {
      const afterMs = Math.max(1, Math.round(late * fixIntervalS * 1_000));
      at += afterMs;
      // Who comes to the middle of the farm goes on behind it.
      if (!rests) [azimuth, metres] = [azimuth + turn, Math.abs(metres - (1_000 * kmh * afterMs) / HOUR_MS)];
      return { ...trueOffset(centre, azimuth, metres), at, errorM };
    });
    const collar = { serial: '1', fixIntervalS };
    const animal = { id: 'sofia', species: null, group: null, stamina: STAMINA, collar };
    return { animal, fixes, places: [farm], farms: [farm] };
  });

/** What is told of an approach. */
interface Told {
  readonly metres: number;
  readonly speedKmh: number;
  readonly etaFrom: string;
  readonly etaTo: string | null;
}

/** Metres from the near ring of the first farm. */
const ringM = ({ farms }: Life, fix: JudgedFix) => distanceMetres(fix, farms[0]!.shape) - farms[0]!.nearM;

/** The formula of the docstring as it stands there, from all fixes at once; km/h. */
function slowHeading(life: Life, index: number): { v: number; u: number; e: number } | null {
  const to = life.fixes[index]!;
  const places = [to];
  const slice = (fix: JudgedFix) => Math.floor(fix.at / (5 * MINUTE_MS));
  for (let i = index - 1; i >= 0 && places.length <= settings.moves; i--) {
    const fix = life.fixes[i]!;
    const isFirstOfItsFiveMinutes = i === 0 || slice(life.fixes[i - 1]!) !== slice(fix);
    const isRecent = fix.at >= to.at - settings.lookbackH * HOUR_MS;
    if (isFirstOfItsFiveMinutes && isRecent && places[0]!.at - fix.at >= MINUTE_MS) places.unshift(fix);
  }
  const n = places.length - 1;
  if (n < 2) return null;
  const moves = places.slice(1).map((end, k) => ({
    t: (end.at - places[k]!.at) / HOUR_MS,
    g: (ringM(life, places[k]!) - ringM(life, end)) / 1_000,
  }));
  const sum = (of: (move: (typeof moves)[number]) => number) => moves.reduce((total, move) => total + of(move), 0);
  const T = sum(({ t }) => t);
  const v = sum(({ g }) => g) / T;
  const s = Math.sqrt(((n / (n - 1)) * sum(({ t, g }) => t * (g / t - v) ** 2)) / T);
  const e = Math.hypot(places[0]!.errorM, to.errorM) / 1_000 / T;
  return { v, u: Math.sqrt(s ** 2 + s ** 2 / n + e ** 2), e };
}

describe('approach', () => {
  it('opens and ends where the formula says so', () => {
    const seen = { opened: 0, goesOn: 0, closed: 0, quiet: 0 };
    fc.assert(
      fc.property(aLife, (life) => {
        const steps = new Map(foldRule(rule, life, settings).told.map(({ index, step }) => [index, step]));
        const { fixIntervalS } = life.animal.collar;
        let isOpen = false;
        for (const [index, to] of life.fixes.entries()) {
          const before = life.fixes[index - 1];
          const heading = slowHeading(life, index);
          const nearer = before ? ringM(life, before) - ringM(life, to) : 0;
          const errors = before ? Math.hypot(before.errorM, to.errorM) : 0;
          const km = ringM(life, to) / 1_000;
          const heads =
            heading !== null &&
            heading.v > heading.e &&
            km > 0 &&
            nearer >= -errors &&
            km / heading.v <= settings.lookbackH;
          const inTime =
            heads && km / Math.min(heading.v, STAMINA.maxKmh) <= fixIntervalS! / 3_600 && km <= settings.withinKm;
          const expected: 'opened' | 'closed' | null = isOpen
            ? heads
              ? null
              : 'closed'
            : inTime && nearer > errors
              ? 'opened'
              : null;
          expect(steps.get(index)?.change ?? null).toBe(expected);
          if (expected !== null) isOpen = expected === 'opened';
          seen[expected ?? (isOpen ? 'goesOn' : 'quiet')]++;
        }
      }),
      { numRuns: 300 },
    );
    for (const times of Object.values(seen)) expect(times).toBeGreaterThan(50);
  });

  it('tells from when to when she comes, as the formula says', () => {
    let told = 0;
    fc.assert(
      fc.property(aLife, (life) => {
        foldRule(rule, life, settings, {
          onJudged: ({ state, episode }, index) => {
            if (state === null) return;
            told++;
            const { v, u } = slowHeading(life, index)!;
            const to = life.fixes[index]!;
            const [km, errorKm] = [ringM(life, to) / 1_000, to.errorM / 1_000];
            const kmh = (speed: number) => Math.min(speed, STAMINA.maxKmh);
            const { metres, speedKmh, etaFrom, etaTo } = episode!.details as unknown as Told;
            expect(Math.abs(metres - 1_000 * km)).toBeLessThanOrEqual(0.5);
            expect(Math.abs(speedKmh - kmh(v))).toBeLessThanOrEqual(0.005_001);
            const from = to.at + (HOUR_MS * Math.max(0, km - errorKm)) / kmh(v + u);
            expect(Math.abs(Date.parse(etaFrom) - from)).toBeLessThanOrEqual(1);
            // Where the two are all but equal, the arithmetic may say either.
            if (Math.abs(v - u) < 1e-6) return;
            const latestMs = u < v ? (HOUR_MS * (km + errorKm)) / kmh(v - u) : Infinity;
            if (latestMs > settings.lookbackH * HOUR_MS) expect(etaTo).toBeNull();
            else expect(Math.abs(Date.parse(etaTo!) - to.at - latestMs)).toBeLessThanOrEqual(2 + 1e-6 * latestMs);
          },
        });
      }),
      { numRuns: 300 },
    );
    expect(told).toBeGreaterThan(100);
  });

  it('can be judged anew from every moment at which it was at rest', () => {
    fc.assert(
      fc.property(aLife, (life) => {
        for (const { anew, whole } of foldFromRest(rule, life, settings)) expect(anew).toEqual(whole);
      }),
      { numRuns: 200 },
    );
  });

  it('remembers all it needs as JSON, and something exactly while she is on her way', () => {
    fc.assert(
      fc.property(aLife, (life) => {
        const kept = foldRule(rule, life, settings, {
          keep: (state) => state,
          onJudged: ({ state, episode }) => expect(state !== null).toBe(episode !== null && episode.closedAt === null),
        });
        expect(foldRule(rule, life, settings)).toEqual(kept);
      }),
      { numRuns: 200 },
    );
  });

  it('at rest, says nothing of a fix beyond its reach', () => {
    fc.assert(
      fc.property(aLife, (life) => {
        for (const { index, step } of foldRule(rule, life, settings).told) {
          if (step.change !== 'opened') continue;
          const farm = life.farms[0]!;
          expect(distanceMetres(life.fixes[index]!, farm.shape)).toBeLessThanOrEqual(rule.reachM!(farm, settings));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('says nothing of an animal that rests, wherever its fixes fall within their error', () => {
    const aRest = fc.record({
      life: aLife,
      metres: fc.integer({ min: 2_001, max: 30_000 }),
      scatter: fc.array(fc.record({ azimuth: anAzimuth(), share: fc.double({ min: 0, max: 0.7, noNaN: true }) }), {
        minLength: 20,
        maxLength: 20,
      }),
    });
    fc.assert(
      fc.property(aRest, ({ life, metres, scatter }) => {
        const place = trueOffset(life.fixes[0]!, 0, metres);
        const fixes = life.fixes.map((fix, index): JudgedFix => {
          const { azimuth, share } = scatter[index]!;
          return { ...trueOffset(place, azimuth, share * fix.errorM), at: fix.at, errorM: fix.errorM };
        });
        expect(foldRule(rule, { ...life, fixes }, settings).told).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ['moves', 1],
    ['moves', 2.5],
    ['lookbackH', 0],
    ['withinKm', 31],
    ['within', 5],
  ])('refuses %s: %p and names it', (field, value) => {
    const { error } = rule.settings.safeParse({ [field]: value });
    expect(error!.issues.map((issue) => (issue.code === 'unrecognized_keys' ? issue.keys : issue.path))).toEqual([
      [field],
    ]);
  });
});
