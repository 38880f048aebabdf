import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.ts';
import { loadFormats } from '../formats/index.ts';
import { RegistryModule } from '../registry/registry.module.ts';
import { BatchStore } from './batch.store.ts';
import { CommittedFixes } from './committed-fixes.ts';
import { DeadLetterController } from './dead-letter.controller.ts';
import { DeadLetterStore } from './dead-letter.store.ts';
import { FixStore } from './fix.store.ts';
import { Ingest } from './ingest.ts';
import { IngestMetrics } from './metrics.ts';
import { FORMATS, Pipeline } from './pipeline.ts';

/** MQTT message → committed fixes. */
@Module({
  imports: [AccessModule, RegistryModule],
  controllers: [DeadLetterController],
  providers: [
    { provide: FORMATS, useFactory: loadFormats },
    BatchStore,
    CommittedFixes,
    DeadLetterStore,
    FixStore,
    Ingest,
    IngestMetrics,
    Pipeline,
  ],
  exports: [CommittedFixes, FixStore, Ingest, IngestMetrics, Pipeline],
})
export class IngestModule {}
