import { Injectable } from '@nestjs/common';
import { LogFeed } from '../database/log-feed.ts';
import type { Batch } from '../domain/batch.ts';
import { BatchStore } from './batch.store.ts';

/** Fixes of recent batches kept at hand. */
const RECENT_FIXES = 20_000;

/** The feed of committed batches, for alerting and streams: all they know of ingest. */
@Injectable()
export class CommittedFixes extends LogFeed<Batch> {
  constructor(store: BatchStore) {
    super(store, RECENT_FIXES);
  }

  protected override sizeOf(batch: Batch): number {
    return batch.kind === 'fixes' ? batch.fixes.length : batch.doubts.length;
  }
}
