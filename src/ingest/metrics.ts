import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Everything that ingest counts. No label tells an animal, a collar or a place. */
@Injectable()
export class IngestMetrics {
  readonly registry = new Registry();
  readonly messages = this.counter('collarwatch_ingest_messages_total', 'Messages that came in, by door.', ['door']);
  readonly refused = this.counter(
    'collarwatch_ingest_refused_total',
    'Messages given back unacknowledged, by reason.',
    ['reason'],
  );
  readonly fixes = this.counter('collarwatch_ingest_fixes_total', 'Fixes stored.');
  readonly duplicates = this.counter('collarwatch_ingest_duplicates_total', 'Fixes absorbed that were stored already.');
  readonly letters = this.counter('collarwatch_ingest_dead_letters_total', 'Dead letters kept, by reason.', ['reason']);
  readonly denied = this.counter('collarwatch_mqtt_denied_total', 'What the embedded door refused, by action.', [
    'action',
  ]);
  readonly connections = new Gauge({
    name: 'collarwatch_mqtt_connections',
    help: 'Connections to the embedded door.',
    registers: [this.registry],
  });
  readonly commitSeconds = new Histogram({
    name: 'collarwatch_ingest_commit_seconds',
    help: 'Time of a commit.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers: [this.registry],
  });
  readonly batchSize = new Histogram({
    name: 'collarwatch_ingest_batch_fixes',
    help: 'Fixes of a commit.',
    buckets: [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000],
    registers: [this.registry],
  });

  private counter<L extends string>(name: string, help: string, labelNames: L[] = []): Counter<L> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }
}
