import { Module } from '@nestjs/common';
import { AccessModule } from '../../access/access.module.ts';
import { RegistryModule } from '../../registry/registry.module.ts';
import { FixBlockStore } from '../fix-block.store.ts';
import { KnownThen } from '../known-then.ts';
import { TrackReader } from '../track-reader.ts';
import { FingerprintStore } from '../tracks/fingerprint.store.ts';
import { SideBySide } from '../tracks/side-by-side.ts';
import { DrawnTracks } from './drawn-tracks.ts';
import { KeptTiles } from './kept-tiles.ts';
import { TilesController } from './tiles.controller.ts';

/** Tracks as vector tiles. */
@Module({
  imports: [AccessModule, RegistryModule],
  controllers: [TilesController],
  providers: [FixBlockStore, KnownThen, TrackReader, SideBySide, FingerprintStore, DrawnTracks, KeptTiles],
})
export class TilesModule {}
