import fc from 'fast-check';
import { SOMEBODY } from '../../test/support/long-fold.ts';
import { trueOffset } from '../../test/support/geodesy-oracle.ts';
import { foldFromRest, foldRule, type Life } from '../../test/support/rule-fold.ts';
import { aDistance, anAzimuth } from '../../test/support/shapes.ts';
import { stillnessOf } from '../domain/alert/stillness.ts';
import { geodesicMetres } from '../domain/geo/ellipsoid.ts';
import rule from './immobility.ts';
import type { JudgedFix } from './rule.ts';

const HOUR_MS = 3_600_000;
const settings = rule.settings.parse({});

/** Stays of hours or days, somewhere or back where it began, seen with errors, by a sensor that hears much, little or nothing. */
const aLife: fc.Arbitrary<Life> = fc
  .record({
    everyH: fc.constantFrom(2, 2, 4),
    hasSensor: fc.boolean(),
    stays: fc.array(
      fc.record({
        azimuth: anAzimuth(),
        metres: fc.oneof(aDistance(3_000), fc.constantFrom(0, 60)),
        hours: fc.constantFrom(2, 8, 30, 45),
        waitH: fc.constantFrom(0, 0, 0, 13),
        activity: fc.constantFrom(0, 0, 40),
        noise: fc.array(
          fc.record({
            azimuth: anAzimuth(),
            metres: fc.oneof(
              { weight: 8, arbitrary: fc.integer({ min: 0, max: 25 }) },
              { weight: 1, arbitrary: fc.constantFrom(60, 140, 400) },
            ),
            errorM: fc.constantFrom(8, 8, 30),
            activity: fc.oneof(
              { weight: 9, arbitrary: fc.integer({ min: 0, max: 1 }) },
              { weight: 1, arbitrary: fc.integer({ min: 4, max: 90 }) },
            ),
          }),
          { minLength: 3, maxLength: 15 },
        ),
      }),
      { minLength: 1, maxLength: 4 },
    ),
    origin: fc.constantFrom({ lon: 131.7, lat: 43.3 }, { lon: 180, lat: 66 }, { lon: 0, lat: 0 }),
  })
  .map(({ everyH, hasSensor, stays, origin }) => {
    let at = 1_790_000_000_000;
    const fixes = stays.flatMap(({ azimuth, metres, hours, waitH, activity, noise }): JudgedFix[] => {
      const place = trueOffset(origin, azimuth, metres);
      at += waitH * HOUR_MS;
      return Array.from({ length: Math.ceil(hours / everyH) }, (_, i) => {
        const seen = noise[i % noise.length]!;
        at += everyH * HOUR_MS;
        return {
          ...trueOffset(place, seen.azimuth, seen.metres),
          ...{ at, errorM: seen.errorM },
          ...(hasSensor && { activity: activity + (activity > 0 ? 9 * (i % 5) : 0) + seen.activity }),
        };
      });
    });
    return { animal: SOMEBODY, fixes, places: [null], farms: [] };
  });

/** The rule once more, looking at everything each time: which fixes open an alert, and which end one. */
function slowly(fixes: readonly JudgedFix[]): string[] {
  const told: string[] = [];
  let still: NonNullable<ReturnType<typeof lyingSince>> | null = null;
  let stirred: number | null = null;
  for (const [index, to] of fixes.entries()) {
    if (still === null) {
      const heard = lyingSince(fixes, index, 24);
      still = heard?.activity ? heard : lyingSince(fixes, index, 36);
      if (still) told.push(`opened ${to.at}`);
      continue;
    }
    const away = geodesicMetres(still.centre, to) - to.errorM > still.radiusM + 100;
    const awake = still.activity && (to.activity ?? 0) > still.activity.level + still.activity.noise;
    if (!away && !awake) stirred = null;
    else if (stirred === null) stirred = to.at;
    else {
      told.push(`closed ${stirred}`);
      [still, stirred] = [null, null];
    }
  }
  return told;
}

function lyingSince(fixes: readonly JudgedFix[], index: number, hours: number) {
  const { at } = fixes[index]!;
  const first = fixes.findLastIndex((fix) => fix.at <= at - hours * HOUR_MS);
  if (first < 0) return null;
  const stops = fixes.slice(first, index + 1);
  const hasGap = stops.some((stop, i) => i > 0 && stop.at - stops[i - 1]!.at > 12 * HOUR_MS);
  return stops.length < 5 || hasGap ? null : stillnessOf(stops, settings);
}

describe('immobility', () => {
  it('sees at a glance only what a long look sees too', () => {
    const counts = { opened: 0, closed: 0 };
    fc.assert(
      fc.property(aLife, (life) => {
        const told = foldRule(rule, life, settings).told.map(({ step }) => {
          counts[step.change as 'opened' | 'closed']++;
          return `${step.change} ${step.at}`;
        });
        expect(told).toEqual(slowly(life.fixes));
      }),
      { numRuns: 300 },
    );
    expect(counts.opened).toBeGreaterThan(50);
    expect(counts.closed).toBeGreaterThan(30);
  });

  it('tells the same from every moment of rest, and from states that went through JSON', () => {
    fc.assert(
      fc.property(aLife, (life) => {
        for (const { anew, whole } of foldFromRest(rule, life, settings)) expect(anew).toEqual(whole);
        expect(foldRule(rule, life, settings).told).toEqual(foldRule(rule, life, settings, { keep: (s) => s }).told);
      }),
      { numRuns: 25 },
    );
  });

  it('remembers something exactly while an alert is open, and the same object while nothing changes', () => {
    fc.assert(
      fc.property(aLife, (life) => {
        foldRule(rule, life, settings, {
          keep: (state) => state,
          onJudged: ({ state, episode }, _, before) => {
            expect(state !== null).toBe(episode !== null && episode.closedAt === null);
            if (before !== null && JSON.stringify(before) === JSON.stringify(state)) expect(state).toBe(before);
          },
        });
      }),
      { numRuns: 100 },
    );
  });

  it('does not say again at once what has just ended', () => {
    fc.assert(
      fc.property(aLife, (life) => {
        const steps = foldRule(rule, life, settings).told.map(({ step }) => step);
        for (const [i, { change, at }] of steps.entries()) {
          const ended = steps[i - 1];
          if (change === 'opened' && ended) expect(at - ended.at).toBeGreaterThanOrEqual(settings.hours * HOUR_MS);
        }
      }),
      { numRuns: 150 },
    );
  });

  it.each([
    ['hours', { hours: 0 }],
    ['share', { share: 0.5 }],
    ['share', { share: 1.1 }],
    ['radiusM', { radiusM: -1 }],
    ['leastRadiusM', { leastRadiusM: 200 }],
    ['gapH', { gapH: 24 }],
    ['minFixes', { minFixes: 2.5 }],
    ['minFixes', { hours: 2, gapH: 1, minFixes: 25 }],
    ['activityNoise', { activityNoise: Infinity }],
  ])('refuses %s in %j', (field, wrong) => {
    expect(rule.settings.safeParse(wrong).error?.issues.map(({ path }) => path.join('.'))).toContain(field);
  });

  it('refuses a setting that it does not have', () => {
    expect(rule.settings.safeParse({ radius: 13 }).success).toBe(false);
  });
});
