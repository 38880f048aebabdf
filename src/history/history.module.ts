import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.ts';
import { RegistryModule } from '../registry/registry.module.ts';
import { DeadLettersController } from './dead-letters.controller.ts';
import { DeadLetterHistory } from './dead-letters.store.ts';
import { FixBlockStore } from './fix-block.store.ts';
import { FixesStore } from './fixes.store.ts';
import { FixPages } from './fix-pages.service.ts';
import { HistoryController } from './history.controller.ts';
import { HistoryStore } from './history.store.ts';
import { KnownThen } from './known-then.ts';
import { PlacesModule } from './places/places.module.ts';
import { Positions } from './positions.service.ts';
import { PositionsStore } from './positions.store.ts';
import { TrackReader } from './track-reader.ts';
import { TrackService } from './track.service.ts';

/** What people ask of the past: positions, tracks, fixes, dead letters. */
@Module({
  imports: [AccessModule, RegistryModule, PlacesModule],
  controllers: [HistoryController, DeadLettersController],
  providers: [
    FixBlockStore,
    KnownThen,
    TrackReader,
    HistoryStore,
    TrackService,
    FixesStore,
    FixPages,
    PositionsStore,
    Positions,
    DeadLetterHistory,
  ],
})
export class HistoryModule {}
