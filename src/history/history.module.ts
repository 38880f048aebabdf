import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.ts';
import { RegistryModule } from '../registry/registry.module.ts';
import { DeadLettersController } from './dead-letters.controller.ts';
import { DeadLetterHistory } from './dead-letters.store.ts';
import { FixPages } from './fix-pages.service.ts';
import { HistoryController } from './history.controller.ts';
import { HistoryStore } from './history.store.ts';
import { TrackService } from './track.service.ts';

/** What people ask of the past: positions, tracks, fixes, dead letters. */
@Module({
  imports: [AccessModule, RegistryModule],
  controllers: [HistoryController, DeadLettersController],
  providers: [HistoryStore, TrackService, FixPages, DeadLetterHistory],
})
export class HistoryModule {}
