import type { Rule, Watched } from '../rules/rule.ts';
import { combinations, type Override, Overriding } from './overrides.ts';

export type { Override } from './overrides.ts';

/** A rule as it is set: what differs from its defaults. */
export interface RuleInForce {
  readonly name: string;
  readonly enabled: boolean;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Later ones go before earlier ones. */
  readonly overrides: readonly Override[];
}

/** In so many ways the overrides of one rule may hold together: each is checked when they are set. */
export const MAX_COMBINATIONS = 1_000;
/** Of so many animals and places it is kept which settings are for them; of more it is found anew. */
const MAX_KEPT = 50_000;
const DISABLED = Symbol('disabled');

/** A rule with the settings in force, for each animal and place. */
export class ActiveRule {
  /** Every distinct settings that may be in force somewhere: who asks how far a rule reaches must ask them all. */
  readonly variants: readonly unknown[];
  /** The longest look-back of any variant, ms. */
  readonly lookbackMs: number;
  /** It is off for everybody and everywhere. */
  readonly isOff: boolean;
  private readonly overridings: readonly Overriding[];
  private readonly byCombination: ReadonlyMap<string, unknown>;
  private readonly base: unknown;
  private readonly kept = new Map<string, unknown>();

  /**
   * @throws ZodError on settings that the rule does not accept, however its overrides hold together
   * @throws TooManyCombinations
   */
  constructor(
    readonly rule: Rule,
    readonly inForce: RuleInForce,
  ) {
    this.isOff = !inForce.enabled && !inForce.overrides.some(({ enabled }) => enabled === true);
    this.overridings = inForce.overrides.map((override) => new Overriding(override));
    const parsed = new Map<string, unknown>();
    this.byCombination = new Map(
      combinations(this.overridings, MAX_COMBINATIONS).map((indexes) => {
        const settings = mergedSettings(inForce, indexes);
        const key = JSON.stringify(settings);
        if (!parsed.has(key)) parsed.set(key, rule.settings.parse(settings));
        return [indexes.join(), parsed.get(key)];
      }),
    );
    this.base = this.overridden([]);
    this.variants = [...parsed.values()];
    this.lookbackMs = Math.max(0, ...this.variants.map((settings) => rule.lookbackMs?.(settings) ?? 0));
  }

  /** The settings for an animal and a place (a farm's or an area's id, or ''); undefined: the rule is off there. */
  settingsFor(animal: Watched, place: string): unknown {
    const settings = this.overridings.length === 0 ? this.base : this.remembered(animal, place);
    return settings === DISABLED ? undefined : settings;
  }

  private remembered(animal: Watched, place: string): unknown {
    const key = `${animal.id}\n${animal.group ?? ''}\n${animal.collar.serial}\n${place}`;
    const known = this.kept.get(key);
    if (known !== undefined) return known;
    const matching = this.overridings.flatMap((overriding, index) =>
      overriding.matches(this.rule.about, animal, place) ? [index] : [],
    );
    const found = this.overridden(matching);
    if (this.kept.size >= MAX_KEPT) this.kept.clear();
    this.kept.set(key, found);
    return found;
  }

  private overridden(matching: readonly number[]): unknown {
    const { overrides } = this.inForce;
    const speaks = matching.findLast((index) => overrides[index]!.enabled !== undefined);
    const enabled = speaks === undefined ? this.inForce.enabled : overrides[speaks]!.enabled;
    if (enabled !== true) return DISABLED;
    return this.byCombination.get(matching.filter((index) => overrides[index]!.settings !== undefined).join());
  }
}

/** Settings with those of some overrides, named by their indexes: later ones go before earlier ones. */
export function mergedSettings(
  { settings, overrides }: Pick<RuleInForce, 'settings' | 'overrides'>,
  indexes: readonly number[],
): Readonly<Record<string, unknown>> {
  return Object.assign({}, settings, ...indexes.map((index) => overrides[index]?.settings ?? {})) as Readonly<
    Record<string, unknown>
  >;
}

/** Every rule with what it is set to. Immutable: an edit makes another. */
export class RuleBook {
  readonly rules: readonly ActiveRule[];
  /** How far back any rule looks, ms. */
  readonly lookbackMs: number;

  /** @param inForce of rules that are not named, their defaults hold */
  constructor(rules: Iterable<Rule>, inForce: readonly RuleInForce[] = []) {
    const byName = new Map(inForce.map((one) => [one.name, one]));
    this.rules = [...rules].map((rule) => new ActiveRule(rule, byName.get(rule.name) ?? inDefault(rule)));
    this.lookbackMs = Math.max(0, ...this.rules.map(({ lookbackMs }) => lookbackMs));
  }

  rule(name: string): ActiveRule | undefined {
    return this.rules.find(({ rule }) => rule.name === name);
  }
}

/** A rule as it is when nobody has set it. */
export function inDefault(rule: Rule): RuleInForce {
  return { name: rule.name, enabled: rule.enabled ?? true, settings: {}, overrides: [] };
}
