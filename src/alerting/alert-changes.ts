import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { LogFeed } from '../database/log-feed.ts';
import type { AlertChange } from '../domain/alert/alert.ts';
import { AlertStore } from './alert.store.ts';
import { FirstTellings } from './first-tellings.ts';
import { AlertingMetrics } from './metrics.ts';

/** Recent changes kept at hand. */
const RECENT_CHANGES = 5_000;

/** The feed of alert changes, for streams: all they know of alerting. */
@Injectable()
export class AlertChanges extends LogFeed<AlertChange> implements OnModuleDestroy {
  private readonly firstTellings: FirstTellings;

  constructor(store: AlertStore, metrics: AlertingMetrics) {
    super(store, RECENT_CHANGES);
    this.firstTellings = new FirstTellings(store, (noted) => metrics.sent(noted));
  }

  /** Takes note that a subscriber has just been told of these alerts. Returns at once; writes, later, what is the first time. */
  told(alertIds: readonly string[]): void {
    this.firstTellings.add(alertIds, Date.now());
  }

  /** After the last subscriber has gone, and before the database has. */
  async onModuleDestroy(): Promise<void> {
    await this.firstTellings.stop();
  }

  protected override sizeOf(): number {
    return 1;
  }
}
