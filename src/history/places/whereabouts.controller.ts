import { Controller, Get, Header, Param, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Allow, Caller } from '../../access/allow.ts';
import { AnswerSchema, Checked, QuerySchema } from '../../access/checked-input.ts';
import type { Principal } from '../../access/principal.ts';
import { numberBetween, wholeBetween } from '../../access/query-number.ts';
import { grantPositions } from '../../access/visibility.ts';
import { sendLines } from '../../access/visible-lines.ts';
import { Id } from '../../domain/id.ts';
import { AS_OF, inOrder, NOT_IN_ORDER, PERIOD } from '../../domain/moment.ts';
import { CollarDirectory } from '../../registry/collar-directory.ts';
import { knownAnimal } from '../../registry/known-animal.ts';
import { Encounters } from './encounters.service.ts';
import { Nearest } from './nearest.service.ts';
import { AnimalCursor } from './place-cursor.ts';
import { registered, shapeOf, WHERE, WHOSE } from './place-input.ts';
import { TimeSpentIn } from './time-spent.service.ts';

const NearestQuery = z.strictObject({
  lon: numberBetween(-180, 180, 'degrees'),
  lat: numberBetween(-90, 90, 'degrees'),
  ...PERIOD,
  ...WHOSE,
  of: z.enum(['fixes', 'animals']).default('fixes').describe('animals: of each animal its nearest fix alone.'),
  maxM: numberBetween(1, 200_000, 'metres').default(10_000).describe('Metres beyond which nothing is looked for.'),
  limit: wholeBetween(1, 1_000).default(10),
});
const TimeSpentQuery = z.strictObject({ ...WHERE, ...PERIOD, ...AS_OF });
const TimesSpentQuery = z.strictObject({
  ...TimeSpentQuery.shape,
  ...WHOSE,
  limit: wholeBetween(1, 1_000).default(100),
  after: AnimalCursor.optional().describe('next of the page before.'),
});
const EncountersQuery = z.strictObject({
  ...PERIOD,
  ...WHOSE,
  distanceM: numberBetween(1, 10_000, 'metres').default(100).describe('Metres between two fixes at most.'),
  windowS: numberBetween(0, 21_600, 'seconds').default(1_800).describe('Seconds between two fixes at most.'),
  gapS: numberBetween(0, 604_800, 'seconds')
    .default(21_600)
    .describe('Seconds between pairs of fixes beyond which they are two encounters.'),
});
const InOrderNearestQuery = NearestQuery.refine(inOrder, NOT_IN_ORDER);
const InOrderTimeSpentQuery = TimeSpentQuery.refine(inOrder, NOT_IN_ORDER);
const InOrderTimesSpentQuery = TimesSpentQuery.refine(inOrder, NOT_IN_ORDER);
const InOrderEncountersQuery = EncountersQuery.refine(inOrder, NOT_IN_ORDER);

/** What follows from where animals were. */
@ApiTags('places')
@Controller()
export class WhereaboutsController {
  constructor(
    private readonly directory: CollarDirectory,
    private readonly nearest: Nearest,
    private readonly timeSpent: TimeSpentIn,
    private readonly encounters: Encounters,
  ) {}

  @Get('nearest')
  @Allow('admin', 'ranger', 'researcher')
  @Header('content-type', 'application/json; charset=utf-8')
  @ApiOperation({ summary: 'The fixes, or of each animal the fix, nearest to a point' })
  @QuerySchema(NearestQuery)
  @AnswerSchema(200, '{"items":[…]}: fixes with m, metres from the point; the nearest first.')
  async near(
    @Caller() caller: Principal,
    @Query(Checked(InOrderNearestQuery)) { lon, lat, ...asked }: z.output<typeof InOrderNearestQuery>,
  ) {
    const grant = grantPositions(caller);
    const registry = await this.directory.upToDate();
    const animals = registered(registry, asked.animals);
    return this.nearest.find(grant, registry, { ...asked, animals, point: { lon, lat } });
  }

  @Get('animals/:id/time-spent')
  @Allow('admin', 'ranger', 'researcher')
  @ApiOperation({ summary: 'How long an animal was in a box, an area or around a farm' })
  @QuerySchema(TimeSpentQuery)
  @AnswerSchema(200, '{"animal","from","to","insideS","outsideS","unknownS","fixes"}')
  async ofOne(
    @Caller() caller: Principal,
    @Param('id', Checked(Id)) id: string,
    @Query(Checked(InOrderTimeSpentQuery)) asked: z.output<typeof InOrderTimeSpentQuery>,
  ) {
    const grant = grantPositions(caller);
    const registry = await this.directory.upToDate();
    knownAnimal(registry, id);
    return this.timeSpent.one(grant, registry, { ...asked, shape: shapeOf(asked, registry) }, id);
  }

  @Get('time-spent')
  @Allow('admin', 'ranger', 'researcher')
  @ApiOperation({ summary: 'How long each animal was in a box, an area or around a farm' })
  @QuerySchema(TimesSpentQuery)
  @AnswerSchema(200, '{"items":[{"animal","from","to","insideS","outsideS","unknownS","fixes"}],"next":"cursor"|null}')
  async ofAll(
    @Caller() caller: Principal,
    @Query(Checked(InOrderTimesSpentQuery)) asked: z.output<typeof InOrderTimesSpentQuery>,
  ) {
    const grant = grantPositions(caller);
    const registry = await this.directory.upToDate();
    const animals = registered(registry, asked.animals);
    const question = { ...asked, animals, shape: shapeOf(asked, registry) };
    return this.timeSpent.page(grant, registry, question, asked.limit);
  }

  @Get('encounters')
  @Allow('admin', 'ranger', 'researcher')
  @ApiOperation({ summary: 'When animals were near each other, as lines of JSON' })
  @QuerySchema(EncountersQuery)
  @AnswerSchema(
    200,
    'application/x-ndjson: {"animals","start","end","closest","pairs"}, at last {"summary"} or {"error"}.',
  )
  async met(
    @Caller() caller: Principal,
    @Query(Checked(InOrderEncountersQuery)) asked: z.output<typeof InOrderEncountersQuery>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const grant = grantPositions(caller);
    const registry = await this.directory.upToDate();
    const { distanceM, windowS, gapS, from, to } = asked;
    const meeting = { distanceM, windowMs: windowS * 1_000, gapMs: gapS * 1_000 };
    const animals = registered(registry, asked.animals);
    await sendLines(reply, this.encounters.lines(grant, registry, { ...meeting, from, to, animals }));
  }
}
