import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.ts';
import { IngestModule } from '../ingest/ingest.module.ts';
import { RegistryModule } from '../registry/registry.module.ts';
import { ImportStore } from './import.store.ts';
import { ImportWork } from './import-work.ts';
import { ImportsController } from './imports.controller.ts';
import { Imports } from './imports.service.ts';

/** Files of old tracks → the pipeline. */
@Module({
  imports: [AccessModule, RegistryModule, IngestModule],
  controllers: [ImportsController],
  providers: [ImportStore, ImportWork, Imports],
  exports: [Imports],
})
export class ImportsModule {}
