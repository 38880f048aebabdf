import { Module } from '@nestjs/common';
import { AccessModule } from '../../access/access.module.ts';
import { RegistryModule } from '../../registry/registry.module.ts';
import { FixBlockStore } from '../fix-block.store.ts';
import { KnownThen } from '../known-then.ts';
import { TrackReader } from '../track-reader.ts';
import { PresenceController } from './presence.controller.ts';
import { PresenceService } from './presence.service.ts';

/** Nights with animals at farms. */
@Module({
  imports: [AccessModule, RegistryModule],
  controllers: [PresenceController],
  providers: [FixBlockStore, KnownThen, TrackReader, PresenceService],
})
export class PresenceModule {}
