import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { DeclaredEvent, DeclaredRoute } from '../../src/access/route-audit.ts';
import type { ServedRoute } from '../../src/ops/route-table.ts';

/** Everything that the built server answers to. */
export interface ServerRoutes {
  /** As Fastify serves them, whoever registered them. */
  readonly served: readonly ServedRoute[];
  /** As controllers declare them. */
  readonly declared: readonly DeclaredRoute[];
  readonly events: readonly DeclaredEvent[];
}

/** Asks a server in a process of its own, which ends with the answer. */
export async function listRoutes(databaseUrl: string): Promise<ServerRoutes> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [path.resolve(import.meta.dirname, 'list-routes.mjs')],
    {
      env: {
        PATH: process.env['PATH'],
        DATABASE_URL: databaseUrl,
        ADMIN_TOKEN: 'a token that nobody asks with'.replaceAll(' ', '-') + '-0123456789',
        HTTP_PORT: '0',
        MQTT_PORT: '0',
      },
      timeout: 60_000,
    },
  );
  return JSON.parse(stdout) as ServerRoutes;
}
