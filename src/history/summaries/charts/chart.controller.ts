import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Allow, Caller } from '../../../access/allow.ts';
import { AnswerSchema, Checked, QuerySchema } from '../../../access/checked-input.ts';
import type { Principal } from '../../../access/principal.ts';
import { wholeBetween } from '../../../access/query-number.ts';
import { grantPositions } from '../../../access/visibility.ts';
import type { Visible } from '../../../access/visible.ts';
import { Id } from '../../../domain/id.ts';
import { inOrder, NOT_IN_ORDER } from '../../../domain/moment.ts';
import { CollarDirectory } from '../../../registry/collar-directory.ts';
import { knownAnimal } from '../../../registry/known-animal.ts';
import { MOVEMENT } from '../summary.controller.ts';
import { type ChartName, CHARTS, ChartService } from './chart.service.ts';
import { THEMES } from './frame.ts';
import { LANGUAGES } from './words.ts';

const pixels = (least: number, most: number) => wholeBetween(least, most, 'a whole number of pixels');

const ChartQuery = z.strictObject({
  ...MOVEMENT,
  width: pixels(320, 2_400).default(960),
  height: pixels(240, 1_600).optional().describe('Without it 480, of the home range as much as the width at most 720.'),
  lang: z.enum(LANGUAGES, `expected ${LANGUAGES.join(' or ')}`).default('en'),
  theme: z.enum(THEMES, `expected ${THEMES.join(' or ')}`).default('light'),
});
const InOrderChartQuery = ChartQuery.refine(inOrder, NOT_IN_ORDER);

const NAMES = Object.keys(CHARTS) as ChartName[];
const TYPES = { svg: 'image/svg+xml; charset=utf-8', png: 'image/png' } as const;
const EXPECTED = `expected ${NAMES.join(', ')}, each as .svg or .png`;

const ChartFile = z
  .string()
  .max(64)
  .transform((file, context): { readonly chart: ChartName; readonly format: keyof typeof TYPES } => {
    const [name, format, ...rest] = file.split('.');
    const chart = NAMES.find((known) => known === name);
    if (chart && rest.length === 0 && (format === 'svg' || format === 'png')) return { chart, format };
    context.addIssue({ code: 'custom', message: EXPECTED });
    return z.NEVER;
  });

/** What this controller needs of Fastify's reply. */
interface HeaderReply {
  header(name: string, value: string): unknown;
}

/** How an animal moved, as pictures. */
@ApiTags('history')
@Controller('animals/:id/charts')
export class ChartController {
  constructor(
    private readonly directory: CollarDirectory,
    private readonly charts: ChartService,
  ) {}

  @Get(':file')
  @Allow('admin', 'ranger', 'researcher')
  @ApiOperation({ summary: `A chart of how an animal moved: ${NAMES.join(', ')}, as .svg or .png` })
  @QuerySchema(ChartQuery)
  @AnswerSchema(200, 'The picture. The same question about the same fixes gives the same bytes.')
  async chart(
    @Caller() caller: Principal,
    @Param('id', Checked(Id)) id: string,
    @Param('file', Checked(ChartFile)) { chart, format }: z.output<typeof ChartFile>,
    @Query(Checked(InOrderChartQuery)) query: z.output<typeof InOrderChartQuery>,
    @Res({ passthrough: true }) reply: HeaderReply,
  ): Promise<Visible<Uint8Array>> {
    const grant = grantPositions(caller);
    const registry = await this.directory.upToDate();
    const animal = knownAnimal(registry, id);
    const { width, lang, theme } = query;
    const height = query.height ?? (chart === 'home-range' ? Math.min(720, Math.max(360, width)) : 480);
    const look = { width, height, lang, theme, format };
    const picture = await this.charts.chart(grant, registry, animal, { ...query, animal: id }, chart, look);
    reply.header('content-type', TYPES[format]);
    return picture;
  }
}
