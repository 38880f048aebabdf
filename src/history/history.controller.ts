import type { Readable } from 'node:stream';
import { Controller, Get, Header, Headers, Param, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Allow, Caller } from '../access/allow.ts';
import { AnswerSchema, Checked, QuerySchema } from '../access/checked-input.ts';
import type { Principal } from '../access/principal.ts';
import { wholeBetween } from '../access/query-number.ts';
import { type StreamReply, sendChunks } from '../access/visible-stream.ts';
import { grantPositions } from '../access/visibility.ts';
import type { Visible } from '../access/visible.ts';
import { Id } from '../domain/id.ts';
import { AS_OF, inOrder, Moment, NOT_IN_ORDER, PERIOD } from '../domain/moment.ts';
import { CollarDirectory } from '../registry/collar-directory.ts';
import { knownAnimal } from '../registry/known-animal.ts';
import { FixPages } from './fix-pages.service.ts';
import { FixesCursor } from './mark.ts';
import { negotiated } from './negotiation.ts';
import { Positions } from './positions.service.ts';

/** What single fixes are to be had as; the first unless somebody asks for the other. */
const FORMATS = [
  { name: 'json', asked: ['application/json'] },
  { name: 'ndjson', asked: ['application/x-ndjson', 'application/ndjson'] },
] as const;

const FixesQuery = z.strictObject({
  ...PERIOD,
  ...AS_OF,
  doubts: z.enum(['with', 'without']).default('with').describe('Doubted fixes too, or only the others.'),
  attempts: z.enum(['with', 'without']).default('without').describe('Attempts that got no position too, as failed.'),
  updatedAfter: Moment.optional().describe(
    'Only what came, or whose doubts changed, after this: `upTo` of the pull before.',
  ),
  format: z
    .enum(['json', 'ndjson'])
    .optional()
    .describe('ndjson: all of them, a line each. Without it, Accept decides.'),
  limit: wholeBetween(1, 10_000).default(1_000).describe('Of a page.'),
  after: FixesCursor.optional(),
});
const PositionsQuery = z.strictObject(AS_OF);
const InOrderFixesQuery = FixesQuery.refine(inOrder, NOT_IN_ORDER).refine(
  ({ asOf, updatedAfter, attempts }) => asOf === undefined || (updatedAfter === undefined && attempts === 'without'),
  { path: ['asOf'], error: 'expected without updatedAfter and attempts' },
);

/** What this controller needs of Fastify's reply. */
interface HistoryReply extends Omit<StreamReply, 'send'> {
  send(body: Visible<string> | Readable): unknown;
}

/** Where the animals are and were. */
@ApiTags('history')
@Controller()
export class HistoryController {
  constructor(
    private readonly directory: CollarDirectory,
    private readonly newest: Positions,
    private readonly pages: FixPages,
  ) {}

  @Get('positions')
  @Allow('admin', 'ranger', 'researcher')
  @Header('content-type', 'application/geo+json; charset=utf-8')
  @ApiOperation({ summary: 'The newest undoubted fix of each animal, as a FeatureCollection' })
  @AnswerSchema(200, 'A Point feature for each animal that has a fix.')
  @QuerySchema(PositionsQuery)
  async positions(
    @Caller() caller: Principal,
    @Query(Checked(PositionsQuery)) { asOf }: z.output<typeof PositionsQuery>,
  ): Promise<Visible<string>> {
    const grant = grantPositions(caller);
    const registry = await this.directory.upToDate();
    return asOf === undefined
      ? this.newest.newest(grant, registry, Date.now())
      : this.newest.newestThen(grant, registry, asOf);
  }

  @Get('animals/:id/fixes')
  @Allow('admin', 'ranger', 'researcher')
  @ApiOperation({
    summary: 'The fixes of an animal, oldest first, doubted ones too; or what of them changed since a time',
  })
  @QuerySchema(FixesQuery)
  @AnswerSchema(200, '{"items":[…],"next":"cursor"|null}, with "upTo" of a pull; or lines of JSON.')
  async fixes(
    @Caller() caller: Principal,
    @Param('id', Checked(Id)) id: string,
    @Query(Checked(InOrderFixesQuery)) query: z.output<typeof InOrderFixesQuery>,
    @Headers('accept') accept: string | undefined,
    @Res() reply: HistoryReply,
  ): Promise<void> {
    const { doubts, attempts, format, limit, after = null, ...rest } = query;
    const grant = grantPositions(caller);
    const registry = await this.directory.upToDate();
    knownAnimal(registry, id);
    const question = { ...rest, animal: id, doubted: doubts === 'with', attempts: attempts === 'with' };
    if (negotiated(FORMATS, format, accept)?.name === 'ndjson') {
      const headers = { 'content-type': 'application/x-ndjson; charset=utf-8' };
      return sendChunks(reply, headers, this.pages.lines(grant, registry, question));
    }
    const page = await this.pages.page(grant, registry, question, { after, limit, now: Date.now() });
    reply.header('content-type', 'application/json; charset=utf-8');
    reply.send(page);
  }
}
