import fc from 'fast-check';
import { trueOffset } from '../../test/support/geodesy-oracle.ts';
import { foldFromRest, foldRule, type Life } from '../../test/support/rule-fold.ts';
import { aDistance, aFarmShape, anAzimuth } from '../../test/support/shapes.ts';
import { prepareBoundary } from '../domain/geo/boundary.ts';
import { distanceMetres } from '../domain/geo/distance.ts';
import { STAMINA } from '../domain/quality/confirm.ts';
import type { GuardedFarm, JudgedFix } from './rule.ts';
import rule from './silence.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const settings = rule.settings.parse({});

/** An animal among two farms whose collar is heard now and then. */
const aLife: fc.Arbitrary<Life> = fc
  .record({
    shapes: fc.array(aFarmShape(3_000), { minLength: 2, maxLength: 2 }),
    fixIntervalS: fc.constantFrom(900, 3_600, 7_200, 14_400),
    fixes: fc.array(
      fc.record({
        gapMs: fc.oneof(
          fc.integer({ min: 1, max: 5 * HOUR_MS }),
          fc.integer({ min: 1, max: 80 * HOUR_MS }),
          fc.constantFrom(0.75, 3, 6, 12).map((hours) => hours * HOUR_MS),
        ),
        azimuth: anAzimuth(),
        metres: aDistance(90_000),
        errorM: fc.integer({ min: 1, max: 500 }),
        /** How long after it the collar was heard with it. */
        delayMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 20 * HOUR_MS })),
      }),
      { minLength: 1, maxLength: 12 },
    ),
    heardNothingMs: fc.integer({ min: 0, max: 100 * HOUR_MS }),
  })
  .map(({ shapes, fixIntervalS, fixes, heardNothingMs }) => {
    let at = 1_790_000_000_000;
    const farms = shapes.map(({ geometry }, index): GuardedFarm => ({
      ...{ id: `farm-${index}`, name: 'Farm', nearM: 2_000, closeM: 500 },
      ...{ boundary: geometry, shape: prepareBoundary(geometry) },
    }));
    return {
      animal: { id: 'sofia', species: null, group: null, stamina: STAMINA, collar: { serial: '1', fixIntervalS } },
      farms,
      places: [null],
      fixes: fixes.map(({ gapMs, azimuth, metres, errorM, delayMs }): JudgedFix => {
        at += gapMs;
        return { ...trueOffset(shapes[0]!.centre, azimuth, metres), at, errorM, heardAt: at + delayMs };
      }),
      now: at + heardNothingMs,
    };
  });

/** When each gap became a silence, and when that ended (Infinity: not yet); with the fix before it. */
function silencesOf({ animal, fixes, now = 0 }: Life) {
  const limitMs = 3_000 * animal.collar.fixIntervalS!;
  return fixes.flatMap((last, index) => {
    const next = fixes[index + 1]?.at ?? Infinity;
    const openedAt = last.heardAt! + limitMs;
    const isSilence = next === Infinity ? now >= openedAt : next > openedAt;
    return isSilence ? [{ last, openedAt, closedAt: next, until: Math.min(next - 1, now) }] : [];
  });
}

/** When a leopard that sets off at once could have come so far, walking minute by minute; null: not within 48 hours. */
function walkTo(metres: number): number | null {
  let wentM = 0;
  let todayM = 0;
  for (let minute = 0; minute <= 48 * 60; minute++) {
    if (wentM >= metres) return minute * MINUTE_MS;
    if (minute % 1_440 === 0) todayM = 0;
    const stepM = Math.min(2_500 / 60, 29_000 - todayM);
    wentM += stepM;
    todayM += stepM;
  }
  return null;
}

/** Metres from the last fix, its error in her favour, to the nearest fence. */
const metresToGo = (last: JudgedFix, farms: readonly GuardedFarm[]) =>
  Math.max(0, Math.min(...farms.map(({ shape }) => distanceMetres(last, shape))) - last.errorM);

