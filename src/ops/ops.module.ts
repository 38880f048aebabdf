import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.ts';
import { AlertingModule } from '../alerting/alerting.module.ts';
import { IngestModule } from '../ingest/ingest.module.ts';
import { StreamsModule } from '../streams/streams.module.ts';
import { HealthController } from './health.controller.ts';
import { MetricsController, ProcessMetrics } from './metrics.controller.ts';
import { Readiness } from './readiness.ts';

/** How the server does: health and metrics. */
@Module({
  imports: [AccessModule, IngestModule, AlertingModule, StreamsModule],
  controllers: [HealthController, MetricsController],
  providers: [ProcessMetrics, Readiness],
  exports: [Readiness],
})
export class OpsModule {}
