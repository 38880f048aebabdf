import { Inject, Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { isDeepStrictEqual } from 'node:util';
import { invalidInput } from '../access/checked-input.ts';
import type { EpochMs } from '../domain/fix.ts';
import { Problem } from '../domain/problem.ts';
import { CollarDirectory } from '../registry/collar-directory.ts';
import type { Rule } from '../rules/rule.ts';
import { ActiveRule, inDefault, RuleBook, type RuleInForce } from './rule-book.ts';
import { demandPossible, type RuleChange } from './rule-change.ts';
import { type RuleEdit, RuleSettingsStore, type RuleVersion } from './rule-settings.store.ts';

/** Every rule by name: `@Inject(RULES) rules: ReadonlyMap<string, Rule>`. */
export const RULES = Symbol('rules');

/** How long to wait for a database that did not answer, milliseconds. */
const RETRY_MS = 1_000;

/** A rule with what it is set to. */
export interface RuleAsSet {
  readonly rule: Rule;
  /** What is judged by. */
  readonly inForce: RuleInForce;
  /** Where it comes from; null: nobody has ever set it. */
  readonly stored: RuleVersion | null;
}

/**
 * What the rules are set to, in memory, for those who judge. At once after an edit of our own, and within a second after one of
 * another process: an edit of a rule moves the registry's version.
 */
@Injectable()
export class RuleSettings implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger('rules');
  private readonly listeners = new Set<() => void>();
  private book: RuleBook;
  private stored: ReadonlyMap<string, RuleVersion> = new Map();
  private asOf = -1;
  private reading: Promise<void> | null = null;
  private following: Promise<void> | null = null;
  private endFollowing: (() => void) | undefined;
  private endWait: (() => void) | undefined;
  private stopped = false;

  constructor(
    @Inject(RULES) private readonly rules: ReadonlyMap<string, Rule>,
    private readonly store: RuleSettingsStore,
    private readonly directory: CollarDirectory,
  ) {
    this.book = new RuleBook(rules.values());
  }

  async onModuleInit(): Promise<void> {
    await this.refresh();
    this.endFollowing = this.directory.onChange(() => this.beginFollowing());
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    this.endFollowing?.();
    this.endWait?.();
    await this.following;
  }

  /** The rules as they are set. The same object for as long as none of them is set anew. */
  get current(): RuleBook {
    return this.book;
  }

  /** The version of the registry as of which `current` was read. */
  get version(): number {
    return this.asOf;
  }

  /** The rules as they are set, no older than the directory's copy of the registry. Costs nothing where they are not. */
  async inStep(): Promise<RuleBook> {
    while (this.asOf < this.directory.version) await this.refresh();
    return this.book;
  }

  /**
   * Calls back after `current` has become another.
   *
   * @returns what ends it
   */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Every rule, in the order of their names. */
  all(): readonly RuleAsSet[] {
    return this.book.rules.map(({ rule, inForce }) => ({ rule, inForce, stored: this.stored.get(rule.name) ?? null }));
  }

  /** @throws Problem 404 */
  find(name: string): RuleAsSet {
    const found = this.all().find(({ rule }) => rule.name === name);
    if (!found) throw new Problem(404, 'unknown-rule', 'There is no such rule.');
    return found;
  }

  /**
   * Sets a rule. What the change does not name stays; a change that changes nothing makes no version.
   *
   * @throws Problem 404; 409 when another version is in force than the change names; 422 naming every wrong field
   */
  async put(name: string, change: RuleChange, by: string, now: EpochMs): Promise<void> {
    const { rule } = this.find(name);
    const { rejudgeFrom } = change;
    if (rejudgeFrom !== undefined && rejudgeFrom > now)
      throw invalidInput([{ field: 'rejudgeFrom', expected: 'a time that has been' }], 422);
    const registry = await this.directory.upToDate();
    await this.store.edit(name, by, now, (stored) => {
      if (change.version !== undefined && change.version !== (stored?.version ?? 0))
        throw new Problem(
          409,
          'version-moved',
          `Version ${stored?.version ?? 0} of ${name} is in force: read it again.`,
        );
      const before = stored ?? inDefault(rule);
      const next = {
        enabled: change.enabled ?? before.enabled,
        settings: change.settings ?? before.settings,
        overrides: change.overrides ?? before.overrides,
      };
      demandPossible(rule, next, registry);
      // Nothing was heard before 1970, and not every earlier year is one to the database.
      return editOf(before, next, rejudgeFrom === undefined ? null : Math.max(0, rejudgeFrom));
    });
    await this.directory.refresh();
    await this.inStep();
  }

  /** Reads what the rules are set to. What was committed before the call is in it. */
  private async refresh(): Promise<void> {
    // A reading under way may have begun before the commit that the caller has in mind.
    await this.reading?.catch(() => undefined);
    this.reading ??= this.read().finally(() => (this.reading = null));
    await this.reading;
  }

  private async read(): Promise<void> {
    const { registryVersion, rules } = await this.store.read();
    const versions = new Map(rules.map((rule) => [rule.name, rule]));
    const isSame = versions.size === this.stored.size && rules.every((one) => this.isKnown(one));
    if (!isSame) {
      this.stored = versions;
      this.book = new RuleBook(this.rules.values(), this.usable(rules));
    }
    this.asOf = registryVersion;
    if (!isSame) for (const listener of this.listeners) listener();
  }

  private isKnown({ name, version }: RuleVersion): boolean {
    return this.stored.get(name)?.version === version;
  }

  /**
   * What an older program stored may not be accepted any more. Then the rule speaks by its defaults: an alert too many is better
   * than silence.
   */
  private usable(stored: readonly RuleVersion[]): RuleInForce[] {
    return stored.flatMap(({ name, version, enabled, settings, overrides }) => {
      const rule = this.rules.get(name);
      const inForce = { name, enabled, settings, overrides };
      if (!rule) return [];
      try {
        new ActiveRule(rule, inForce);
        return [inForce];
      } catch (error) {
        this.logger.error(
          `version ${version} of ${name} is not accepted any more; its defaults hold: ${String(error)}`,
        );
        return [{ ...inDefault(rule), enabled }];
      }
    });
  }

  private beginFollowing(): void {
    this.following ??= this.follow().finally(() => {
      this.following = null;
      // It may have moved on while this was ending.
      if (!this.stopped && this.asOf < this.directory.version) this.beginFollowing();
    });
  }

  private async follow(): Promise<void> {
    for (let tries = 0; !this.stopped; tries++) {
      try {
        await this.inStep();
        return;
      } catch (error) {
        if (tries === 0)
          this.logger.warn(`what rules are set to could not be read; going on with what was: ${String(error)}`);
        await new Promise<void>((resolve) => {
          this.endWait = resolve;
          setTimeout(resolve, RETRY_MS).unref();
        });
      }
    }
  }
}

function editOf(
  before: Omit<RuleInForce, 'name'>,
  next: Omit<RuleInForce, 'name'>,
  rejudgeFrom: EpochMs | null,
): RuleEdit {
  const { enabled, settings, overrides } = before;
  // As the database gives it back: undefined fields are no fields.
  const changes = !isDeepStrictEqual(JSON.parse(JSON.stringify(next)), { enabled, settings, overrides });
  const wasOn = enabled || overrides.some((override) => override.enabled === true);
  const isOffSomewhere = !next.enabled || next.overrides.some((override) => override.enabled === false);
  return { next: changes ? next : null, rejudgeFrom, turnsOff: changes && wasOn && isOffSomewhere };
}
