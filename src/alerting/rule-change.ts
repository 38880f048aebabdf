import { z } from 'zod';
import { invalidInput, type WrongField, wrongFields } from '../access/checked-input.ts';
import { Id, Serial } from '../domain/id.ts';
import { Moment } from '../domain/moment.ts';
import type { Registry } from '../registry/registry.ts';
import { unstorable } from '../registry/storable.ts';
import type { Rule } from '../rules/rule.ts';
import { combinations, type Override, Overriding, type Selector, SELECTORS, TooManyCombinations } from './overrides.ts';
import { MAX_COMBINATIONS, mergedSettings, type RuleInForce } from './rule-book.ts';

const MAX_OVERRIDES = 200;
const MAX_IDS = 10_000;
/** Every fix that is judged needs so much of the past in memory. */
const MAX_LOOKBACK_MS = 90 * 86_400_000;

const Settings = z.record(z.string(), z.unknown()).superRefine((value, context) => {
  const found = unstorable(value);
  if (found) context.addIssue({ code: 'custom', path: found.path, message: `expected ${found.expected}` });
});
const listOf = (id: z.ZodString, what: string) => z.array(id).min(1).max(MAX_IDS).optional().describe(what);

const OverrideDocument = z
  .strictObject({
    animals: listOf(Id, 'Ids. Only these animals.'),
    groups: listOf(Id, 'Only animals of these groups.'),
    collars: listOf(Serial, 'Serials. Only animals that wear these collars.'),
    farms: listOf(Id, 'Ids. Only about these farms.'),
    areas: listOf(Id, 'Ids. Only about these areas.'),
    enabled: z.boolean().optional().describe('Whether the rule speaks there; missing: as elsewhere.'),
    settings: Settings.optional().describe('Only the settings that differ there.'),
  })
  .refine((given) => SELECTORS.some((selector) => given[selector] !== undefined), {
    error: `expected one of ${SELECTORS.join(', ')}`,
  })
  .refine(({ enabled, settings }) => enabled !== undefined || settings !== undefined, {
    error: 'expected enabled or settings',
  });

/** What a rule can be set to. What is missing stays as it is; what is given replaces the whole of it. */
export const ruleDocument = {
  settings: Settings.optional().describe('Those that differ from their defaults; see schema.'),
  overrides: z
    .array(OverrideDocument)
    .max(MAX_OVERRIDES)
    .optional()
    .describe('Other settings for some; where several match, later ones go before earlier ones.'),
};

/** An edit of a rule. */
export const RuleChange = z
  .strictObject({
    enabled: z.boolean().optional().describe('Whether it speaks.'),
    ...ruleDocument,
    version: z.int().nonnegative().optional().describe('Refuse the edit unless this version is in force.'),
    rejudgeFrom: Moment.optional().describe('Judge anew from then on; missing: only what comes is judged by the edit.'),
  })
  .refine(
    ({ enabled, settings, overrides, rejudgeFrom }) =>
      [enabled, settings, overrides, rejudgeFrom].some((given) => given !== undefined),
    { error: 'expected a field to change' },
  );
export type RuleChange = z.output<typeof RuleChange>;

/**
 * Refuses what a rule cannot be set to.
 *
 * @throws Problem 422 that names every wrong field: `settings.pathMaxH`, `overrides[1].settings.missed`, `overrides[0].farms[2]`
 */
export function demandPossible(rule: Rule, next: Omit<RuleInForce, 'name'>, registry: Registry): void {
  const wrong = [...wrongSelectors(rule, next.overrides, registry), ...wrongSettings(rule, next)];
  if (wrong.length > 0) throw invalidInput(wrong, 422);
}

/** Overrides that could never match: who reads them would believe that they do. */
function wrongSelectors(rule: Rule, overrides: readonly Override[], registry: Registry): WrongField[] {
  const groups = new Set(registry.animals().map(({ details }) => details['group']));
  const known: Record<Selector, (id: string) => boolean> = {
    animals: (id) => registry.animal(id) !== undefined,
    groups: (id) => groups.has(id),
    collars: (id) => registry.collar(id) !== undefined,
    farms: (id) => registry.farm(id) !== undefined,
    areas: (id) => registry.area(id) !== undefined,
  };
  const about = { farms: 'farm', areas: 'area' } as const;
  return overrides.flatMap((override, index) =>
    SELECTORS.flatMap((selector) => {
      const field = `overrides[${index}].${selector}`;
      const ids = override[selector] ?? [];
      if ((selector === 'farms' || selector === 'areas') && ids.length > 0 && rule.about !== about[selector])
        return [{ field, expected: `none, for ${rule.name} is about each ${rule.about}` }];
      return ids.flatMap((id, at) =>
        known[selector](id) ? [] : [{ field: `${field}[${at}]`, expected: `${NAMES[selector]} that is registered` }],
      );
    }),
  );
}

const NAMES: Readonly<Record<Selector, string>> = {
  animals: 'an animal',
  groups: 'a group of an animal',
  collars: 'a collar',
  farms: 'a farm',
  areas: 'an area',
};

/** What a rule does not accept: its settings, those of each override, and those of overrides that hold together. */
function wrongSettings(rule: Rule, next: Omit<RuleInForce, 'name'>): WrongField[] {
  const base = wrongFor(rule, next, []);
  if (base.length > 0) return base;
  const alone = next.overrides.flatMap((override, index) =>
    override.settings === undefined ? [] : wrongFor(rule, next, [index]),
  );
  if (alone.length > 0) return alone;
  const overridings = next.overrides.map((override) => new Overriding(override));
  try {
    return combinations(overridings, MAX_COMBINATIONS)
      .filter((indexes) => indexes.length > 1)
      .flatMap((indexes) => wrongFor(rule, next, indexes));
  } catch (error) {
    if (!(error instanceof TooManyCombinations)) throw error;
    return [{ field: 'overrides', expected: `at most ${MAX_COMBINATIONS} ways in which they can hold together` }];
  }
}

function wrongFor(rule: Rule, next: Omit<RuleInForce, 'name'>, indexes: readonly number[]): WrongField[] {
  const last = indexes.at(-1);
  const field = last === undefined ? 'settings' : `overrides[${last}].settings`;
  const others = indexes.slice(0, -1).map((index) => `overrides[${index}]`);
  const together = others.length > 0 ? `, where ${others.join(' and ')} hold${others.length > 1 ? '' : 's'} too` : '';
  const result = rule.settings.safeParse(mergedSettings(next, indexes));
  if (result.success) {
    // Not "more than": what is not a number is wrong too.
    if ((rule.lookbackMs?.(result.data) ?? 0) <= MAX_LOOKBACK_MS) return [];
    return [{ field, expected: `to look back at most ${MAX_LOOKBACK_MS / 86_400_000} days${together}` }];
  }
  return wrongFields(result.error).map((wrong) => ({
    field: wrong.field === 'the whole' ? field : `${field}.${wrong.field}`,
    expected: `${wrong.expected}${together}`,
  }));
}
