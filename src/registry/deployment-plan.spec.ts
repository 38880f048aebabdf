import fc from 'fast-check';
import { Problem } from '../domain/problem.ts';
import { planDeployments, type Known } from './deployment-plan.ts';
import type { DeploymentDocument } from './reserve.ts';

const day = (n: number) => Date.UTC(2026, 0, n);
const known = (deployments: Known['deployments'] = []): Known => ({
  deployments,
  animals: new Set(['sofia', 'leo']),
  collars: new Map([
    ['30211', 1],
    ['30212', 2],
  ]),
});
const wanted = (animal: string, collar: string, from: number, to?: number | null): DeploymentDocument => ({
  animal,
  collar,
  from: day(from),
  ...(to === undefined ? {} : { to: to === null ? null : day(to) }),
});
const stored = (id: number, animal: string, collarId: number, from: number, to: number | null) => ({
  id,
  animal,
  collarId,
  from: day(from),
  to: to === null ? null : day(to),
});

function refusal(work: () => unknown): Problem {
  try {
    work();
  } catch (error) {
    if (error instanceof Problem) return error;
  }
  throw new Error('it was not refused');
}

describe('planDeployments', () => {
  it('adds what is new, and gives what is known its new end', () => {
    const plan = planDeployments(
      [wanted('sofia', '30211', 1, 9), wanted('leo', '30212', 1)],
      known([stored(7, 'sofia', 1, 1, null)]),
      '',
    );
    expect(plan).toEqual([
      { id: 7, animal: 'sofia', collarId: 1, from: day(1), to: day(9) },
      { animal: 'leo', collarId: 2, from: day(1), to: null },
    ]);
  });

  it('keeps the end of a known one when none is given, and opens it again with null', () => {
    const ended = known([stored(7, 'sofia', 1, 1, 9)]);
    expect(planDeployments([wanted('sofia', '30211', 1)], ended, '')[0]?.to).toBe(day(9));
    expect(planDeployments([wanted('sofia', '30211', 1, null)], ended, '')[0]?.to).toBeNull();
  });

  it('lets one begin in the moment in which another ends', () => {
    const plan = planDeployments(
      [wanted('sofia', '30211', 1, 5), wanted('sofia', '30212', 5), wanted('leo', '30211', 5)],
      known(),
      '',
    );
    expect(plan).toHaveLength(3);
  });

  it('names both of two that overlap: of an animal, and of a collar', () => {
    const ofAnimal = refusal(() =>
      planDeployments([wanted('sofia', '30212', 5)], known([stored(1, 'sofia', 1, 1, null)]), ''),
    );
    expect(ofAnimal).toMatchObject({ status: 409, code: 'deployments-overlap' });
    expect(ofAnimal.message).toBe(
      'Two deployments overlap: sofia with collar 30211 from 2026-01-01T00:00:00.000Z to now, and sofia with collar 30212 from 2026-01-05T00:00:00.000Z to now.',
    );
    const ofCollar = refusal(() =>
      planDeployments([wanted('sofia', '30211', 1, 6), wanted('leo', '30211', 5)], known(), ''),
    );
    expect(ofCollar.message).toContain('leo with collar 30211');
  });

  it('names an unknown animal or collar by its place in the document', () => {
    const animal = refusal(() =>
      planDeployments([wanted('sofia', '30211', 1), wanted('nemo', '1', 1)], known(), 'deployments'),
    );
    expect(animal).toMatchObject({ status: 422, code: 'unknown-animal' });
    expect(animal.errors).toEqual([
      { field: 'deployments[1].animal', expected: 'a known animal; there is no nemo' },
      { field: 'deployments[1].collar', expected: 'a known collar; there is no 1' },
    ]);
    expect(refusal(() => planDeployments([wanted('sofia', '1', 1)], known(), '')).code).toBe('unknown-collar');
  });

  it('refuses exactly what a comparison of every pair finds to overlap', () => {
    const one = fc.record({
      animal: fc.constantFrom('sofia', 'leo'),
      collar: fc.constantFrom('30211', '30212'),
      from: fc.integer({ min: 1, max: 20 }),
      days: fc.integer({ min: 1, max: 8 }),
    });
    const distinct = {
      selector: (it: { animal: string; collar: string; from: number }) => `${it.animal}${it.collar}${it.from}`,
    };
    fc.assert(
      fc.property(fc.uniqueArray(one, { ...distinct, maxLength: 6 }), (all) => {
        const documents = all.map(({ animal, collar, from, days }) => wanted(animal, collar, from, from + days));
        const overlaps = all.some((a, i) =>
          all.some(
            (b, j) =>
              i < j &&
              (a.animal === b.animal || a.collar === b.collar) &&
              a.from < b.from + b.days &&
              b.from < a.from + a.days,
          ),
        );
        let refused = false;
        try {
          planDeployments(documents, known(), '');
        } catch {
          refused = true;
        }
        expect(refused).toBe(overlaps);
      }),
    );
  });
});
