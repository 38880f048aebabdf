import { Body, Controller, Get, Header, HttpCode, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Allow, Caller } from '../../access/allow.ts';
import { AnswerSchema, BodySchema, Checked, checked, QuerySchema } from '../../access/checked-input.ts';
import type { Principal } from '../../access/principal.ts';
import { wholeBetween } from '../../access/query-number.ts';
import { grantPositions } from '../../access/visibility.ts';
import { AS_OF, inOrder, NOT_IN_ORDER, PERIOD } from '../../domain/moment.ts';
import { CollarDirectory } from '../../registry/collar-directory.ts';
import { AnimalCursor, FixCursor } from './place-cursor.ts';
import { registered, shapeOf, type Where, WHERE, WHERE_IN_BODY, WHOSE, WHOSE_IN_BODY } from './place-input.ts';
import { StayPages } from './stays.service.ts';
import { Within } from './within.service.ts';

const MAX_PAGE = 10_000;
const DEFAULT_PAGE = 1_000;
/** Of each animal its whole track is read. */
const DEFAULT_ANIMALS = 100;
const LIMIT = `expected a whole number from 1 to ${MAX_PAGE}`;

const After = z.string().max(200).optional().describe('next of the page before.');
const LimitInBody = z.number(LIMIT).int(LIMIT).min(1, LIMIT).max(MAX_PAGE, LIMIT).optional();
const AsIs = {
  doubts: z.enum(['with', 'without']).default('without').describe('with: doubted fixes too, each with its doubts.'),
  summary: z.enum(['animals']).optional().describe('animals: one item for each animal instead of its fixes.'),
};

const WithinQuery = z.strictObject({
  ...WHERE,
  ...PERIOD,
  ...WHOSE,
  ...AS_OF,
  ...AsIs,
  limit: wholeBetween(1, MAX_PAGE).optional(),
  after: After,
});
const WithinBody = z.strictObject({
  ...WHERE_IN_BODY,
  ...PERIOD,
  ...WHOSE_IN_BODY,
  ...AS_OF,
  ...AsIs,
  limit: LimitInBody,
  after: After,
});
const VisitsQuery = WithinQuery.omit({ doubts: true, summary: true });
const VisitsBody = WithinBody.omit({ doubts: true, summary: true });

const InOrderWithinQuery = WithinQuery.refine(inOrder, NOT_IN_ORDER);
const InOrderWithinBody = WithinBody.refine(inOrder, NOT_IN_ORDER);
const InOrderVisitsQuery = VisitsQuery.refine(inOrder, NOT_IN_ORDER);
const InOrderVisitsBody = VisitsBody.refine(inOrder, NOT_IN_ORDER);

type VisitsAsked = Where & Omit<z.output<typeof VisitsQuery>, keyof Where>;
type WithinAsked = VisitsAsked & Pick<z.output<typeof WithinQuery>, 'doubts' | 'summary'>;

const JSON_TYPE = 'application/json; charset=utf-8';

/** Who was where. */
@ApiTags('places')
@Controller()
export class WithinController {
  constructor(
    private readonly directory: CollarDirectory,
    private readonly within: Within,
    private readonly stays: StayPages,
  ) {}

  @Get('within')
  @Allow('admin', 'ranger', 'researcher')
  @Header('content-type', JSON_TYPE)
  @ApiOperation({ summary: 'Fixes of all animals in a box, an area or around a farm, in the order of time' })
  @QuerySchema(WithinQuery)
  @AnswerSchema(200, '{"items":[…],"next":"cursor"|null}')
  async byQuery(
    @Caller() caller: Principal,
    @Query(Checked(InOrderWithinQuery)) asked: z.output<typeof InOrderWithinQuery>,
  ) {
    return this.answerWithin(caller, asked, 400);
  }

  @Post('within')
  @HttpCode(200)
  @Allow('admin', 'ranger', 'researcher')
  @Header('content-type', JSON_TYPE)
  @ApiOperation({ summary: 'Fixes of all animals in a polygon, in the order of time' })
  @BodySchema(WithinBody)
  @AnswerSchema(200, '{"items":[…],"next":"cursor"|null}')
  async byBody(
    @Caller() caller: Principal,
    @Body(Checked(InOrderWithinBody)) asked: z.output<typeof InOrderWithinBody>,
  ) {
    return this.answerWithin(caller, asked, 422);
  }

  @Get('visits')
  @Allow('admin', 'ranger', 'researcher')
  @ApiOperation({ summary: 'Stays of animals in a box, an area or around a farm' })
  @QuerySchema(VisitsQuery)
  @AnswerSchema(200, '{"items":[{"animal","entered","left","fixes","ended"}],"next":"cursor"|null}')
  async visitsByQuery(
    @Caller() caller: Principal,
    @Query(Checked(InOrderVisitsQuery)) asked: z.output<typeof InOrderVisitsQuery>,
  ) {
    return this.answerVisits(caller, asked, 400);
  }

  @Post('visits')
  @HttpCode(200)
  @Allow('admin', 'ranger', 'researcher')
  @ApiOperation({ summary: 'Stays of animals in a polygon' })
  @BodySchema(VisitsBody)
  @AnswerSchema(200, '{"items":[{"animal","entered","left","fixes","ended"}],"next":"cursor"|null}')
  async visitsByBody(
    @Caller() caller: Principal,
    @Body(Checked(InOrderVisitsBody)) asked: z.output<typeof InOrderVisitsBody>,
  ) {
    return this.answerVisits(caller, asked, 422);
  }

  private async answerWithin(caller: Principal, asked: WithinAsked, status: 400 | 422) {
    const grant = grantPositions(caller);
    const { registry, question } = await this.question(asked);
    if (asked.summary === 'animals') {
      const { after } = checked(z.object({ after: AnimalCursor.optional() }), { after: asked.after }, status);
      return this.stays.presence(grant, registry, { ...question, after }, asked.limit ?? DEFAULT_ANIMALS);
    }
    const { after } = checked(z.object({ after: FixCursor.optional() }), { after: asked.after }, status);
    const doubted = asked.doubts === 'with';
    return this.within.page(grant, registry, { ...question, after, doubted }, asked.limit ?? DEFAULT_PAGE);
  }

  private async answerVisits(caller: Principal, asked: VisitsAsked, status: 400 | 422) {
    const grant = grantPositions(caller);
    const { registry, question } = await this.question(asked);
    const { after } = checked(z.object({ after: AnimalCursor.optional() }), { after: asked.after }, status);
    return this.stays.visits(grant, registry, { ...question, after }, asked.limit ?? DEFAULT_PAGE);
  }

  private async question(asked: VisitsAsked) {
    const registry = await this.directory.upToDate();
    const { from, to, asOf } = asked;
    const shape = shapeOf(asked, registry);
    return { registry, question: { shape, from, to, asOf, animals: registered(registry, asked.animals) } };
  }
}
