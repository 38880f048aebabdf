import type { Rule, Watched } from '../rules/rule.ts';

/** Other settings for some animals, collars or places. An absent list asks for all; of several lists all must match. */
export interface Override {
  readonly animals?: readonly string[];
  readonly groups?: readonly string[];
  readonly collars?: readonly string[];
  readonly farms?: readonly string[];
  readonly areas?: readonly string[];
  /** Absent: as before. */
  readonly enabled?: boolean;
  /** Only the settings that differ. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** A rule as it is set: what differs from its defaults. */
export interface RuleInForce {
  readonly name: string;
  readonly enabled: boolean;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Later ones go before earlier ones. */
  readonly overrides: readonly Override[];
}

/** Settings kept by whom and what they are for; more than this are computed anew. */
const MAX_KEPT = 200_000;
const DISABLED = Symbol('disabled');

/** A rule with the settings in force, for each animal and place. */
export class ActiveRule {
  /** Every distinct settings that may be in force somewhere: who asks how far a rule reaches must ask them all. */
  readonly variants: readonly unknown[];
  /** The longest look-back of any variant, ms. */
  readonly lookbackMs: number;
  private readonly base: unknown;
  private readonly kept = new Map<string, unknown>();

  /** @throws ZodError on settings that the rule does not accept */
  constructor(
    readonly rule: Rule,
    private readonly inForce: RuleInForce,
  ) {
    const parse = (settings: Readonly<Record<string, unknown>>) => rule.settings.parse(settings);
    const base = parse(inForce.settings);
    this.base = inForce.enabled ? base : DISABLED;
    this.variants = [base, ...inForce.overrides.map(({ settings }) => parse({ ...inForce.settings, ...settings }))];
    this.lookbackMs = Math.max(0, ...this.variants.map((settings) => rule.lookbackMs?.(settings) ?? 0));
  }

  /** The settings for an animal and a place (a farm's or an area's id, or ''); undefined: the rule is off there. */
  settingsFor(animal: Watched, place: string): unknown {
    const settings = this.inForce.overrides.length === 0 ? this.base : this.overridden(animal, place);
    return settings === DISABLED ? undefined : settings;
  }

  private overridden(animal: Watched, place: string): unknown {
    const key = `${animal.id}\n${animal.collar.serial}\n${place}`;
    const known = this.kept.get(key);
    if (known !== undefined) return known;
    const matching = this.inForce.overrides.filter((override) => this.matches(override, animal, place));
    const enabled = matching.findLast((override) => override.enabled !== undefined)?.enabled ?? this.inForce.enabled;
    const settings = Object.assign({}, this.inForce.settings, ...matching.map((override) => override.settings ?? {}));
    const found = enabled ? this.rule.settings.parse(settings) : DISABLED;
    if (this.kept.size >= MAX_KEPT) this.kept.clear();
    this.kept.set(key, found);
    return found;
  }

  private matches({ animals, groups, collars, farms, areas }: Override, animal: Watched, place: string): boolean {
    const { about } = this.rule;
    return (
      (animals?.includes(animal.id) ?? true) &&
      (groups === undefined || (animal.group !== null && groups.includes(animal.group))) &&
      (collars?.includes(animal.collar.serial) ?? true) &&
      (farms === undefined || (about === 'farm' && farms.includes(place))) &&
      (areas === undefined || (about === 'area' && areas.includes(place)))
    );
  }
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
