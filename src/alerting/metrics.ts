import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Ledger } from '../domain/alert/alert.ts';
import type { EpochMs } from '../domain/fix.ts';

/** The steps of an alert on its way to people. */
type Stage = 'delivery' | 'commit' | 'judge' | 'send' | 'acknowledge';

/** Everything that alerting counts. No label tells an animal or a farm. */
@Injectable()
export class AlertingMetrics {
  readonly registry = new Registry();
  readonly judged = new Counter({
    name: 'collarwatch_alerting_fixes_judged_total',
    help: 'Fixes that the rules were asked about.',
    registers: [this.registry],
  });
  readonly changes = new Counter({
    name: 'collarwatch_alerting_changes_total',
    help: 'Alert changes, by rule and change.',
    labelNames: ['rule', 'change'],
    registers: [this.registry],
  });
  readonly behind = new Gauge({
    name: 'collarwatch_alerting_behind_seconds',
    help: 'Age of the newest batch judged, when it was judged.',
    registers: [this.registry],
  });
  readonly passSeconds = new Histogram({
    name: 'collarwatch_alerting_pass_seconds',
    help: 'Time of one pass over new batches, with its commit.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers: [this.registry],
  });
  private readonly latency = new Histogram({
    name: 'collarwatch_alert_latency_seconds',
    help: 'Time of an alert from one step to the next: fix, received, committed, judged, first sent, acknowledged.',
    labelNames: ['stage', 'late'],
    // From a millisecond to a week.
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60, 300, 1_800, 7_200, 21_600, 43_200, 86_400, 259_200, 604_800],
    registers: [this.registry],
  });

  /** An alert was opened and committed: once for each. A silence was neither received nor committed. */
  opened(alert: Pick<Ledger, 'fixAt' | 'receivedAt' | 'committedAt' | 'judgedAt'> & { readonly late: boolean }): void {
    const { fixAt, receivedAt, committedAt, judgedAt, late } = alert;
    this.observe('delivery', late, fixAt, receivedAt);
    this.observe('commit', late, receivedAt, committedAt);
    this.observe('judge', late, committedAt ?? receivedAt ?? fixAt, judgedAt);
  }

  /** A subscriber was told of an alert for the first time. */
  sent({ judgedAt, firstSentAt, late }: Pick<Ledger, 'judgedAt' | 'firstSentAt'> & { readonly late: boolean }): void {
    this.observe('send', late, judgedAt, firstSentAt);
  }

  /** Somebody took care of an alert, who may have read of it without being a subscriber. */
  acknowledged(ledger: Ledger, late: boolean): void {
    this.observe('acknowledge', late, ledger.firstSentAt ?? ledger.judgedAt, ledger.acknowledgedAt);
  }

  /** A step that was not passed, or not written down, has no time. Clocks that differ make none less than 0. */
  private observe(stage: Stage, late: boolean, from: EpochMs | null, to: EpochMs | null): void {
    if (from === null || to === null) return;
    this.latency.observe({ stage, late: String(late) }, Math.max(0, to - from) / 1_000);
  }
}
