import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.ts';
import { RegistryModule } from '../registry/registry.module.ts';
import { DeadLettersController } from './dead-letters.controller.ts';
import { DeadLetterHistory } from './dead-letters.store.ts';
import { FixBlockStore } from './fix-block.store.ts';
import { FixesStore } from './fixes.store.ts';
import { FixPages } from './fix-pages.service.ts';
import { HistoryController } from './history.controller.ts';
import { KnownThen } from './known-then.ts';
import { OgcModule } from './ogc/ogc.module.ts';
import { PlacesModule } from './places/places.module.ts';
import { Positions } from './positions.service.ts';
import { PresenceModule } from './presence/presence.module.ts';
import { PositionsStore } from './positions.store.ts';
import { SummariesModule } from './summaries/summaries.module.ts';
import { TilesModule } from './tiles/tiles.module.ts';
import { TrackReader } from './track-reader.ts';
import { FingerprintStore } from './tracks/fingerprint.store.ts';
import { SideBySide } from './tracks/side-by-side.ts';
import { TrackController } from './tracks/track.controller.ts';
import { TrackService } from './tracks/track.service.ts';

/** What people ask of the past: positions, tracks, fixes, dead letters. */
@Module({
  imports: [AccessModule, RegistryModule, OgcModule, TilesModule, PlacesModule, PresenceModule, SummariesModule],
  controllers: [HistoryController, TrackController, DeadLettersController],
  providers: [
    FixBlockStore,
    KnownThen,
    TrackReader,
    SideBySide,
    FingerprintStore,
    TrackService,
    FixesStore,
    FixPages,
    PositionsStore,
    Positions,
    DeadLetterHistory,
  ],
})
export class HistoryModule {}
