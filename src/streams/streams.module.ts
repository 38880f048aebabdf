import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.ts';
import { AlertingModule } from '../alerting/alerting.module.ts';
import { IngestModule } from '../ingest/ingest.module.ts';
import { RegistryModule } from '../registry/registry.module.ts';
import { AlertsStream } from './alerts.stream.ts';
import { LiveDoor } from './door.ts';
import { LiveGateway } from './live.gateway.ts';
import { StreamsMetrics } from './metrics.ts';
import { PositionsStream } from './positions.stream.ts';
import { Readers } from './readers.ts';
import { SnapshotStore } from './snapshot.store.ts';

/** Committed fixes and alert changes → subscribers. */
@Module({
  imports: [AccessModule, RegistryModule, IngestModule, AlertingModule],
  providers: [AlertsStream, LiveDoor, LiveGateway, PositionsStream, Readers, SnapshotStore, StreamsMetrics],
  exports: [LiveGateway, StreamsMetrics],
})
export class StreamsModule {}
