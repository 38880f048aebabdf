import fc from 'fast-check';
import { SOMEBODY } from '../../test/support/long-fold.ts';
import { trueOffset } from '../../test/support/geodesy-oracle.ts';
import { foldFromRest, foldRule, type Life } from '../../test/support/rule-fold.ts';
import { aDistance, aFarmShape, anAzimuth } from '../../test/support/shapes.ts';
import { slowVisits } from '../../test/support/slow-visits.ts';
import type { Watch } from '../domain/area.ts';
import { prepareBoundary } from '../domain/geo/boundary.ts';
import { distanceMetres } from '../domain/geo/distance.ts';
import { leastDistanceOnPath } from '../domain/geo/path.ts';
import rule from './boundary.ts';
import type { GuardedArea, JudgedFix } from './rule.ts';

const MINUTE_MS = 60_000;
const settings = rule.settings.parse({});

/** A walk in, around and through an area; no two fixes within five minutes, so that scenes know of all. */
const aLife = (...watches: Watch[]): fc.Arbitrary<Life> =>
  fc
    .record({
      watch: fc.constantFrom(...watches),
      shape: aFarmShape(3_000),
      moves: fc.array(
        fc.record({
          azimuth: anAzimuth(),
          metres: fc.oneof(aDistance(6_000), fc.constantFrom(0, 0, 1_700, 4_000)),
          minutes: fc.oneof(fc.integer({ min: 10, max: 500 }), fc.constantFrom(360, 361, 3_000)),
          errorM: fc.oneof(fc.integer({ min: 5, max: 60 }), fc.integer({ min: 100, max: 500 })),
          rests: fc.boolean(),
        }),
        { minLength: 1, maxLength: 25 },
      ),
    })
    .map(({ watch, shape: { geometry, centre }, moves }) => {
      const area = { id: 'area', name: 'Area', watch, boundary: geometry, shape: prepareBoundary(geometry) };
      let at = 1_790_000_000_000;
      let place = centre;
      const fixes = moves.map(({ azimuth, metres, minutes, errorM, rests }, index): JudgedFix => {
        at += minutes * MINUTE_MS;
        if (!rests || index === 0) place = trueOffset(centre, azimuth, metres);
        return { ...place, at, errorM };
      });
      return { animal: SOMEBODY, fixes, places: [area], farms: [] };
    });

const areaOf = ({ places }: Life) => places[0] as GuardedArea;

/** Leaving once more: of each fix whether it is in or out, then the runs of them. */
function slowLeavings({ fixes, places: [area] }: Life): string[] {
  const metres = fixes.map((fix) => distanceMetres(fix, (area as GuardedArea).shape));
  const isOut = metres.map((m, i) => m - Math.min(200, fixes[i]!.errorM) > 100);
  const told: string[] = [];
  let open = false;
  for (const [i, { at }] of fixes.entries()) {
    if (open && metres[i] === 0) told.push(`closed ${at}`);
    if (metres[i] === 0) open = false;
    if (open || i === 0 || !isOut[i] || !isOut[i - 1]) continue;
    const lastInside = metres.lastIndexOf(0, i - 1);
    if (lastInside < 0 || fixes[lastInside]!.at < at - 48 * 60 * MINUTE_MS) continue;
    told.push(`opened ${fixes[i - 1]!.at}`);
    open = true;
  }
  return told;
}

const stepsOf = (life: Life) => foldRule(rule, life, settings).told.map(({ step }) => step);

describe('boundary', () => {
  it('tells who leaves as a plain reading of all fixes does', () => {
    let opened = 0;
    fc.assert(
      fc.property(aLife('leaves'), (life) => {
        const steps = stepsOf(life);
        opened += steps.filter(({ change }) => change === 'opened').length;
        expect(steps.map(({ change, at }) => `${change} ${at}`)).toEqual(slowLeavings(life));
      }),
      { numRuns: 500 },
    );
    expect(opened).toBeGreaterThan(30);
  });

  it('tells who enters as of a farm without rings', () => {
    let between = 0;
    fc.assert(
      fc.property(aLife('enters'), (life) => {
        const steps = stepsOf(life);
        between += steps.filter(({ episode }) => episode.closest?.between).length;
        expect(steps).toEqual(slowVisits(life.fixes, { ...areaOf(life), nearM: 0, closeM: 0 }));
      }),
      { numRuns: 500 },
    );
    expect(between).toBeGreaterThan(30);
  });

  it('tells the same from every moment of rest, and from states that went through JSON', () => {
    fc.assert(
      fc.property(aLife('leaves', 'enters'), (life) => {
        for (const { anew, whole } of foldFromRest(rule, life, settings)) expect(anew).toEqual(whole);
        expect(foldRule(rule, life, settings).told).toEqual(foldRule(rule, life, settings, { keep: (s) => s }).told);
      }),
      { numRuns: 60 },
    );
  });

  it('remembers something exactly while an alert is open, and the same object while nothing changes', () => {
    fc.assert(
      fc.property(aLife('leaves', 'enters'), (life) => {
        foldRule(rule, life, settings, {
          keep: (state) => state,
          onJudged: ({ state, episode }, _, before) => {
            expect(state !== null).toBe(episode !== null && episode.closedAt === null);
            if (before !== null && JSON.stringify(before) === JSON.stringify(state)) expect(state).toBe(before);
          },
        });
      }),
      { numRuns: 300 },
    );
  });

  it('at rest, is concerned by no move whose fixes, and the one before them, are beyond its reach', () => {
    let concerned = 0;
    fc.assert(
      fc.property(aLife('leaves', 'enters'), (life) => {
        const area = areaOf(life);
        for (const { step, index } of foldRule(rule, life, settings).told) {
          if (step.change !== 'opened') continue;
          const [before, from, to] = [-2, -1, 0].map((back) => life.fixes[Math.max(0, index + back)]!);
          const nearest = Math.min(
            leastDistanceOnPath(from!, to!, area.shape).m,
            leastDistanceOnPath(before!, from!, area.shape).m,
          );
          expect(nearest).toBeLessThanOrEqual(rule.reachM!(area, settings) + 0.01);
          concerned++;
        }
      }),
      { numRuns: 300 },
    );
    expect(concerned).toBeGreaterThan(50);
  });

  it('ends an alert as it began when the area is watched the other way from then on', () => {
    fc.assert(
      fc.property(aLife('leaves', 'enters'), (life) => {
        const area = areaOf(life);
        const turned = { ...area, watch: area.watch === 'leaves' ? 'enters' : 'leaves' } as const;
        let states: unknown = null;
        foldRule(rule, life, settings, {
          keep: (state) => (states = state),
          onJudged: (judgement, index, before) => {
            if (before === null) return;
            const move = { from: life.fixes[index - 1] ?? null, to: life.fixes[index]! };
            const scene = { animal: SOMEBODY, recent: [], nearestFarm: () => null };
            expect(rule.judge(move, turned, states as never, settings, scene)).toEqual(judgement);
          },
        });
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    ['leaveMarginM', { leaveMarginM: -1 }],
    ['errorCapM', { errorCapM: Infinity }],
    ['pathMaxH', { pathMaxH: 'long' }],
    ['lookbackH', { lookbackH: 0 }],
  ])('refuses %s in %j', (field, wrong) => {
    expect(rule.settings.safeParse(wrong).error?.issues.map(({ path }) => path.join('.'))).toEqual([field]);
  });
});
