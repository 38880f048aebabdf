import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { Log } from './log.ts';

/** A step of the tables, written by hand: prisma/migrations/<time>_<name>/migration.sql. */
export interface Migration {
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the file in hex, as Prisma records it. */
  readonly checksum: string;
}

/** The database and this program do not belong together. The message is one line. */
export class MigrationRefused extends Error {
  override readonly name = 'MigrationRefused';
}

/** First argument of every advisory lock of ours; the second tells them apart. */
export const LOCK_SPACE = 7262;
const LOCK = [LOCK_SPACE, 0];
/** How long a start waits for another server that is migrating. */
const OTHER_SERVER_MS = 600_000;

/** As Prisma makes it, so that `prisma migrate status` agrees with us. */
export const RECORD_TABLE = `
  CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id                  varchar(36)  PRIMARY KEY NOT NULL,
    checksum            varchar(64)  NOT NULL,
    finished_at         timestamptz,
    migration_name      varchar(255) NOT NULL,
    logs                text,
    rolled_back_at      timestamptz,
    started_at          timestamptz  NOT NULL DEFAULT now(),
    applied_steps_count integer      NOT NULL DEFAULT 0
  )`;

/** The project's migrations folder, from src/ as from dist/: the nearest one above this file. */
export function migrationsFolder(): string {
  for (let folder = path.dirname(fileURLToPath(import.meta.url)); ; folder = path.dirname(folder)) {
    const found = path.join(folder, 'prisma/migrations');
    if (existsSync(found)) return found;
    if (folder === path.dirname(folder)) throw new Error('prisma/migrations is not in this installation');
  }
}

/** Migrations of a folder, in order. */
export function readMigrations(folder: string): Migration[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => {
      const sql = readFileSync(path.join(folder, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Brings the database to the program's tables: each missing migration in a transaction of its own, under a lock that makes a
 * second server wait and then find nothing to do.
 *
 * @returns the names of those applied now
 * @throws MigrationRefused when an applied migration is unknown here, was edited since, or is half applied
 */
export async function migrate(url: string, migrations: readonly Migration[], log: Log): Promise<string[]> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 15_000,
    lock_timeout: OTHER_SERVER_MS,
  });
  client.on('error', () => undefined); // Told by the query that it breaks.
  await client.connect();
  try {
    // A session's lock: it ends with the connection, so a server that dies while migrating does not keep others out.
    const { rows } = await client.query<{ free: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS free', LOCK);
    if (!rows[0]?.free) {
      log.info('another server is looking at the tables: waiting for it');
      await client.query('SELECT pg_advisory_lock($1, $2)', LOCK);
    }
    await client.query(RECORD_TABLE);
    const missing = await missingOf(client, migrations);
    for (const migration of missing) {
      log.info(`applying migration ${migration.name}`);
      await apply(client, migration);
    }
    return missing.map(({ name }) => name);
  } finally {
    await client.end();
  }
}

async function missingOf(client: pg.Client, migrations: readonly Migration[]): Promise<Migration[]> {
  const { rows } = await client.query<{ migration_name: string; checksum: string; finished_at: Date | null }>(
    'SELECT migration_name, checksum, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY started_at',
  );
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  for (const { migration_name: name, checksum, finished_at: finishedAt } of rows) {
    const migration = known.get(name);
    if (!migration)
      throw new MigrationRefused(
        `the database has migration ${name}, which this program does not know: use a newer program`,
      );
    if (!finishedAt)
      throw new MigrationRefused(`migration ${name} is half applied: resolve it with prisma migrate resolve`);
    if (migration.checksum !== checksum)
      throw new MigrationRefused(`migration ${name} was changed after it had been applied to this database`);
  }
  const applied = new Set(rows.map((row) => row.migration_name));
  return migrations.filter(({ name }) => !applied.has(name));
}

async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(sql);
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, started_at, applied_steps_count)
       VALUES ($1, $2, clock_timestamp(), $3, now(), 1)`,
      [randomUUID(), checksum, name],
    );
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw new Error(`migration ${name}: ${(error as Error).message}`, { cause: error });
  }
}
