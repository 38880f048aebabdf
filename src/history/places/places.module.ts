import { Module } from '@nestjs/common';
import { AccessModule } from '../../access/access.module.ts';
import { RegistryModule } from '../../registry/registry.module.ts';
import { FixBlockStore } from '../fix-block.store.ts';
import { KnownThen } from '../known-then.ts';
import { TrackReader } from '../track-reader.ts';
import { Encounters } from './encounters.service.ts';
import { Nearest } from './nearest.service.ts';
import { PlaceFixesStore } from './place-fixes.store.ts';
import { PlaceReader } from './place-reader.ts';
import { PlacesStore } from './places.store.ts';
import { StayPages } from './stays.service.ts';
import { TimeSpentIn } from './time-spent.service.ts';
import { WhereaboutsController } from './whereabouts.controller.ts';
import { WithinController } from './within.controller.ts';
import { Within } from './within.service.ts';

/** Where and who: fixes in a place, visits, what is nearest, time spent, encounters. */
@Module({
  imports: [AccessModule, RegistryModule],
  controllers: [WithinController, WhereaboutsController],
  providers: [
    FixBlockStore,
    KnownThen,
    TrackReader,
    PlacesStore,
    PlaceFixesStore,
    PlaceReader,
    Within,
    StayPages,
    Nearest,
    TimeSpentIn,
    Encounters,
  ],
})
export class PlacesModule {}
