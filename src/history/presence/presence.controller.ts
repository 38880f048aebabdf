import { Controller, Get, Headers, Param, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Allow, Caller } from '../../access/allow.ts';
import { AnswerSchema, Checked, invalidInput, QuerySchema } from '../../access/checked-input.ts';
import type { Principal } from '../../access/principal.ts';
import { textWithoutPosition, viewAtFarm } from '../../access/visibility.ts';
import type { Visible } from '../../access/visible.ts';
import type { EpochMs } from '../../domain/fix.ts';
import { Id } from '../../domain/id.ts';
import { AS_OF } from '../../domain/moment.ts';
import { isZone, ZoneClock } from '../../domain/movement/zone-clock.ts';
import { Problem } from '../../domain/problem.ts';
import { CollarDirectory } from '../../registry/collar-directory.ts';
import { knownAnimals } from '../../registry/known-animal.ts';
import { negotiated } from '../negotiation.ts';
import { ledgerCsv } from './ledger-csv.ts';
import { ledgerHtml, PAGE_SECURITY } from './ledger-html.ts';
import { canonical, type PresenceLedger, sha256 } from './ledger.ts';
import { PresenceService } from './presence.service.ts';

/** More would make a table that nobody reads, and hold the server up while it is written. */
const MOST_ANIMALS = 200;

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

const TOO_MANY = { field: 'animals', expected: `ids of ${MOST_ANIMALS} animals at most: more wore a collar` };

/** A ledger that is to be written out. */
interface Written {
  readonly ledger: PresenceLedger;
  /** Its canonical form, and the digest of that. */
  readonly text: string;
  readonly digest: string;
  readonly asOf: EpochMs | undefined;
}

const FORMATS = [
  {
    name: 'json',
    asked: ['application/json'],
    type: 'application/json; charset=utf-8',
    write: ({ text, digest, asOf }: Written) => {
      const known = asOf === undefined ? 'null' : `"${new Date(asOf).toISOString()}"`;
      return `{"asOf":${known},"digest":"sha256:${digest}","ledger":${text}}\n`;
    },
  },
  {
    name: 'csv',
    asked: ['text/csv'],
    type: 'text/csv; charset=utf-8; header=present',
    write: ({ ledger, digest }: Written) => ledgerCsv(ledger, digest),
  },
  {
    name: 'html',
    asked: ['text/html'],
    type: 'text/html; charset=utf-8',
    write: ({ ledger, digest, asOf }: Written) => ledgerHtml(ledger, digest, new ZoneClock(ledger.zone), asOf),
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
      const animals = query.animals
        ? knownAnimals(registry, query.animals)
        : this.presence.collared(registry, { farm, month, zone });
      if (animals.length > MOST_ANIMALS) throw invalidInput([TOO_MANY], 400);
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
    const text = canonical(ledger);
    reply.send(textWithoutPosition(format.write({ ledger, text, digest: sha256(text), asOf })));
  }
}
