import { Controller, Get, Header, Headers, Param, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Allow, Caller } from '../access/allow.ts';
import { AnswerSchema, Checked, QuerySchema } from '../access/checked-input.ts';
import type { Principal } from '../access/principal.ts';
import { grantPositions } from '../access/visibility.ts';
import type { Visible } from '../access/visible.ts';
import { Id } from '../domain/id.ts';
import { inOrder, NOT_IN_ORDER, PERIOD } from '../domain/moment.ts';
import { Problem } from '../domain/problem.ts';
import { CollarDirectory } from '../registry/collar-directory.ts';
import type { Registry } from '../registry/registry.ts';
import { FixPages, readCursor } from './fix-pages.service.ts';
import { HistoryStore } from './history.store.ts';
import { spansOf } from './span.ts';
import { TRACK_FORMATS, trackFormat } from './track-format.ts';
import { TrackService } from './track.service.ts';

const whole = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `expected a whole number from ${least} to ${most}`)
    .transform(Number)
    .refine((value) => value >= least && value <= most, `expected a whole number from ${least} to ${most}`);

const TrackQuery = z.strictObject({
  ...PERIOD,
  maxPoints: whole(2, 1_000_000).optional().describe('Keep so many points at most, those that shape the track.'),
  format: z.string().max(32).optional().describe('geojson; without it, Accept decides.'),
});
const FixesQuery = z.strictObject({
  ...PERIOD,
  limit: whole(1, 10_000).default(1_000),
  after: z
    .string()
    .max(64)
    .transform((cursor, context) => {
      const at = readCursor(cursor);
      if (at !== null) return at;
      context.addIssue({ code: 'custom', message: 'expected next of the page before' });
      return z.NEVER;
    })
    .optional(),
});
const InOrderTrackQuery = TrackQuery.refine(inOrder, NOT_IN_ORDER);
const InOrderFixesQuery = FixesQuery.refine(inOrder, NOT_IN_ORDER);

/** What this controller needs of Fastify's reply. */
interface HeaderReply {
  header(name: string, value: string): unknown;
}

/** Where the animals are and were. */
@ApiTags('history')
@Controller()
export class HistoryController {
  constructor(
    private readonly directory: CollarDirectory,
    private readonly store: HistoryStore,
    private readonly tracks: TrackService,
    private readonly pages: FixPages,
  ) {}

  @Get('positions')
  @Allow('admin', 'ranger', 'researcher')
  @Header('content-type', TRACK_FORMATS.geojson.type)
  @ApiOperation({ summary: 'The newest undoubted fix of each animal, as a FeatureCollection' })
  @AnswerSchema(200, 'A Point feature for each animal that has a fix.')
  async positions(@Caller() caller: Principal): Promise<Visible<string>> {
    const grant = grantPositions(caller);
    const registry = await this.directory.upToDate();
    const spans = registry
      .animals()
      .flatMap(({ id, name }) => spansOf(registry, id).map((span) => ({ ...span, animal: id, name })));
    return this.store.newest(grant, spans);
  }

  @Get('animals/:id/track')
  @Allow('admin', 'ranger', 'researcher')
  @ApiOperation({ summary: 'The track of an animal: its undoubted fixes' })
  @QuerySchema(TrackQuery)
  @AnswerSchema(200, 'A LineString feature with properties.times; a Point of one fix, a null geometry of none.')
  async track(
    @Caller() caller: Principal,
    @Param('id', Checked(Id)) id: string,
    @Query(Checked(InOrderTrackQuery)) { from, to, maxPoints, format }: z.output<typeof InOrderTrackQuery>,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: HeaderReply,
  ): Promise<Visible<string>> {
    const grant = grantPositions(caller);
    const chosen = trackFormat(format, accept);
    if (!chosen)
      throw new Problem(406, 'unknown-format', `A track is to be had as ${Object.keys(TRACK_FORMATS).join(', ')}.`);
    const registry = await this.directory.upToDate();
    const animal = knownAnimal(registry, id);
    reply.header('content-type', TRACK_FORMATS[chosen].type);
    return this.tracks.geojson(grant, animal, spansOf(registry, id, from, to), maxPoints);
  }

  @Get('animals/:id/fixes')
  @Allow('admin', 'ranger', 'researcher')
  @Header('content-type', 'application/json; charset=utf-8')
  @ApiOperation({ summary: 'The fixes of an animal, oldest first, doubted ones too' })
  @QuerySchema(FixesQuery)
  @AnswerSchema(200, '{"items":[…],"next":"cursor"|null}')
  async fixes(
    @Caller() caller: Principal,
    @Param('id', Checked(Id)) id: string,
    @Query(Checked(InOrderFixesQuery)) { from, to, limit, after }: z.output<typeof InOrderFixesQuery>,
  ): Promise<Visible<string>> {
    const grant = grantPositions(caller);
    const registry = await this.directory.upToDate();
    knownAnimal(registry, id);
    return this.pages.page(grant, spansOf(registry, id, from, to), after ?? null, limit);
  }
}

function knownAnimal(registry: Registry, id: string) {
  const animal = registry.animal(id);
  if (!animal) throw new Problem(404, 'unknown-animal', 'There is no such animal.');
  return animal;
}
