import { type DynamicModule, Global, Module } from '@nestjs/common';
import { AccessModule } from './access/access.module.ts';
import { AlertingModule } from './alerting/alerting.module.ts';
import { CONFIG, type Config } from './config.ts';
import type { Database } from './database/database.ts';
import { DatabaseModule } from './database/database.module.ts';
import { ArchiveModule } from './history/archive/archive.module.ts';
import { HistoryModule } from './history/history.module.ts';
import { ImportsModule } from './imports/imports.module.ts';
import { IngestModule } from './ingest/ingest.module.ts';
import { OpsModule } from './ops/ops.module.ts';
import { RegistryModule } from './registry/registry.module.ts';
import { StreamsModule } from './streams/streams.module.ts';

/** Gives the settings to every room. */
@Global()
@Module({})
class ConfigModule {
  static of(config: Config): DynamicModule {
    return { module: ConfigModule, providers: [{ provide: CONFIG, useValue: config }], exports: [CONFIG] };
  }
}

/** The whole server: the rooms in the order data meets them. */
@Module({})
export class AppModule {
  static of(config: Config, database: Database): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.of(config),
        DatabaseModule.of(database),
        AccessModule,
        RegistryModule,
        IngestModule,
        ImportsModule,
        AlertingModule,
        StreamsModule,
        HistoryModule,
        ArchiveModule,
        OpsModule,
      ],
    };
  }
}
