import { Body, Controller, Get, Param, Put, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Allow, Caller } from '../access/allow.ts';
import { AnswerSchema, BodySchema, Checked, QuerySchema } from '../access/checked-input.ts';
import type { Principal } from '../access/principal.ts';
import { viewPlaces } from '../access/visibility.ts';
import type { EpochMs } from '../domain/fix.ts';
import { Id } from '../domain/id.ts';
import { CollarDirectory } from '../registry/collar-directory.ts';
import { RuleChange } from './rule-change.ts';
import { type RuleAsSet, RuleSettings } from './rule-settings.service.ts';
import { RuleSettingsStore, type RuleVersion } from './rule-settings.store.ts';

/** Old versions in one answer. */
const MAX_VERSIONS = 100;
const NEWEST = 2_147_483_647;

const VersionsQuery = z.strictObject({
  before: z
    .string()
    .regex(/^[1-9]\d{0,8}$/, 'expected the number of a version')
    .transform(Number)
    .optional()
    .describe('Versions older than this one.'),
});

/** What alert rules are set to. Overrides name farms, so only those see them who see where farms are. */
@ApiTags('rules')
@Controller('rules')
export class RuleSettingsController {
  constructor(
    private readonly settings: RuleSettings,
    private readonly store: RuleSettingsStore,
    private readonly directory: CollarDirectory,
  ) {}

  @Get()
  @Allow('admin', 'ranger', 'researcher')
  @ApiOperation({ summary: 'Every alert rule with what it is set to, and what it can be set to' })
  @AnswerSchema(
    200,
    '{"items":[{"name","about","levels","enabled","settings","overrides","version","by","at","schema"}]}',
  )
  async list(@Caller() caller: Principal) {
    await this.upToDate();
    return viewPlaces(caller, { items: this.settings.all().map(ruleOut) });
  }

  @Get(':name')
  @Allow('admin', 'ranger', 'researcher')
  @ApiOperation({ summary: 'One rule, with the versions of what it was set to, newest first' })
  @QuerySchema(VersionsQuery)
  @AnswerSchema(200, `A rule as in the list, with \`versions\`: ${MAX_VERSIONS} at most, older ones by \`before\`.`)
  async read(
    @Caller() caller: Principal,
    @Param('name', Checked(Id)) name: string,
    @Query(Checked(VersionsQuery)) { before = NEWEST }: z.output<typeof VersionsQuery>,
  ) {
    await this.upToDate();
    const rule = ruleOut(this.settings.find(name));
    const versions = await this.store.versions(name, before, MAX_VERSIONS);
    return viewPlaces(caller, { ...rule, versions: versions.map(versionOut) });
  }

  @Put(':name')
  @Allow('admin')
  @ApiOperation({ summary: 'Set a rule: from now on, or judging anew from a moment on' })
  @BodySchema(RuleChange)
  @AnswerSchema(200, 'The rule with its versions.')
  async put(
    @Caller() caller: Principal,
    @Param('name', Checked(Id)) name: string,
    @Body(Checked(RuleChange)) change: RuleChange,
  ) {
    await this.settings.put(name, change, caller.name, Date.now());
    return this.read(caller, name, {});
  }

  private async upToDate(): Promise<void> {
    await this.directory.upToDate();
    await this.settings.inStep();
  }
}

const iso = (at: EpochMs): string => new Date(at).toISOString();

function ruleOut({ rule, inForce, stored }: RuleAsSet) {
  return {
    name: rule.name,
    about: rule.about,
    levels: rule.levels,
    enabled: inForce.enabled,
    settings: rule.settings.parse(inForce.settings),
    overrides: inForce.overrides,
    version: stored?.version ?? 0,
    by: stored?.by ?? null,
    at: stored && iso(stored.at),
    schema: z.toJSONSchema(rule.settings, { io: 'input', unrepresentable: 'any' }),
  };
}

function versionOut({ version, enabled, settings, overrides, by, at }: RuleVersion) {
  return { version, enabled, settings, overrides, by, at: iso(at) };
}
