import { Controller, Get, Header, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Allow, Caller } from '../../access/allow.ts';
import { AnswerSchema, Checked, QuerySchema } from '../../access/checked-input.ts';
import type { Principal } from '../../access/principal.ts';
import { grantPositions } from '../../access/visibility.ts';
import type { Visible } from '../../access/visible.ts';
import { Id } from '../../domain/id.ts';
import { AS_OF, inOrder, NOT_IN_ORDER, PERIOD } from '../../domain/moment.ts';
import { METHODS } from '../../domain/movement/home-range.ts';
import { isZone } from '../../domain/movement/zone-clock.ts';
import { CollarDirectory } from '../../registry/collar-directory.ts';
import { knownAnimal } from '../../registry/known-animal.ts';
import { SummaryService } from './summary.service.ts';

const Zone = z
  .string()
  .max(64)
  .refine((name) => /^[A-Za-z]/.test(name) && isZone(name), 'expected an IANA time zone such as Asia/Vladivostok')
  .default('UTC')
  .describe('Time zone of days and hours.');

/** What every summary is asked for with. */
export const MOVEMENT = { ...PERIOD, ...AS_OF, zone: Zone };

const SummaryQuery = z.strictObject(MOVEMENT);
const InOrderSummaryQuery = SummaryQuery.refine(inOrder, NOT_IN_ORDER);

const PERCENT = 'expected a number above 0 to 100, to 99 for kde';
const HomeRangeQuery = z.strictObject({
  ...MOVEMENT,
  method: z.enum(METHODS, 'expected mcp or kde').default('mcp').describe('Convex polygon or kernel density.'),
  percent: z
    .string()
    .regex(/^\d{1,3}(\.\d{1,3})?$/, PERCENT)
    .transform(Number)
    .refine((percent) => percent > 0 && percent <= 100, PERCENT)
    .default(95)
    .describe('Of the fixes (mcp) or of the density (kde).'),
});
const CheckedHomeRangeQuery = HomeRangeQuery.refine(inOrder, NOT_IN_ORDER).refine(
  ({ method, percent }) => method === 'mcp' || percent <= 99,
  { path: ['percent'], error: PERCENT },
);

/** How an animal moved. */
@ApiTags('history')
@Controller('animals/:id')
export class SummaryController {
  constructor(
    private readonly directory: CollarDirectory,
    private readonly summaries: SummaryService,
  ) {}

  @Get('summary')
  @Allow('admin', 'ranger', 'researcher')
  @ApiOperation({ summary: 'How an animal moved: distances by day, activity by sun, farms, home range, fix success' })
  @QuerySchema(SummaryQuery)
  @AnswerSchema(200, 'fixes, distance, activity, farms, homeRange and fixSuccess; docs/summaries.md tells each figure.')
  async summary(
    @Caller() caller: Principal,
    @Param('id', Checked(Id)) id: string,
    @Query(Checked(InOrderSummaryQuery)) query: z.output<typeof InOrderSummaryQuery>,
  ): Promise<Visible<object>> {
    const grant = grantPositions(caller);
    const registry = await this.directory.upToDate();
    const animal = knownAnimal(registry, id);
    return this.summaries.summary(grant, registry, animal, { ...query, animal: id });
  }

  @Get('home-range')
  @Allow('admin', 'ranger', 'researcher')
  @Header('content-type', 'application/geo+json; charset=utf-8')
  @ApiOperation({ summary: 'The outline of an animal’s home range' })
  @QuerySchema(HomeRangeQuery)
  @AnswerSchema(
    200,
    'A Polygon or MultiPolygon feature with properties.km2; a null geometry where there are too few fixes.',
  )
  async homeRange(
    @Caller() caller: Principal,
    @Param('id', Checked(Id)) id: string,
    @Query(Checked(CheckedHomeRangeQuery)) query: z.output<typeof CheckedHomeRangeQuery>,
  ): Promise<Visible<object>> {
    const grant = grantPositions(caller);
    const registry = await this.directory.upToDate();
    const animal = knownAnimal(registry, id);
    return this.summaries.outline(grant, registry, animal, { ...query, animal: id }, query);
  }
}
