import { Module } from '@nestjs/common';
import { AccessModule } from '../../access/access.module.ts';
import { RegistryModule } from '../../registry/registry.module.ts';
import { PlaceReader } from '../places/place-reader.ts';
import { PlacesStore } from '../places/places.store.ts';
import { AnimalFeatures } from './animal-features.ts';
import { FarmFeatures } from './farm-features.ts';
import { FixExtent } from './fix-extent.ts';
import { FixExtentStore } from './fix-extent.store.ts';
import { FixFeatures } from './fix-features.ts';
import { FixesInBox } from './fixes-in-box.ts';
import { FixFeatureStore } from './fix-features.store.ts';
import { OgcController } from './ogc.controller.ts';
import { VisitFeatures } from './visit-features.ts';
import { VisitFeatureStore } from './visit-features.store.ts';

/** OGC API – Features. */
@Module({
  imports: [AccessModule, RegistryModule],
  controllers: [OgcController],
  providers: [
    FixFeatureStore,
    FixExtentStore,
    FixExtent,
    VisitFeatureStore,
    AnimalFeatures,
    FarmFeatures,
    FixFeatures,
    FixesInBox,
    PlaceReader,
    PlacesStore,
    VisitFeatures,
  ],
})
export class OgcModule {}
