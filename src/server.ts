import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { TokenService } from './access/token.service.ts';
import { Evaluator } from './alerting/evaluator.ts';
import { AppModule } from './app.module.ts';
import type { Config } from './config.ts';
import { Database } from './database/database.ts';
import { Imports } from './imports/imports.service.ts';
import { Ingest } from './ingest/ingest.ts';
import { Demo } from './ops/demo.ts';
import { serveDocs } from './ops/docs.ts';
import { NestLog } from './ops/logger.ts';
import { servePage } from './ops/page.ts';
import { Readiness } from './ops/readiness.ts';
import { AT_ROOT, prepareRest, restAdapter } from './ops/rest.ts';
import { LiveAdapter } from './streams/live.adapter.ts';
import { LiveGateway } from './streams/live.gateway.ts';

/** Where the server can be reached. */
export interface Ready {
  readonly http: string;
  /** null: the embedded door is closed. */
  readonly mqtt: string | null;
}

/** How long a client may take to read the last of its answers when the server stops, milliseconds. */
const MOST_FAREWELL_MS = 5_000;

/** The whole server in one process: what starts after what, and what stops before what. */
export class Server {
  private database: Database | null = null;
  private app: NestFastifyApplication | null = null;
  private http = '';
  private starting: Promise<Ready> | null = null;

  constructor(
    private readonly config: Config,
    private readonly log: Logger,
  ) {}

  /**
   * Starts from the database up to the doors, so that nothing comes in before it can be kept and answered.
   *
   * @throws Error of one line; what had been started is stopped again
   */
  start(): Promise<Ready> {
    this.starting = this.open().catch(async (error: unknown) => {
      await this.close().catch((again: unknown) => this.log.error(`stopping: ${String(again)}`));
      throw error;
    });
    return this.starting;
  }

  /** Prints how to sign in, where nobody can yet. */
  async greet(): Promise<void> {
    const link = await this.app?.get(TokenService).signInLink(this.http, this.config.DEMO);
    if (link) process.stdout.write(`Open once, to sign in as administrator: ${link}\n`);
  }

  /** Stops from the doors down to the database: what was acknowledged is stored, what is being sent is sent. */
  async stop(): Promise<void> {
    await this.starting?.catch(() => undefined);
    await this.close();
  }

  private async open(): Promise<Ready> {
    this.database = await Database.open(this.config, this.log);
    const app = await NestFactory.create<NestFastifyApplication>(
      AppModule.of(this.config, this.database),
      restAdapter(),
      { logger: new NestLog(this.log), abortOnError: false, bodyParser: false },
    );
    this.app = app;
    await prepareRest(app, this.config, AT_ROOT);
    app.useWebSocketAdapter(new LiveAdapter(app));
    serveDocs(app);
    await servePage(app);
    await app.listen(this.config.HTTP_PORT, this.config.HTTP_HOST);
    const { port } = app.getHttpServer().address() as AddressInfo;
    const host = this.config.HTTP_HOST;
    this.http = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
    app.get(Evaluator).start();
    const mqtt = await app.get(Ingest).open();
    await app.get(Imports).start();
    app.get(Readiness).enter('serving');
    if (this.config.DEMO) await app.get(Demo).start(mqtt);
    return { http: this.http, mqtt };
  }

  private async close(): Promise<void> {
    const { app, database } = this;
    this.app = null;
    this.database = null;
    if (app) {
      app.get(Readiness).enter('stopping');
      await app.get(Demo).stop();
      await app.get(Imports).stop();
      await app.get(Ingest).close();
      await app.get(Evaluator).stop();
      await app.get(LiveGateway).drain();
      const http = app.getHttpServer();
      const cut = setTimeout(() => http.closeAllConnections(), MOST_FAREWELL_MS);
      await app.close();
      clearTimeout(cut);
    }
    await database?.stop();
  }
}
