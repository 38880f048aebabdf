import { Registry } from '../registry/registry.ts';
import type { StoredRegistry } from '../registry/stored.ts';
import { type PlanInput, planRegistry, type Wearing } from './registry-plan.ts';

const EMPTY: StoredRegistry = {
  version: 1,
  animals: [],
  collars: [],
  deployments: [],
  farms: [],
  areas: [],
  gateways: [],
};
const collar = { format: 'json-v1', secretHash: null, fixIntervalS: null, details: {} };
const wearing = (tag: string, animal: string | null, first: number, last: number): Wearing => ({
  tag,
  animal,
  first,
  last,
  line: 2,
});

function plan(stored: Partial<StoredRegistry>, input: Partial<PlanInput>) {
  const registry = new Registry({ ...EMPTY, ...stored });
  return planRegistry({ wearings: [], reference: null, create: true, animals: {}, collars: {}, ...input, registry });
}

describe('planRegistry', () => {
  it('makes what is not there, from the first row to just behind the last', () => {
    const { animals, collars, deployments, missing } = plan({}, { wearings: [wearing('T 1', 'F1', 1_000, 2_000)] });
    expect(animals).toMatchObject([{ id: 'f1', name: 'F1' }]);
    expect(collars).toMatchObject([{ serial: 'T-1', tag: 'T 1', secret: null }]);
    expect(deployments).toEqual([{ animal: 'f1', collar: 'T-1', from: 1_000, to: 2_001 }]);
    expect(missing).toEqual([]);
  });

  it('makes nothing once it was done, and goes on where a longer file begins', () => {
    const stored = {
      animals: [{ id: 'f1', name: 'F1', details: {} }],
      collars: [{ ...collar, id: 7, serial: 'T-1', details: { tag: 'T 1' } }],
      deployments: [{ id: 1, animal: 'f1', collarId: 7, from: 1_000, to: 2_001 }],
    };
    const same = plan(stored, { wearings: [wearing('T 1', 'F1', 1_000, 2_000)] });
    expect([same.animals, same.collars, same.deployments, same.missing]).toEqual([[], [], [], []]);
    const longer = plan(stored, { wearings: [wearing('T 1', 'F1', 500, 3_000)] });
    expect(longer.deployments).toEqual([
      { animal: 'f1', collar: 'T-1', from: 500, to: 1_000 },
      { animal: 'f1', collar: 'T-1', from: 2_001, to: 3_001 },
    ]);
    expect(longer.missing).toEqual([]);
  });

  it('may not make what it is not told to, and names each missing thing once', () => {
    const { animals, deployments, missing } = plan({}, { create: false, wearings: [wearing('T1', 'F1', 1, 2)] });
    expect([animals, deployments]).toEqual([[], []]);
    expect(missing).toEqual(['collar T1 (line 2) is not registered', 'animal F1 (line 2) is not registered']);
  });

  it('tells a collar that another animal wore then', () => {
    const stored = {
      animals: [{ id: 'sofia', name: 'Sofia', details: {} }],
      collars: [{ ...collar, id: 7, serial: 'T1' }],
      deployments: [{ id: 1, animal: 'sofia', collarId: 7, from: 0, to: null }],
    };
    expect(plan(stored, { wearings: [wearing('T1', 'F1', 10, 20)] }).missing).toEqual([
      expect.stringMatching(/^Two deployments overlap: sofia with collar T1 .*f1 with collar T1/),
    ]);
  });

  it('tells two names apart that are spelt the same as ids, and takes who is said', () => {
    const wearings = [wearing('T1', 'F 1', 1, 2), wearing('T2', 'F-1', 1, 2), wearing('T3', 'F3', 1, 2)];
    const stored = { animals: [{ id: 'bella', name: 'Bella', details: {} }] };
    const { animals } = plan(stored, { wearings, animals: { F3: 'bella' } });
    expect(animals.map(({ id, name }) => [id, name])).toEqual([
      ['f-1', 'F 1'],
      ['f-1-2', 'F-1'],
    ]);
  });

  it('keeps to the reference; where that names no end, the last row is it', () => {
    const reference = {
      animals: [{ name: 'F1', taxon: 'Puma concolor', sex: 'female', line: 2 }],
      collars: [{ tag: 'T1', maker: 'Lotek', model: null, line: 2 }],
      deployments: [
        { tag: 'T1', animal: 'F1', from: 100, to: 200, line: 2 },
        { tag: 'T1', animal: 'F1', from: 300, to: null, line: 3 },
      ],
      bad: [],
    } as const;
    const { deployments, collars } = plan({}, { create: false, reference, wearings: [wearing('T1', 'F1', 50, 900)] });
    expect(deployments).toEqual([
      { animal: 'f1', collar: 'T1', from: 100, to: 200 },
      { animal: 'f1', collar: 'T1', from: 300, to: 901 },
    ]);
    expect(collars).toMatchObject([{ serial: 'T1', maker: 'Lotek' }]);
  });
});
