import { Module } from '@nestjs/common';
import { Upkeep } from './upkeep.service.ts';

/** What happens to fixes that have grown old. */
@Module({ providers: [Upkeep] })
export class ArchiveModule {}
