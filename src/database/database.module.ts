import { Global, Module, type DynamicModule } from '@nestjs/common';
import { Database } from './database.ts';

/**
 * Gives the started database to every room. It is opened before Nest is and stopped after Nest has closed, by main.ts: so
 * it is there for every hook at the start and for every drain at the end.
 */
@Global()
@Module({})
export class DatabaseModule {
  static of(database: Database): DynamicModule {
    return { module: DatabaseModule, providers: [{ provide: Database, useValue: database }], exports: [Database] };
  }
}
