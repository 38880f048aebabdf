import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from '../../../src/app.module.ts';
import { AlertChanges } from '../../../src/alerting/alert-changes.ts';
import type { ChangeDraft } from '../../../src/alerting/draft.ts';
import { TellingStore } from '../../../src/alerting/telling.store.ts';
import { readConfig } from '../../../src/config.ts';
import type { Database } from '../../../src/database/database.ts';
import type { Fix } from '../../../src/domain/fix.ts';
import { encodeDoubts, type DoubtChange } from '../../../src/domain/batch.ts';
import { CommittedFixes } from '../../../src/ingest/committed-fixes.ts';
import { CollarDirectory } from '../../../src/registry/collar-directory.ts';
import { FixStore } from '../../../src/ingest/fix.store.ts';
import { API, prepareRest, restAdapter } from '../../../src/ops/rest.ts';
import { LiveAdapter } from '../../../src/streams/live.adapter.ts';
import { LiveGateway } from '../../../src/streams/live.gateway.ts';
import { aFarm } from '../../factories/reserve.ts';
import { LiveClient } from '../../support/live-client.ts';

export const ADMIN_TOKEN = 'test-administrator-0123456789abcdef';

/** The time of the tests. */
export const AT = Date.UTC(2026, 10, 21);

export interface AlertStep {
  readonly alertId?: string;
  readonly farm?: string;
  readonly change?: 'opened' | 'escalated' | 'closed';
  readonly at?: number;
}

/** The server in this process, on a database of the test's, with its doors for collars closed: the test itself commits. */
export class LiveServer {
  private constructor(
    readonly app: NestFastifyApplication,
    readonly http: string,
    private readonly database: Database,
  ) {}

  static async start(database: Database, settings: Record<string, string> = {}): Promise<LiveServer> {
    const config = readConfig({ ADMIN_TOKEN, MQTT_PORT: 'off', SHUTDOWN_TIMEOUT_S: '2', ...settings });
    const app = await NestFactory.create<NestFastifyApplication>(AppModule.of(config, database), restAdapter(), {
      logger: ['error', 'fatal'],
      abortOnError: false,
      bodyParser: false,
    });
    await prepareRest(app, config);
    app.useWebSocketAdapter(new LiveAdapter(app));
    await app.listen(0, '127.0.0.1');
    app.get(CommittedFixes).start();
    app.get(AlertChanges).start();
    const { port } = app.getHttpServer().address() as AddressInfo;
    return new LiveServer(app, `http://127.0.0.1:${port}`, database);
  }

  get live(): string {
    return `${this.http.replace('http', 'ws')}/live`;
  }

  connect(token = ADMIN_TOKEN): Promise<LiveClient> {
    return LiveClient.connect(this.live, { authorization: `Bearer ${token}` });
  }

  /** Two farms, two animals, three collars; the third collar is worn by nobody. */
  async register(): Promise<void> {
    const from = '2026-01-01T00:00:00Z';
    await this.api('PUT', '/reserve', {
      farms: { type: 'FeatureCollection', features: [aFarm(), aFarm('second', { lon: 131.2, lat: 42.6 })] },
      animals: ['sofia', 'narva'].map((id) => ({ id, name: id })),
      collars: ['30211', '30212', '30213'].map((serial) => ({ serial, format: 'json-v1' })),
      deployments: [
        { animal: 'sofia', collar: '30211', from, to: null },
        { animal: 'narva', collar: '30212', from, to: new Date(AT + 3_600_000).toISOString() },
      ],
      gateways: [],
    });
  }

  async api(method: string, route: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    const answer = await fetch(`${this.http}/${API}${route}`, {
      method,
      headers: {
        authorization: `Bearer ${ADMIN_TOKEN}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${route}: ${answer.status} ${await answer.text()}`);
    return answer;
  }

  /** The number by which fixes name a collar. */
  collarId(serial: string): number {
    return this.app.get(CollarDirectory).collar(serial)!.id;
  }

  /** A token of a role. */
  async token(role: string, farms?: string[]): Promise<{ id: string; token: string }> {
    const answer = await this.api('POST', '/tokens', { name: `a ${role}`, role, ...(farms && { farms }) });
    return (await answer.json()) as { id: string; token: string };
  }

  /** Commits a batch as ingest does. @param announced false: as another process does, which this one hears of by and by */
  async commit(fixes: readonly Fix[], announced = true): Promise<number> {
    const { seq, committedAt } = await this.app.get(FixStore, { strict: false }).commit(fixes);
    if (seq === null) throw new Error('nothing of it was new');
    if (announced) this.app.get(CommittedFixes).announce({ seq, committedAt, kind: 'fixes', fixes });
    return seq;
  }

  /** Commits a change of doubts as alerting does. */
  async commitDoubts(changes: readonly DoubtChange[]): Promise<void> {
    await this.database.client.$executeRaw`
      INSERT INTO batch (seq, committed_at, kind, body)
      VALUES (next_batch_seq(${changes.length}), now(), 'doubts', ${encodeDoubts(changes)})`;
  }

  /** Commits changes of alerts as alerting does: a new alert of this farm for each change, or the next change of a known one. */
  async commitAlerts(...changes: readonly AlertStep[]): Promise<void> {
    const drafts = changes.map(
      ({ alertId = randomUUID(), farm = 'olenevod', change = 'opened', at = AT }): ChangeDraft => ({
        ...{ rule: 'farm-proximity', animal: 'sofia', about: 'farm', place: farm, alertId },
        ...{ change, at, learnedAt: at + 1_000, late: false, reason: null, settledAt: null },
        arrival: { receivedAt: at + 500, committedAt: at + 1_000 },
        episode: {
          ...{ level: 'near', peak: 'near', openedAt: AT, closedAt: change === 'closed' ? at : null },
          closest: { m: 1_900.04, at, between: false },
        },
      }),
    );
    const written = await this.database.transaction((sql) => new TellingStore().append(sql, drafts, AT + 2_000));
    this.app.get(AlertChanges).announce(...written);
  }

  async stop(): Promise<void> {
    await this.app.get(LiveGateway).drain();
    this.app.get(CommittedFixes).stop();
    this.app.get(AlertChanges).stop();
    await this.app.close();
  }
}
