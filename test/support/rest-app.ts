import { request, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Global, Module, type DynamicModule, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AccessModule } from '../../src/access/access.module.ts';
import { CONFIG, readConfig, type Config } from '../../src/config.ts';
import { DatabaseModule } from '../../src/database/database.module.ts';
import { RegistryModule } from '../../src/registry/registry.module.ts';
import { HistoryModule } from '../../src/history/history.module.ts';
import { AT_ROOT, prepareRest, restAdapter } from '../../src/ops/rest.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';

export const ADMIN_TOKEN = 'test-administrator-0123456789abcdef';

/** An answer of REST. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** What a test expects of it, it says itself. */
  readonly json: ReturnType<typeof JSON.parse>;
}

/** How a test asks. */
export interface Asking {
  /** Bearer token; ADMIN_TOKEN unless said otherwise; null: none. */
  readonly token?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text is sent as it is, anything else as JSON. */
  readonly body?: unknown;
}

/** REST in this process on a database of the test's own: access, registry and history, without doors and streams. */
export interface RestApp {
  readonly test: TestDatabase;
  readonly port: number;
  readonly app: NestFastifyApplication;
  ask(method: string, path: string, asking?: Asking): Promise<Answer>;
  /** A token of a role. */
  tokenFor(role: string, farms?: readonly string[]): Promise<string>;
  close(): Promise<void>;
}

@Global()
@Module({})
class TestConfigModule {
  static of(config: Config): DynamicModule {
    return { module: TestConfigModule, providers: [{ provide: CONFIG, useValue: config }], exports: [CONFIG] };
  }
}

@Module({})
class TestAppModule {}

/** @param more controllers' modules of the test's own */
export async function startRestApp(
  settings: Readonly<Record<string, string>> = {},
  more: readonly Type[] = [],
  on?: TestDatabase,
): Promise<RestApp> {
  const test = on ?? (await createTestDatabase());
  const config = readConfig({ ADMIN_TOKEN, ...settings });
  const imports = [
    TestConfigModule.of(config),
    DatabaseModule.of(test.database),
    AccessModule,
    RegistryModule,
    HistoryModule,
  ];
  const app = await NestFactory.create<NestFastifyApplication>(
    { module: TestAppModule, imports: [...imports, ...more] },
    restAdapter(),
    { logger: false, abortOnError: false, bodyParser: false },
  );
  await prepareRest(app, config, AT_ROOT);
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  const ask = (method: string, path: string, asking: Asking = {}) => send(port, method, path, asking);
  return {
    test,
    port,
    app,
    ask,
    tokenFor: async (role, farms) => {
      const made = await ask('POST', '/api/v1/tokens', { body: { name: `a ${role}`, role, farms } });
      return (made.json as { token: string }).token;
    },
    close: async () => {
      await app.close();
      if (!on) await test.drop();
    },
  };
}

function send(port: number, method: string, path: string, asking: Asking): Promise<Answer> {
  const { token = ADMIN_TOKEN, headers = {}, body } = asking;
  const payload = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, method, path, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text, json: parsed(text) });
      });
    });
    if (token !== null) asked.setHeader('authorization', `Bearer ${token}`);
    if (payload !== undefined) asked.setHeader('content-type', 'application/json');
    for (const [name, value] of Object.entries(headers)) asked.setHeader(name, value);
    asked.on('error', reject);
    asked.end(payload);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
