import { Injectable } from '@nestjs/common';
import { LogFeed } from '../database/log-feed.ts';
import type { AlertChange } from '../domain/alert/alert.ts';
import { AlertStore } from './alert.store.ts';

/** Recent changes kept at hand. */
const RECENT_CHANGES = 5_000;

/** The feed of alert changes, for streams: all they know of alerting. */
@Injectable()
export class AlertChanges extends LogFeed<AlertChange> {
  constructor(store: AlertStore) {
    super(store, RECENT_CHANGES);
  }

  protected override sizeOf(): number {
    return 1;
  }
}
