import { Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { ArchivedMonths } from './archived-months.ts';
import { ArchivedMonthsStore } from './archived-months.store.ts';
import { ArchivedNotice } from './archived-notice.ts';
import { Upkeep } from './upkeep.service.ts';

/** What happens to fixes that have grown old. */
@Module({
  providers: [Upkeep, ArchivedMonthsStore, ArchivedMonths, { provide: APP_INTERCEPTOR, useClass: ArchivedNotice }],
})
export class ArchiveModule {}
