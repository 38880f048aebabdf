import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

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
}
