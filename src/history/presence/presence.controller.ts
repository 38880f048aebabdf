import { Controller, Get, Headers, Param, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Allow, Caller } from '../../access/allow.ts';
import { AnswerSchema, Checked, QuerySchema } from '../../access/checked-input.ts';
import type { Principal } from '../../access/principal.ts';
import { textWithoutPosition, viewAtFarm } from '../../access/visibility.ts';
import type { Visible } from '../../access/visible.ts';
import type { EpochMs } from '../../domain/fix.ts';
import { Id } from '../../domain/id.ts';
import { AS_OF } from '../../domain/moment.ts';
import { isZone, ZoneClock } from '../../domain/movement/zone-clock.ts';
import { Problem } from '../../domain/problem.ts';
import { CollarDirectory } from '../../registry/collar-directory.ts';
import type { Registry } from '../../registry/registry.ts';
import type { StoredAnimal } from '../../registry/stored.ts';
import { negotiated } from '../tracks/negotiation.ts';
import { ledgerCsv } from './ledger-csv.ts';
import { ledgerHtml, PAGE_SECURITY } from './ledger-html.ts';
import { canonical, digestOf, type PresenceLedger } from './ledger.ts';
import { PresenceService } from './presence.service.ts';

const MOST_ANIMALS = 1_000;

const PresenceQuery = z.strictObject({
  month: z
    .string({ error: 'expected a month like 2026-05' })
    .regex(/^(19[7-9]\d|2\d{3})-(0[1-9]|1[0-2])$/, 'expected a month like 2026-05, not before 1970')
    .describe('Nights that begin in this month.'),
  zone: z
    .string()
    .max(64)
    .refine((name) => /^[A-Za-z]/.test(name) && isZone(name), 'expected an IANA time zone such as Asia/Vladivostok')
    .default('UTC')
    .describe('Whose calendar says on which date a night begins.'),
  animals: z
    .string()
    .max(64 * MOST_ANIMALS)
    .transform((list) => [...new Set(list.split(','))])
    .pipe(z.array(Id).max(MOST_ANIMALS))
    .optional()
    .describe('Ids, comma separated; without it, all that wore a collar in the month.'),
  format: z.string().max(32).optional().describe('json, csv or html. Without it, Accept decides.'),
  ...AS_OF,
});

/** A ledger that is to be written out. */
interface Written {
  readonly ledger: PresenceLedger;
  readonly asOf: EpochMs | undefined;
}

const FORMATS = [
  {
    name: 'json',
    asked: ['application/json'],
    type: 'application/json; charset=utf-8',
    write: ({ ledger, asOf }: Written) => {
      const known = asOf === undefined ? 'null' : `"${new Date(asOf).toISOString()}"`;
      return `{"asOf":${known},"digest":"sha256:${digestOf(ledger)}","ledger":${canonical(ledger)}}\n`;
    },
  },
  {
    name: 'csv',
    asked: ['text/csv'],
    type: 'text/csv; charset=utf-8; header=present',
    write: ({ ledger }: Written) => ledgerCsv(ledger, digestOf(ledger)),
  },
  {
    name: 'html',
    asked: ['text/html'],
    type: 'text/html; charset=utf-8',
    write: ({ ledger, asOf }: Written) => ledgerHtml(ledger, digestOf(ledger), new ZoneClock(ledger.zone), asOf),
  },
] as const;

/** What is needed of Fastify's reply. */
interface PresenceReply {
  header(name: string, value: string): this;
  send(body: Visible<string>): unknown;
}

/** The presence ledger of a farm: what a farmer shows to whoever pays for tolerance. */
@ApiTags('history')
@Controller('farms')
export class PresenceController {
  constructor(
    private readonly directory: CollarDirectory,
    private readonly presence: PresenceService,
  ) {}

  @Get(':id/presence')
  @Allow('admin', 'ranger', 'researcher', 'farmer')
  @ApiOperation({ summary: 'The nights of a month with each animal within each ring of a farm, with the evidence' })
  @QuerySchema(PresenceQuery)
  @AnswerSchema(200, '{"asOf","digest","ledger"}; a row for each animal and night as CSV; a page to print as HTML.')
  async read(
    @Caller() caller: Principal,
    @Param('id', Checked(Id)) id: string,
    @Query(Checked(PresenceQuery)) query: z.output<typeof PresenceQuery>,
    @Headers('accept') accept: string | undefined,
    @Res() reply: PresenceReply,
  ): Promise<void> {
    const format = negotiated(FORMATS, query.format, accept);
    if (!format) throw new Problem(406, 'unknown-format', 'A presence ledger is to be had as json, csv, html.');
    const registry = await this.directory.upToDate();
    const { month, zone, asOf } = query;
    const ledger = await viewAtFarm<PresenceLedger>(caller, id, async (grant) => {
      const farm = registry.farm(id);
      if (!farm) throw new Problem(404, 'unknown-farm', 'There is no such farm.');
      const animals = query.animals && knownAnimals(registry, query.animals);
      return this.presence.ledger(grant, registry, { farm, month, zone, animals, asOf });
    });
    const headers = {
      'content-type': format.type,
      'content-disposition': `inline; filename="presence-${id}-${month}.${format.name}"`,
      'cache-control': 'private, no-cache',
      vary: 'accept, authorization, cookie',
      ...(format.name === 'html' && { 'content-security-policy': PAGE_SECURITY }),
    };
    for (const [name, value] of Object.entries(headers)) reply.header(name, value);
    reply.send(textWithoutPosition(format.write({ ledger, asOf })));
  }
}

function knownAnimals(registry: Registry, ids: readonly string[]): readonly StoredAnimal[] {
  return ids.map((id) => {
    const animal = registry.animal(id);
    if (!animal) throw new Problem(404, 'unknown-animal', `There is no animal ${id}.`);
    return animal;
  });
}
