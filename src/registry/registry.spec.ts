import fc from 'fast-check';
import { Registry } from './registry.ts';
import type { StoredDeployment } from './stored.ts';

const registryOf = (deployments: StoredDeployment[]) =>
  new Registry({ version: 1, animals: [], collars: [], deployments, farms: [], areas: [], gateways: [] });

describe('Registry', () => {
  it('knows which animal wore a collar: from its beginning to the moment before its end', () => {
    const registry = registryOf([
      { id: 1, animal: 'sofia', collarId: 7, from: 100, to: 200 },
      { id: 2, animal: 'leo', collarId: 7, from: 200, to: 300 },
      { id: 3, animal: 'sofia', collarId: 7, from: 400, to: null },
    ]);
    const at = [99, 100, 199, 200, 299, 300, 399, 400, 4e12];
    expect(at.map((time) => registry.animalAt(7, time))).toEqual([
      null,
      'sofia',
      'sofia',
      'leo',
      'leo',
      null,
      null,
      'sofia',
      'sofia',
    ]);
    expect(registry.animalAt(8, 100)).toBeNull();
    expect(registry.deploymentsOf('sofia').map(({ id }) => id)).toEqual([1, 3]);
    expect(registry.deploymentsOf('nemo')).toEqual([]);
  });

  it('agrees with looking at every deployment, in whatever order they are stored', () => {
    const cuts = fc.uniqueArray(fc.integer({ min: 0, max: 1000 }), { minLength: 2, maxLength: 20 });
    fc.assert(
      fc.property(cuts, fc.integer({ min: -10, max: 1010 }), fc.boolean(), (times, at, open) => {
        const sorted = [...times].sort((a, b) => a - b);
        const deployments = sorted.slice(0, -1).map((from, i): StoredDeployment => {
          const to = open && i === sorted.length - 2 ? null : sorted[i + 1]!;
          return { id: i, animal: `animal-${i}`, collarId: 7, from, to };
        });
        const expected = deployments.find(({ from, to }) => from <= at && (to === null || at < to))?.animal ?? null;
        expect(registryOf([...deployments].reverse()).animalAt(7, at)).toBe(expected);
      }),
    );
  });
});
