import { Module } from '@nestjs/common';
import { z } from 'zod';
import { AccessModule } from '../../../src/access/access.module.ts';
import { BacktestController } from '../../../src/alerting/backtest.controller.ts';
import { Backtests } from '../../../src/alerting/backtest.service.ts';
import { RuleSettingsController } from '../../../src/alerting/rule-settings.controller.ts';
import { RULES, RuleSettings } from '../../../src/alerting/rule-settings.service.ts';
import { RuleSettingsStore } from '../../../src/alerting/rule-settings.store.ts';
import { TrackStore } from '../../../src/alerting/track.store.ts';
import { RegistryModule } from '../../../src/registry/registry.module.ts';
import farmProximity from '../../../src/rules/farm-proximity.ts';
import type { Rule, Watched } from '../../../src/rules/rule.ts';
import { AT_REST } from '../../../src/rules/rule.ts';
import { aFarm, aReserve } from '../../factories/reserve.ts';
import { type Answer, type RestApp, startRestApp } from '../../support/rest-app.ts';

/** A rule about the animal itself, with settings that depend on each other. */
export const voltage = {
  name: 'test-voltage',
  about: 'animal',
  levels: ['low', 'empty'],
  enabled: false,
  settings: z
    .strictObject({
      lowV: z.number().positive().max(5).default(3.4).describe('Volts. Below it the battery is low.'),
      emptyV: z.number().positive().max(5).default(3.1).describe('Volts. Below it the battery is empty.'),
      overH: z.number().positive().default(24).describe('Hours over which the voltage is smoothed.'),
    })
    .refine(({ lowV, emptyV }) => emptyV < lowV, { path: ['emptyV'], error: 'expected less than lowV' }),
  lookbackMs: ({ overH }: { overH: number }) => overH * 3_600_000,
  judge: () => AT_REST,
} as unknown as Rule;

export const rules: ReadonlyMap<string, Rule> = new Map(
  [farmProximity as unknown as Rule, voltage].map((rule) => [rule.name, rule]),
);

@Module({
  imports: [AccessModule, RegistryModule],
  controllers: [RuleSettingsController, BacktestController],
  providers: [{ provide: RULES, useValue: rules }, RuleSettings, RuleSettingsStore, Backtests, TrackStore],
})
export class RulesModule {}

export const sofia: Watched = {
  id: 'sofia',
  species: null,
  group: 'females',
  stamina: { maxKmh: 8, slackM: 1_500 },
  collar: { serial: '30211', fixIntervalS: null },
};

/** REST with two rules, on a registry of its own: two animals that were heard on 15 January 2026, and one that never was. */
export class RulesApp {
  private constructor(
    readonly rest: RestApp,
    readonly settings: RuleSettings,
  ) {}

  static async start(): Promise<RulesApp> {
    const rest = await startRestApp({}, [RulesModule]);
    expect((await rest.ask('PUT', '/api/v1/reserve', { body: reserve() })).status).toBe(200);
    await rest.test.database.ensureMonths([Date.UTC(2026, 0, 15)]);
    await rest.test.database.client.$executeRaw`
      INSERT INTO fix (collar_id, at, received_at, lon, lat, doubts, late)
      SELECT id, '2026-01-15Z', '2026-01-15Z', 131.7, 43.3, 0, false FROM collar WHERE serial IN ('30211', '30212')`;
    await rest.test.database.client.$executeRaw`DELETE FROM rejudging`;
    return new RulesApp(rest, rest.app.get(RuleSettings));
  }

  put(name: string, body: unknown, token?: string): Promise<Answer> {
    return this.rest.ask('PUT', `/api/v1/rules/${name}`, { body, ...(token !== undefined && { token }) });
  }

  get(path = ''): Promise<Answer> {
    return this.rest.ask('GET', `/api/v1/rules${path}`);
  }

  /** What edits have made stale since it was asked last. */
  async stale(): Promise<object[]> {
    const rows = await this.rest.test.database.client.$queryRaw<object[]>`
      WITH taken AS (DELETE FROM rejudging RETURNING *)
      SELECT animal_id, since, rule, farm_id, area_id, reason,
        registry_version = (SELECT version FROM registry_version) AS current FROM taken ORDER BY animal_id`;
    return rows.map((row) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)));
  }

  async registryVersion(): Promise<number> {
    const [row] = await this.rest.test.database.client.$queryRaw<[{ version: bigint }]>`
      SELECT version FROM registry_version`;
    return Number(row.version);
  }
}

function reserve() {
  const given = aReserve();
  return {
    ...given,
    animals: [
      { ...given.animals[0], group: 'females' },
      { id: 'leo', name: 'Leo' },
      { id: 'new', name: 'New' },
    ],
    collars: [...given.collars, { serial: '30212' }, { serial: '30213' }],
    deployments: [
      ...given.deployments,
      { animal: 'leo', collar: '30212', from: '2026-01-01T00:00:00Z', to: '2026-02-01T00:00:00Z' },
      { animal: 'new', collar: '30213', from: '2026-01-01T00:00:00Z', to: null },
    ],
    areas: {
      type: 'FeatureCollection',
      features: [{ ...aFarm('border'), properties: { name: 'Border', watch: 'leaves' } }],
    },
  };
}
