import fc from 'fast-check';
import { z } from 'zod';
import type { Rule, Watched } from '../rules/rule.ts';
import { AT_REST } from '../rules/rule.ts';
import { combinations, type Override, Overriding, TooManyCombinations } from './overrides.ts';
import { ActiveRule, RuleBook, type RuleInForce } from './rule-book.ts';

const settings = z
  .strictObject({ low: z.number().default(1), high: z.number().default(10), hours: z.number().default(2) })
  .refine(({ low, high }) => low <= high, { path: ['high'], error: 'expected at least low' });
type Settings = z.output<typeof settings>;

function aRule(over: Partial<Rule<Settings>> = {}): Rule {
  return {
    name: 'test-rule',
    about: 'farm',
    levels: ['low'],
    settings,
    lookbackMs: ({ hours }: Settings) => hours * 3_600_000,
    judge: () => AT_REST,
    ...over,
  };
}

function anAnimal(id: string, group: string | null = null, serial = `c-${id}`): Watched {
  return { id, group, species: null, stamina: { maxKmh: 8, slackM: 1_500 }, collar: { serial, fixIntervalS: null } };
}

const inForce = (over: Partial<RuleInForce> = {}): RuleInForce => ({
  name: 'test-rule',
  enabled: true,
  settings: {},
  overrides: [],
  ...over,
});

