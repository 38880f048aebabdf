// Jest's global setup of the tests that need a database: one Postgres for the run, with a migrated template to clone.
// It is the embedded one from dist/ (Jest loads this file as Node does), or the server that DATABASE_URL_TEST names.
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';

const PREFIX = 'collarwatch-test-';
const log = { info: () => undefined, warn: console.warn, error: console.error };

export default async function setup() {
  const { EmbeddedPostgres } = await import('../../dist/src/database/embedded/embedded-postgres.js');
  const { migrate, migrationsFolder, readMigrations } = await import('../../dist/src/database/migrations.js');
  await sweep();
  const given = process.env.DATABASE_URL_TEST;
  const template = `template_${randomBytes(6).toString('hex')}`;
  const folder = given ? undefined : await mkdtemp(path.join(tmpdir(), PREFIX));
  const embedded = folder ? new EmbeddedPostgres(folder, 100, log) : undefined;
  await embedded?.start();
  const server = given ?? embedded.url;

  globalThis.collarwatchTestPostgres = async () => {
    if (given) await onServer(given, (client) => client.query(`DROP DATABASE IF EXISTS ${template} WITH (FORCE)`));
    await embedded?.stop();
    if (folder) await rm(folder, { recursive: true, force: true });
  };

  await onServer(server, (client) => client.query(`CREATE DATABASE ${template} TEMPLATE template0`));
  const address = new URL(server);
  address.pathname = `/${template}`;
  await migrate(address.href, readMigrations(migrationsFolder()), log);
  process.env.COLLARWATCH_TEST_SERVER = server;
  process.env.COLLARWATCH_TEST_TEMPLATE = template;
}

/** Removes what a run left that was killed. Its Postgres has ended by itself. */
async function sweep() {
  const { isAlive } = await import('../../dist/src/database/embedded/processes.js');
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(PREFIX)) continue;
    const folder = path.join(tmpdir(), name);
    const owner = await readFile(path.join(folder, 'postgres.lock'), 'utf8').then(JSON.parse, () => undefined);
    if (owner && !isAlive(owner)) await rm(folder, { recursive: true, force: true });
  }
}

async function onServer(url, work) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
