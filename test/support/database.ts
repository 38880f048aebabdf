import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { Database } from '../../src/database/database.ts';
import { quiet } from '../../src/database/log.ts';

/** A database of a test file's own, with the program's tables. */
export interface TestDatabase {
  /** For a server or a second program under test. */
  readonly url: string;
  /** Started. */
  readonly database: Database;
  /**
   * Stops `database` and removes the database itself.
   *
   * @throws Error when something else still has a connection to it: a leak
   */
  drop(): Promise<void>;
}

/** Clones the migrated template of this run: `beforeAll(async () => { test = await createTestDatabase(); })`. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { url, drop } = await createBareDatabase(templateName());
  const database = await Database.open(testConfig(url), quiet);
  return {
    url,
    database,
    drop: async () => {
      await database.stop();
      await drop();
    },
  };
}

/** A database without tables, or a clone of another one. */
export async function createBareDatabase(template = 'template0'): Promise<{ url: string; drop: () => Promise<void> }> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await onServer((client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${client.escapeIdentifier(template)}`));
  const address = new URL(serverUrl());
  address.pathname = `/${name}`;
  return { url: address.href, drop: () => dropDatabase(name) };
}

/** Settings of a database that is at hand. */
export function testConfig(url: string) {
  return {
    DATABASE_URL: url,
    DATA_DIR: '/nonexistent',
    DATABASE_CONNECTIONS: 5,
    DATABASE_TIMEOUT_S: 15,
    ALLOW_UNSAFE_DB: false,
  } as const;
}

async function dropDatabase(name: string): Promise<void> {
  await onServer(async (client) => {
    // A connection that was ended takes a moment to be gone.
    for (let attempt = 0; attempt < 40 && (await connectionsTo(client, name)) > 0; attempt++)
      await new Promise((resolve) => setTimeout(resolve, 25));
    const left = await connectionsTo(client, name);
    await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    if (left > 0) throw new Error(`${left} connections were left open to the test's database: close what was opened`);
  });
}

async function connectionsTo(client: pg.Client, name: string): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = $1',
    [name],
  );
  return rows[0]?.count ?? 0;
}

async function onServer(work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl(), connectionTimeoutMillis: 15_000 });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

function serverUrl(): string {
  return required('COLLARWATCH_TEST_SERVER');
}

function templateName(): string {
  return required('COLLARWATCH_TEST_TEMPLATE');
}

/** Set by postgres-setup.mjs, which Jest runs once before the integration and the end-to-end tests. */
function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run the tests by node tools/test.mjs`);
  return value;
}