describe('silence', () => {
  it('opens three intervals after a fix, and ends with the next: a function of the times of fixes alone', () => {
    fc.assert(
      fc.property(aLife, (life) => {
        const { told } = foldRule(rule, life, settings);
        const times = told
          .filter(({ step }) => step.change !== 'escalated')
          .map(({ step: { change, at } }) => [change, at]);
        expect(times).toEqual(
          silencesOf(life).flatMap(({ openedAt, closedAt }) => [
            ['opened', openedAt],
            ...(closedAt === Infinity ? [] : [['closed', closedAt]]),
          ]),
        );
      }),
      { numRuns: 200 },
    );
  });

  it('is worse from the moment that a leopard could have walked to the nearest fence', () => {
    const seen = { never: 0, atOnce: 0, later: 0, heardBefore: 0 };
    fc.assert(
      fc.property(aLife, (life) => {
        const { told } = foldRule(rule, life, settings);
        for (const { last, openedAt, until } of silencesOf(life)) {
          const steps = told.filter(({ index, step }) => life.fixes[index] === last && step.change !== 'closed');
          const afterMs = walkTo(metresToGo(last, life.farms));
          const opened = steps[0]!.step;
          const worseAt = (opened.episode.level === 'could-reach' ? opened : steps[1]?.step)?.at;
          if (afterMs === null) {
            seen.never++;
            // What the walk, minute by minute, just does not reach, the ring may.
            if (worseAt !== undefined) expect(worseAt).toBeGreaterThan(last.at + 35.5 * HOUR_MS);
            continue;
          }
          const expected = Math.max(openedAt, last.at + afterMs);
          if (expected <= until) expect(Math.abs(worseAt! - expected)).toBeLessThanOrEqual(MINUTE_MS);
          else if (expected > until + MINUTE_MS) expect(worseAt).toBeUndefined();
          seen[expected > until ? 'heardBefore' : expected === openedAt ? 'atOnce' : 'later']++;
        }
      }),
      { numRuns: 200 },
    );
    for (const times of Object.values(seen)) expect(times).toBeGreaterThan(20);
  });

  it('tells from the beginning which farm is reached first, and no place', () => {
    fc.assert(
      fc.property(aLife, (life) => {
        for (const { step, index } of foldRule(rule, life, settings).told) {
          const { details } = step.episode;
          expect(Object.keys(details!).sort()).toEqual(['couldReach', 'intervalS', 'speedKmh', 'unknownSince']);
          if (step.change !== 'opened' || details!.couldReach === null) continue;
          const { farm, at } = details!.couldReach as { farm: string; at: string };
          const metres = life.farms.map(({ shape }) => distanceMetres(life.fixes[index]!, shape));
          expect(metres[life.farms.findIndex(({ id }) => id === farm)]).toBe(Math.min(...metres));
          expect(Date.parse(at)).toBeGreaterThanOrEqual(life.fixes[index]!.at);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('is silent when it is not heard, not when its fixes lie apart: nobody missed what came in years later', () => {
    fc.assert(
      fc.property(aLife, (life) => {
        const storedAt = life.fixes.at(-1)!.at + 1_000 * 24 * HOUR_MS;
        const fixes = life.fixes.map((fix) => ({ ...fix, heardAt: storedAt }));
        expect(foldRule(rule, { ...life, fixes, now: storedAt + HOUR_MS / 2 }, settings).told).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  it('can be judged anew from every moment at which it was at rest', () => {
    fc.assert(
      fc.property(aLife, (life) => {
        const tails = foldFromRest(rule, life, settings);
        expect(tails.length).toBeGreaterThan(0);
        for (const { anew, whole } of tails) expect(anew).toEqual(whole);
      }),
      { numRuns: 100 },
    );
  });

  it('remembers all it needs as JSON, and something exactly while nothing is heard', () => {
    fc.assert(
      fc.property(aLife, (life) => {
        const kept = foldRule(rule, life, settings, {
          keep: (state) => state,
          onJudged: ({ state, episode }) => expect(state !== null).toBe(episode !== null && episode.closedAt === null),
        });
        expect(foldRule(rule, life, settings)).toEqual(kept);
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    ['missed', 0.5],
    ['missed', Infinity],
    ['intervalS', 0],
    ['speedKmh', 0],
    ['dayKm', -1],
    ['horizonH', 100_000],
    ['misssed', 3],
  ])('refuses %s: %p and names it', (field, value) => {
    const { error } = rule.settings.safeParse({ [field]: value });
    expect(error!.issues.map((issue) => (issue.code === 'unrecognized_keys' ? issue.keys : issue.path))).toEqual([
      [field],
    ]);
  });
});
