import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.ts';
import { AlertingModule } from '../alerting/alerting.module.ts';
import { IngestModule } from '../ingest/ingest.module.ts';
import { StreamsModule } from '../streams/streams.module.ts';
import { RegistryModule } from '../registry/registry.module.ts';
import { Demo } from './demo.ts';
import { HealthController } from './health.controller.ts';
import { MetricsController, ProcessMetrics } from './metrics.controller.ts';
import { Readiness } from './readiness.ts';

/** How the server does: health and metrics. */
@Module({
  imports: [AccessModule, RegistryModule, IngestModule, AlertingModule, StreamsModule],
  controllers: [HealthController, MetricsController],
  providers: [Demo, ProcessMetrics, Readiness],
  exports: [Demo, Readiness],
})
export class OpsModule {}
