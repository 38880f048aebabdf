import { Injectable } from '@nestjs/common';
import { Database, type Sql } from '../database/database.ts';
import type { EpochMs } from '../domain/fix.ts';
import type { RuleInForce } from './rule-book.ts';

/** One version of what a rule was set to. */
export interface RuleVersion extends RuleInForce {
  /** 1, 2, 3 … of each rule. */
  readonly version: number;
  /** Whoever set it. */
  readonly by: string;
  readonly at: EpochMs;
}

/** What an edit of a rule is to leave behind. */
export interface RuleEdit {
  /** The next version; null: what it is set to stays. */
  readonly next: Omit<RuleInForce, 'name'> | null;
  /** Judge every animal anew from then on; null: what was judged stays. */
  readonly rejudgeFrom: EpochMs | null;
  /** The rule is off now somewhere where it may have open alerts. */
  readonly turnsOff: boolean;
}

interface VersionRow extends Omit<RuleVersion, 'at'> {
  readonly at: Date;
}

const toVersion = (row: VersionRow): RuleVersion => ({ ...row, at: row.at.getTime() });

/** What rules are set to: every version that there was. */
@Injectable()
export class RuleSettingsStore {
  constructor(private readonly database: Database) {}

  /** What each rule that was ever set is set to now, and the version of the registry of that moment: one statement sees both. */
  async read(): Promise<{ registryVersion: number; rules: RuleVersion[] }> {
    const [row] = await this.database.client.$queryRaw<[{ registryVersion: number; rules: RuleVersion[] }]>`
      SELECT version::float8 AS "registryVersion", (
        SELECT coalesce(json_agg(json_build_object('name', rule, 'version', version, 'enabled', enabled, 'settings', settings,
          'overrides', overrides, 'by', by, 'at', round(extract(epoch FROM at) * 1000)) ORDER BY rule), '[]')
        FROM (SELECT DISTINCT ON (rule) * FROM rule_setting ORDER BY rule, version DESC) newest) AS rules
      FROM registry_version`;
    return row;
  }

  /** Versions of a rule before one, newest first. */
  async versions(rule: string, before: number, limit: number): Promise<RuleVersion[]> {
    const rows = await this.database.client.$queryRaw<VersionRow[]>`
      SELECT rule AS name, version, enabled, settings, overrides, by, at FROM rule_setting
      WHERE rule = ${rule} AND version < ${before} ORDER BY version DESC LIMIT ${limit}`;
    return rows.map(toVersion);
  }

  /**
   * Edits a rule as part of the registry: one edit at a time, and the registry's version moves with it, so that every process
   * hears of it.
   *
   * @param decide sees what is in force, with nobody editing meanwhile; what it throws undoes everything
   */
  async edit(rule: string, by: string, at: EpochMs, decide: (stored: RuleVersion | null) => RuleEdit): Promise<void> {
    await this.database.transaction(async (sql) => {
      await sql.$executeRaw`UPDATE registry_version SET version = version + 1`;
      const [row] = await sql.$queryRaw<VersionRow[]>`
        SELECT rule AS name, version, enabled, settings, overrides, by, at FROM rule_setting
        WHERE rule = ${rule} ORDER BY version DESC LIMIT 1`;
      const stored = row ? toVersion(row) : null;
      const { next, rejudgeFrom, turnsOff } = decide(stored);
      if (next !== null) await this.append(sql, { ...next, name: rule, version: (stored?.version ?? 0) + 1, by, at });
      if (rejudgeFrom !== null) await this.rejudge(sql, rejudgeFrom);
      if (turnsOff)
        await sql.$executeRaw`
          INSERT INTO rejudging (rule, registry_version, reason)
          SELECT ${rule}, version, 'rule-disabled' FROM registry_version`;
    });
  }

  private async append(sql: Sql, { name, version, enabled, settings, overrides, by, at }: RuleVersion): Promise<void> {
    await sql.$executeRaw`
      INSERT INTO rule_setting (rule, version, enabled, settings, overrides, by, at)
      VALUES (${name}, ${version}, ${enabled}, ${JSON.stringify(settings)}::jsonb, ${JSON.stringify(overrides)}::jsonb, ${by},
        ${new Date(at)})`;
  }

  /**
   * Marks as stale from a moment on every animal that has a fix at all and wore a collar since. Not only those heard of since:
   * rules speak of silence too.
   */
  private async rejudge(sql: Sql, since: EpochMs): Promise<void> {
    await sql.$executeRaw`
      INSERT INTO rejudging (animal_id, since, registry_version, reason)
      SELECT DISTINCT animal_id, ${new Date(since)}::timestamptz, version, 'rule-edited' FROM registry_version, deployment
      CROSS JOIN LATERAL (
        SELECT FROM fix WHERE fix.collar_id = deployment.collar_id AND at >= starts_at AND at < coalesce(ends_at, 'infinity')
        LIMIT 1) heard
      WHERE coalesce(ends_at, 'infinity') > ${new Date(since)}::timestamptz`;
  }
}