describe('the settings of a rule for an animal and a place', () => {
  it('are the defaults, and none where the rule is off', () => {
    expect(new ActiveRule(aRule(), inForce()).settingsFor(anAnimal('a'), 'f')).toEqual({ low: 1, high: 10, hours: 2 });
    expect(new ActiveRule(aRule(), inForce({ enabled: false })).settingsFor(anAnimal('a'), 'f')).toBeUndefined();
  });

  it('are those of the last override that matches, each setting for itself', () => {
    const rule = new ActiveRule(
      aRule(),
      inForce({
        settings: { hours: 3 },
        overrides: [
          { farms: ['f'], settings: { low: 2, high: 20 } },
          { groups: ['females'], settings: { low: 4 } },
          { animals: ['b'], farms: ['f'], enabled: false },
          { animals: ['b'], collars: ['spare'], enabled: true },
        ],
      }),
    );
    expect(rule.settingsFor(anAnimal('a', 'females'), 'f')).toEqual({ low: 4, high: 20, hours: 3 });
    expect(rule.settingsFor(anAnimal('a', 'females'), 'g')).toEqual({ low: 4, high: 10, hours: 3 });
    expect(rule.settingsFor(anAnimal('a'), 'f')).toEqual({ low: 2, high: 20, hours: 3 });
    expect(rule.settingsFor(anAnimal('b'), 'f')).toBeUndefined();
    expect(rule.settingsFor(anAnimal('b'), 'g')).toEqual({ low: 1, high: 10, hours: 3 });
    expect(rule.settingsFor(anAnimal('b', null, 'spare'), 'f')).toEqual({ low: 2, high: 20, hours: 3 });
  });

  it('are known to be off everywhere', () => {
    expect(new ActiveRule(aRule(), inForce({ enabled: false })).isOff).toBe(true);
    expect(
      new ActiveRule(aRule(), inForce({ enabled: false, overrides: [{ farms: ['f'], enabled: true }] })).isOff,
    ).toBe(false);
    expect(new ActiveRule(aRule(), inForce()).isOff).toBe(false);
  });

  it('follow an animal into another group', () => {
    const rule = new ActiveRule(aRule(), inForce({ overrides: [{ groups: ['females'], settings: { low: 4 } }] }));
    expect(rule.settingsFor(anAnimal('a'), 'f')).toMatchObject({ low: 1 });
    expect(rule.settingsFor(anAnimal('a', 'females'), 'f')).toMatchObject({ low: 4 });
  });

  it('are one object for all that have the same', () => {
    const rule = new ActiveRule(
      aRule(),
      inForce({
        overrides: [
          { farms: ['f'], settings: { low: 2 } },
          { farms: ['g'], settings: { low: 2 } },
        ],
      }),
    );
    expect(rule.settingsFor(anAnimal('a'), 'f')).toBe(rule.settingsFor(anAnimal('b'), 'g'));
    expect(rule.variants).toHaveLength(2);
  });

  it('are refused where overrides that are good alone cannot hold together', () => {
    const [low, high]: Override[] = [{ animals: ['a'], settings: { low: 9 } }, { settings: { high: 5 } }];
    expect(() => new ActiveRule(aRule(), inForce({ overrides: [low!, high!] }))).toThrow(/at least low/);
    const [here, there] = [
      { ...low!, farms: ['f'] },
      { ...high!, farms: ['g'] },
    ];
    expect(() => new ActiveRule(aRule(), inForce({ overrides: [here, there] }))).not.toThrow();
  });

  it('look back as far as any of them', () => {
    const overrides: Override[] = [
      { animals: ['a'], settings: { hours: 5 } },
      { farms: ['f'], settings: { hours: 4 } },
    ];
    expect(new ActiveRule(aRule(), inForce({ overrides })).lookbackMs).toBe(5 * 3_600_000);
    const book = new RuleBook([aRule(), aRule({ name: 'other' })], [inForce({ overrides })]);
    expect(book.lookbackMs).toBe(5 * 3_600_000);
    expect(book.rule('other')?.lookbackMs).toBe(2 * 3_600_000);
    expect(book.rule('absent')).toBeUndefined();
  });

  it('are, however many overrides there are, what merging those that match gives', () => {
    const ids = (prefix: string) =>
      fc.option(fc.uniqueArray(fc.constantFrom(`${prefix}1`, `${prefix}2`, `${prefix}3`), { minLength: 1 }), {
        nil: undefined,
      });
    const override = fc.record({
      animals: ids('a'),
      groups: ids('g'),
      farms: ids('f'),
      enabled: fc.option(fc.boolean(), { nil: undefined }),
      settings: fc.option(
        fc.record(
          { low: fc.integer({ min: -9, max: 0 }), hours: fc.integer({ min: 1, max: 9 }) },
          { requiredKeys: [] },
        ),
        { nil: undefined },
      ),
    }) as fc.Arbitrary<Override>;
    fc.assert(
      fc.property(fc.array(override, { maxLength: 6 }), fc.boolean(), (overrides, enabled) => {
        const rule = new ActiveRule(aRule(), inForce({ overrides, enabled }));
        for (const id of ['a1', 'a2', 'a3']) {
          for (const group of ['g1', 'g2', null]) {
            for (const place of ['f1', 'f2', 'f4']) {
              let [on, merged]: [boolean, object] = [enabled, {}];
              for (const one of overrides) {
                const wants = (list: readonly string[] | undefined, value: string | null) =>
                  list === undefined || (value !== null && list.includes(value));
                if (!wants(one.animals, id) || !wants(one.groups, group) || !wants(one.farms, place)) continue;
                on = one.enabled ?? on;
                merged = { ...merged, ...one.settings };
              }
              const expected = on ? settings.parse(merged) : undefined;
              expect(rule.settingsFor(anAnimal(id, group), place)).toEqual(expected);
              if (expected) expect(rule.variants).toContainEqual(expected);
            }
          }
        }
      }),
    );
  });
});

describe('the ways in which overrides hold together', () => {
  const all = (count: number): Overriding[] =>
    Array.from({ length: count }, (_, n) => new Overriding({ settings: { low: n } }));
  it('are every choice of those that can meet', () => {
    expect(combinations(all(3), 10)).toEqual([[], [0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]]);
    const farms = ['f', 'g', 'h'].map((farm) => new Overriding({ farms: [farm], settings: {} }));
    expect(combinations(farms, 10)).toEqual([[], [0], [1], [2]]);
    expect(combinations([new Overriding({ enabled: false })], 10)).toEqual([[]]);
  });

  it('are not gone through when they are too many', () => {
    expect(() => combinations(all(200), 1_000)).toThrow(TooManyCombinations);
  });
});
