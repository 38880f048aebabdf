import { Module } from '@nestjs/common';
import { AccessModule } from '../../access/access.module.ts';
import { RegistryModule } from '../../registry/registry.module.ts';
import { FixBlockStore } from '../fix-block.store.ts';
import { KnownThen } from '../known-then.ts';
import { TrackReader } from '../track-reader.ts';
import { ChartController } from './charts/chart.controller.ts';
import { ChartService } from './charts/chart.service.ts';
import { Painter } from './charts/painter.ts';
import { FailedAttemptStore } from './failed-attempt.store.ts';
import { FarmBoundaries } from './farm-boundaries.ts';
import { MovementService } from './movement.service.ts';
import { SummaryController } from './summary.controller.ts';
import { SummaryService } from './summary.service.ts';

/** How animals moved: summaries and home ranges, as JSON and as charts. */
@Module({
  imports: [AccessModule, RegistryModule],
  controllers: [SummaryController, ChartController],
  providers: [
    FixBlockStore,
    KnownThen,
    TrackReader,
    FailedAttemptStore,
    FarmBoundaries,
    MovementService,
    SummaryService,
    ChartService,
    Painter,
  ],
})
export class SummariesModule {}
