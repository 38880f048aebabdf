import fc from 'fast-check';
import { Census, idOf, serialOf } from './census.ts';
import { gatewayOf, reserveOf } from './registration.ts';

describe('names', () => {
  it('are always what the registry takes, and no two identifiers share one', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' })), { maxLength: 20 }),
        (pairs) => {
          const census = new Census();
          for (const [tag, individual] of pairs) census.add({ tag, individual, taxon: undefined }, 0);
          const all = census.all();
          for (const { animal, serial } of all) {
            expect(animal).toMatch(/^[a-z0-9][a-z0-9-]{0,62}$/);
            expect(serial).toMatch(/^[A-Za-z0-9._-]{1,64}$/);
          }
          const distinct = (values: string[]) => new Set(values).size;
          expect(distinct(all.map(({ animal }) => animal))).toBe(distinct(pairs.map(([, individual]) => individual)));
          expect(distinct(all.map(({ serial }) => serial))).toBe(distinct(pairs.map(([tag]) => tag)));
        },
      ),
    );
  });

  it('stay close to what they stand for', () => {
    expect([serialOf('F 53/a'), serialOf('267'), serialOf('虎')]).toEqual(['F-53-a', '267', 'tag']);
    expect([idOf('Salif Keita'), idOf('Ōkami, the 1st'), idOf('虎')]).toEqual([
      'salif-keita',
      'okami-the-1st',
      'animal',
    ]);
  });
});

describe('registration', () => {
  const wearing = (animal: string, serial: string, first: number, last: number) => ({
    ...{ animal, serial, name: animal.toUpperCase(), taxon: 'Puma concolor', first, last },
  });

  it('has animals, collars, deployments from the first row to the last, and a gateway for these collars alone', () => {
    const gateway = gatewayOf('Elephants 2014.csv.gz');
    expect(gateway.id).toBe('replay-elephants-2014');
    const reserve = reserveOf(
      [wearing('a', 't1', 0, 1_000), wearing('b', 't1', 2_000, 3_000), wearing('a', 't2', 4_000, 4_000)],
      gateway,
    );
    expect(reserve).toEqual({
      animals: [
        { id: 'a', name: 'A', species: 'Puma concolor' },
        { id: 'b', name: 'B', species: 'Puma concolor' },
      ],
      collars: ['t1', 't2'].map((serial) => ({
        serial,
        format: 'json-v1',
        secret: expect.stringMatching(/^[\w-]{32}$/),
      })),
      deployments: [
        { animal: 'a', collar: 't1', from: '1970-01-01T00:00:00.000Z', to: '1970-01-01T00:00:01.001Z' },
        { animal: 'b', collar: 't1', from: '1970-01-01T00:00:02.000Z', to: '1970-01-01T00:00:03.001Z' },
        { animal: 'a', collar: 't2', from: '1970-01-01T00:00:04.000Z', to: '1970-01-01T00:00:04.001Z' },
      ],
      gateways: [{ ...gateway, collars: ['t1', 't2'] }],
    });
  });

  it('refuses an animal in two collars at once, and a collar on two animals', () => {
    const gateway = gatewayOf('x.csv');
    expect(() => reserveOf([wearing('a', 't1', 0, 9), wearing('a', 't2', 5, 12)], gateway)).toThrow(
      'a in t1 overlaps a in t2',
    );
    expect(() => reserveOf([wearing('a', 't1', 0, 9), wearing('b', 't1', 9, 12)], gateway)).toThrow(
      'a in t1 overlaps b in t1',
    );
  });
});
