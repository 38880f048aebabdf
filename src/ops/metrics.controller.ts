import { Controller, Get, Header, Injectable } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { Public } from '../access/allow.ts';
import { textWithoutPosition } from '../access/visibility.ts';
import { AlertingMetrics } from '../alerting/metrics.ts';
import { IngestMetrics } from '../ingest/metrics.ts';
import { StreamsMetrics } from '../streams/metrics.ts';

/** The process's own figures. */
@Injectable()
export class ProcessMetrics {
  readonly registry = new Registry();

  constructor() {
    collectDefaultMetrics({ register: this.registry, prefix: 'collarwatch_' });
  }
}

/** What Prometheus reads: counts and durations, no animal, no place. */
@ApiTags('health')
@Controller(['metrics', 'api/v1/metrics'])
export class MetricsController {
  private readonly all: Registry;

  constructor(process: ProcessMetrics, ingest: IngestMetrics, alerting: AlertingMetrics, streams: StreamsMetrics) {
    this.all = Registry.merge([process.registry, ingest.registry, alerting.registry, streams.registry]);
  }

  @Get()
  @Public()
  @Header('content-type', Registry.PROMETHEUS_CONTENT_TYPE)
  @ApiOperation({ summary: 'Metrics in the Prometheus text format' })
  async read() {
    return textWithoutPosition(await this.all.metrics());
  }
}
