import fc from 'fast-check';
import { trueOffset } from '../../test/support/geodesy-oracle.ts';
import { aDistance, aFarmShape, anAzimuth } from '../../test/support/shapes.ts';
import { slowVisits } from '../../test/support/slow-visits.ts';
import type { Step } from '../domain/alert/episode.ts';
import { STAMINA } from '../domain/quality/confirm.ts';
import { prepareBoundary } from '../domain/geo/boundary.ts';
import { leastDistanceOnPath } from '../domain/geo/path.ts';
import rule from './farm-proximity.ts';
import type { GuardedFarm, JudgedFix, Scene } from './rule.ts';

const MINUTE_MS = 60_000;
const settings = rule.settings.parse({});

/** Nothing in it matters to this rule. */
const scene: Scene = {
  animal: { id: 'sofia', species: null, group: null, stamina: STAMINA, collar: { serial: '1', fixIntervalS: null } },
  recent: [],
  nearestFarm: () => null,
};

interface Walk {
  readonly farm: GuardedFarm;
  readonly fixes: readonly JudgedFix[];
}

/** A walk around, past and through a farm: now near, now far, at times resting, with good and bad fixes. */
const aWalk: fc.Arbitrary<Walk> = fc
  .record({
    shape: aFarmShape(3_000),
    rings: fc.record({ nearM: fc.constantFrom(500, 2_000, 5_000), closeM: fc.constantFrom(1, 100, 500) }),
    moves: fc.array(
      fc.record({
        azimuth: anAzimuth(),
        metres: fc.oneof(aDistance(9_000), fc.constantFrom(0, 600, 2_100, 2_300)),
        // Never 0: an animal wears one collar at a time, so no two of its fixes are of one moment.
        minutes: fc.oneof(fc.integer({ min: 1, max: 500 }), fc.constantFrom(1 / MINUTE_MS, 360, 361)),
        errorM: fc.oneof(fc.integer({ min: 5, max: 60 }), fc.integer({ min: 100, max: 500 })),
        rests: fc.boolean(),
      }),
      { minLength: 1, maxLength: 25 },
    ),
  })
  .map(({ shape: { geometry, centre }, rings, moves }) => {
    let at = 1_790_000_000_000;
    let place = centre;
    const fixes = moves.map(({ azimuth, metres, minutes, errorM, rests }, index) => {
      at += minutes * MINUTE_MS;
      // Rest now and then, so that a visit can see two fixes in a row of the same kind.
      if (!rests || index === 0) place = trueOffset(centre, azimuth, metres);
      return { ...place, at, errorM };
    });
    return {
      farm: { id: 'farm', name: 'Farm', ...rings, boundary: geometry, shape: prepareBoundary(geometry) },
      fixes,
    };
  });

const throughJson = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

function fold({ farm, fixes }: Walk, keep: <T>(state: T) => T): Step[] {
  const steps: Step[] = [];
  let state = null;
  let from: JudgedFix | null = null;
  for (const to of fixes) {
    const judgement = rule.judge({ from, to }, farm, state, settings, scene);
    steps.push(...judgement.steps);
    state = keep(judgement.state);
    from = to;
  }
  return steps;
}

describe('farm-proximity', () => {
  it('gives the steps that the rules give when all fixes are read at once', () => {
    const told: Record<string, number> = {};
    fc.assert(
      fc.property(aWalk, (walk) => {
        const steps = fold(walk, (state) => state);
        for (const { change, at } of steps) {
          const kind = walk.fixes.some((fix) => fix.at === at) ? change : `${change} between fixes`;
          told[kind] = (told[kind] ?? 0) + 1;
        }
        expect(steps).toEqual(slowVisits(walk.fixes, walk.farm));
      }),
      { numRuns: 1_000 },
    );
    // The walks have shown every kind of step, many times.
    for (const kind of ['opened', 'escalated', 'eased', 'closed', 'opened between fixes', 'escalated between fixes'])
      expect(told[kind]).toBeGreaterThan(50);
  });

  it('remembers all it needs as JSON', () => {
    fc.assert(
      fc.property(aWalk, (walk) => {
        expect(fold(walk, throughJson)).toEqual(fold(walk, (state) => state));
      }),
      { numRuns: 500 },
    );
  });

  it('remembers nothing of a farm that nobody visits, and the same object when nothing has changed', () => {
    fc.assert(
      fc.property(aWalk, ({ farm, fixes }) => {
        let state = null;
        let from: JudgedFix | null = null;
        let isOpen = false;
        for (const to of fixes) {
          const before: unknown = state;
          const judgement = rule.judge({ from, to }, farm, state, settings, scene);
          for (const { change } of judgement.steps) isOpen = change !== 'closed';
          expect(judgement.state !== null).toBe(isOpen);
          expect(judgement.episode !== null).toBe(isOpen || judgement.steps.length > 0);
          if (before !== null && JSON.stringify(before) === JSON.stringify(judgement.state))
            expect(judgement.state).toBe(before);
          state = judgement.state;
          from = to;
        }
      }),
      { numRuns: 500 },
    );
  });

  it('at rest, is not concerned by a move that stays beyond its reach', () => {
    fc.assert(
      fc.property(aWalk, ({ farm, fixes }) => {
        for (const [index, to] of fixes.entries()) {
          const from = fixes[index - 1] ?? null;
          const { m } = leastDistanceOnPath(from ?? to, to, farm.shape);
          if (m <= rule.reachM!(farm, settings)) continue;
          expect(rule.judge({ from, to }, farm, null, settings, scene)).toEqual({
            state: null,
            episode: null,
            steps: [],
          });
        }
      }),
      { numRuns: 300 },
    );
  });

  it.each([{ pathMaxH: -1 }, { leaveMarginM: 'far' }, { errorCapM: Infinity }])('refuses settings %j', (wrong) => {
    expect(rule.settings.safeParse(wrong).success).toBe(false);
  });
});
