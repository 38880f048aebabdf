import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.ts';
import { IngestModule } from '../ingest/ingest.module.ts';
import { RegistryModule } from '../registry/registry.module.ts';
import { loadRules } from '../rules/index.ts';
import { AlertChanges } from './alert-changes.ts';
import { AlertController } from './alert.controller.ts';
import { AlertStore } from './alert.store.ts';
import { BacktestController } from './backtest.controller.ts';
import { Backtests } from './backtest.service.ts';
import { Evaluator } from './evaluator.ts';
import { EvaluatorStore } from './evaluator.store.ts';
import { Judging } from './judging.ts';
import { AlertingMetrics } from './metrics.ts';
import { RuleSettingsController } from './rule-settings.controller.ts';
import { RULES, RuleSettings } from './rule-settings.service.ts';
import { RuleSettingsStore } from './rule-settings.store.ts';
import { TellingStore } from './telling.store.ts';
import { TrackStore } from './track.store.ts';

/** Committed fixes → alert changes. */
@Module({
  imports: [AccessModule, RegistryModule, IngestModule],
  controllers: [AlertController, RuleSettingsController, BacktestController],
  providers: [
    { provide: RULES, useFactory: loadRules },
    AlertChanges,
    AlertingMetrics,
    AlertStore,
    Backtests,
    Evaluator,
    EvaluatorStore,
    Judging,
    RuleSettings,
    RuleSettingsStore,
    TellingStore,
    TrackStore,
  ],
  exports: [AlertChanges, AlertingMetrics, Evaluator],
})
export class AlertingModule {}
