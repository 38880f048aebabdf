import { Controller, Get, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Evaluator } from '../alerting/evaluator.ts';
import { Public } from '../access/allow.ts';
import { withoutPosition } from '../access/visibility.ts';
import { Database } from '../database/database.ts';
import { Ingest } from '../ingest/ingest.ts';
import { Readiness } from './readiness.ts';

/** What a supervisor asks. No token, and nothing in the answers that would need one. */
@ApiTags('health')
@Controller(['health', 'api/v1/health'])
export class HealthController {
  constructor(
    private readonly database: Database,
    private readonly ingest: Ingest,
    private readonly evaluator: Evaluator,
    private readonly readiness: Readiness,
  ) {}

  @Get('live')
  @Public()
  @ApiOperation({ summary: 'Whether the process answers' })
  live() {
    return withoutPosition({ status: 'ok' });
  }

  @Get('ready')
  @Public()
  @ApiOperation({ summary: 'Whether fixes can be stored and answered; 503 with the reasons when not' })
  async ready(@Res({ passthrough: true }) reply: FastifyReply) {
    const reachable = await this.database.isReachable();
    const reasons = [
      ...(reachable ? [] : ['the database is not reachable']),
      ...this.readiness.reasons(),
      ...this.ingest.troubles(),
      ...this.evaluator.troubles(),
    ];
    if (reasons.length > 0) void reply.status(503);
    const { unsafe } = this.database.durability;
    return withoutPosition({
      status: reasons.length > 0 ? 'unready' : 'ready',
      reasons,
      unsafeDatabaseSettings: [...unsafe],
    });
  }
}
