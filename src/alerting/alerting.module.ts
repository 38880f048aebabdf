import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.ts';
import { IngestModule } from '../ingest/ingest.module.ts';
import { RegistryModule } from '../registry/registry.module.ts';
import { loadRules } from '../rules/index.ts';
import { AlertChanges } from './alert-changes.ts';
import { AlertController } from './alert.controller.ts';
import { AlertStore } from './alert.store.ts';
import { Evaluator, RULES } from './evaluator.ts';
import { EvaluatorStore } from './evaluator.store.ts';
import { AlertingMetrics } from './metrics.ts';

/** Committed fixes → alert changes. */
@Module({
  imports: [AccessModule, RegistryModule, IngestModule],
  controllers: [AlertController],
  providers: [
    { provide: RULES, useFactory: loadRules },
    AlertChanges,
    AlertingMetrics,
    AlertStore,
    Evaluator,
    EvaluatorStore,
  ],
  exports: [AlertChanges, AlertingMetrics, Evaluator],
})
export class AlertingModule {}
