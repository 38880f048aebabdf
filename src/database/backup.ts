import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { syncFolder, writeCopy, writePacked } from './backup-files.ts';
import { type BackupFile, BackupRefused, type BackupTable, type Manifest, MANIFEST } from './backup-manifest.ts';
import { inTransaction, withUpkeep } from './upkeep.ts';

interface TableRow {
  table: string;
  columns: string[];
  bounds: string | null;
}

/** Where a backup comes from and goes to. */
export interface BackupOrder {
  readonly url: string;
  readonly archiveFolder: string;
  /** Must not be there, or be empty. */
  readonly folder: string;
  /** Called for each table that is done. */
  readonly tell: (line: string) => void;
}

/**
 * Copies the whole database, as it is at one moment, into a folder, while servers go on: every table as packed text of COPY, the archive's
 * files, and at last what each of them must be like. Sealing and archiving wait meanwhile.
 *
 * @throws BackupRefused, UpkeepBusy; nothing is left behind then
 */
export async function makeBackup({ url, archiveFolder, folder, tell }: BackupOrder): Promise<Manifest> {
  if (existsSync(folder) && readdirSync(folder).length > 0) throw new BackupRefused(`${folder} is not empty`);
  const draft = `${path.resolve(folder)}.unfinished`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(path.join(draft, 'archive'), { recursive: true, mode: 0o700 });
  try {
    const manifest = await withUpkeep(url, async (client) => {
      // Waits are for locks that sealing would hold, and it does not run.
      await client.query(`SET lock_timeout = '30s'; SET extra_float_digits = 1`);
      return inTransaction(client, 'REPEATABLE READ, READ ONLY', () => copyAll(client, draft, archiveFolder, tell));
    });
    writeFileSync(path.join(draft, MANIFEST), `${JSON.stringify(manifest, null, 1)}\n`, { mode: 0o600, flush: true });
    await syncFolder(draft);
    rmSync(folder, { recursive: true, force: true });
    renameSync(draft, folder);
    await syncFolder(path.dirname(path.resolve(folder)));
    return manifest;
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw error;
  }
}

async function copyAll(
  client: pg.Client,
  draft: string,
  archiveFolder: string,
  tell: BackupOrder['tell'],
): Promise<Manifest> {
  const { rows } = await client.query<{ postgres: string; at: Date }>(
    `SELECT current_setting('server_version') AS postgres, now() AS at`,
  );
  const tables: BackupTable[] = [];
  for (const table of await tablesOf(client)) {
    const copied = await copyTable(client, draft, table);
    tables.push(copied);
    tell(`${copied.table}: ${copied.rows} rows, ${copied.bytes} bytes`);
  }
  const migrations = await client.query<{ name: string; checksum: string }>(
    `SELECT migration_name AS name, checksum FROM _prisma_migrations
     WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY started_at, migration_name`,
  );
  const archived = await client.query<{ file: string }>('SELECT file FROM archive_file ORDER BY file');
  const archive: BackupFile[] = [];
  for (const { file } of archived.rows)
    archive.push(await writeCopy(draft, path.join('archive', file), path.join(archiveFolder, file)));
  return {
    format: 1,
    madeAt: rows[0]!.at.toISOString(),
    postgres: rows[0]!.postgres,
    migrations: migrations.rows,
    tables,
    // Read last: a sequence knows no transaction, and must not be behind the rows.
    sequences: await sequencesOf(client),
    archive,
  };
}

/** Tables with rows of their own: months in place of `fix`. */
async function tablesOf(client: pg.ClientBase): Promise<TableRow[]> {
  const { rows } = await client.query<TableRow>(`
    SELECT relname AS table, pg_get_expr(relpartbound, c.oid) AS bounds,
      (SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute
       WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '') AS columns
    FROM pg_class AS c
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND NOT (relname LIKE 'fix\\_%\\_sealing' AND NOT relispartition)
    ORDER BY relname`);
  return rows;
}

async function copyTable(client: pg.Client, draft: string, { table, columns, bounds }: TableRow): Promise<BackupTable> {
  const list = columns.map((column) => client.escapeIdentifier(column)).join(', ');
  const stream = client.query(copyTo(`COPY ${client.escapeIdentifier(table)} (${list}) TO STDOUT`));
  const written = await writePacked(draft, `${table}.copy.gz`, stream);
  return { ...written, table, columns, bounds, rows: stream.rowCount };
}

async function sequencesOf(client: pg.Client): Promise<Manifest['sequences']> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace ORDER BY relname`,
  );
  const found: Manifest['sequences'] = [];
  for (const { name } of rows) {
    const state = await client.query<{ value: string; called: boolean }>(
      `SELECT last_value AS value, is_called AS called FROM ${client.escapeIdentifier(name)}`,
    );
    found.push({ name, ...state.rows[0]! });
  }
  return found;
}
