import { Body, Controller, HttpCode, Post, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Allow, Caller } from '../access/allow.ts';
import { AnswerSchema, BodySchema, Checked } from '../access/checked-input.ts';
import type { Principal } from '../access/principal.ts';
import { sendLines } from '../access/visible-lines.ts';
import { Id } from '../domain/id.ts';
import { Moment } from '../domain/moment.ts';
import { Backtests } from './backtest.service.ts';
import { ruleDocument } from './rule-change.ts';

const BacktestBody = z
  .strictObject({
    rule: Id.describe('Name of the rule.'),
    ...ruleDocument,
    from: Moment.describe('Alerts that were open at or after this time.'),
    to: Moment.describe('What was known before this time.'),
  })
  .refine(({ from, to }) => from < to, { path: ['to'], error: 'expected later than from' });

/** Rules tried on the past. */
@ApiTags('rules')
@Controller('rules')
export class BacktestController {
  constructor(private readonly backtests: Backtests) {}

  @Post('backtest')
  @HttpCode(200)
  @Allow('admin', 'ranger', 'researcher')
  @ApiOperation({ summary: 'What a rule would have alerted on stored tracks, beside what it does as it is set' })
  @BodySchema(BacktestBody)
  @AnswerSchema(200, 'application/x-ndjson: lines of {"progress"}, {"alert"}, at last {"summary"} or {"error"}.')
  async run(
    @Caller() caller: Principal,
    @Body(Checked(BacktestBody)) proposal: z.output<typeof BacktestBody>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await sendLines(reply, await this.backtests.begin(caller, proposal, Date.now()), {
      stopping: this.backtests.stopping,
    });
  }
}
