import { existsSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { readCopy, readPacked } from './backup-files.ts';
import { BackupRefused, type BackupTable, type Manifest, readManifest } from './backup-manifest.ts';
import { type Migration, RECORD_TABLE } from './migrations.ts';
import { inTransaction } from './upkeep.ts';

/** What is put back, and where. */
export interface RestoreOrder {
  readonly url: string;
  readonly archiveFolder: string;
  /** Of a backup. */
  readonly folder: string;
  /** Those of this program. */
  readonly migrations: readonly Migration[];
  readonly tell: (line: string) => void;
}

/**
 * Puts a backup into a database without tables, in one transaction: all of it or nothing. The tables are made by the migrations that the
 * backed up database had; a newer program brings them up to its own at its next start. The history gets a new name, so that nobody takes
 * up a cursor of another one: what the old server committed after the backup has numbers that will be given again.
 *
 * @throws BackupRefused: the database is as it was
 */
export async function restoreBackup(order: RestoreOrder): Promise<Manifest> {
  const { url, folder, tell } = order;
  const manifest = readManifest(folder);
  const steps = migrationsOf(manifest, order.migrations);
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 15_000, options: '-c timezone=UTC' });
  client.on('error', () => undefined); // Told by the query that it breaks.
  await client.connect();
  try {
    await requireEmpty(client);
    await inTransaction(client, 'READ COMMITTED', async () => {
      await client.query(RECORD_TABLE);
      for (const { sql } of steps) await client.query(sql);
      await clear(client);
      await load(client, folder, manifest, tell);
      await client.query('UPDATE log_epoch SET epoch = gen_random_uuid()');
      for (const { name, value, called } of manifest.sequences)
        await client.query('SELECT setval($1::regclass, $2, $3)', [client.escapeIdentifier(name), value, called]);
      await putArchive(order, manifest);
    });
    await client.query('VACUUM (ANALYZE)');
  } finally {
    await client.end();
  }
  return manifest;
}

function migrationsOf(manifest: Manifest, known: readonly Migration[]): Migration[] {
  return manifest.migrations.map(({ name, checksum }) => {
    const migration = known.find((one) => one.name === name);
    if (!migration)
      throw new BackupRefused(
        `the backup has migration ${name}, which this program does not know: use a newer program`,
      );
    if (migration.checksum !== checksum)
      throw new BackupRefused(`migration ${name} of the backup is another than ours`);
    return migration;
  });
}

async function requireEmpty(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace ORDER BY relname LIMIT 1`,
  );
  if (rows[0])
    throw new BackupRefused(
      `the database is not empty (it has a table ${rows[0].name}): a backup is put into a new one, by DATA_DIR or DATABASE_URL`,
    );
}

/** Removes what the migrations themselves have put into tables. */
async function clear(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace`,
  );
  await client.query(`TRUNCATE ${rows.map(({ name }) => client.escapeIdentifier(name)).join(', ')}`);
}

async function load(client: pg.Client, folder: string, manifest: Manifest, tell: RestoreOrder['tell']): Promise<void> {
  const plain = await inOrderOfReference(
    client,
    manifest.tables.filter(({ bounds }) => bounds === null),
  );
  const months = manifest.tables.filter(({ bounds }) => bounds !== null);
  for (const { table } of plain)
    await client.query(`ALTER TABLE ${client.escapeIdentifier(table)} DISABLE TRIGGER USER`);
  for (const table of plain) await loadTable(client, folder, table, tell);
  for (const { table } of plain)
    await client.query(`ALTER TABLE ${client.escapeIdentifier(table)} ENABLE TRIGGER USER`);
  for (const month of months) {
    // Filled first, so that its indexes are built at once and without gaps.
    const name = client.escapeIdentifier(month.table);
    await client.query(`CREATE TABLE ${name} (LIKE fix INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE)`);
    await loadTable(client, folder, month, tell);
    await client.query(`ALTER TABLE fix ATTACH PARTITION ${name} ${checkedBounds(month)}`);
  }
}

/** It comes from a file, and goes into a statement. */
function checkedBounds({ table, bounds }: BackupTable): string {
  if (bounds === null || !/^FOR VALUES FROM \('[-0-9:+ BC]+'\) TO \('[-0-9:+ BC]+'\)$/.test(bounds))
    throw new BackupRefused(`the ends of ${table} are not understood: ${bounds}`);
  return bounds;
}

async function loadTable(client: pg.Client, folder: string, table: BackupTable, tell: RestoreOrder['tell']) {
  const columns = table.columns.map((column) => client.escapeIdentifier(column)).join(', ');
  const into = client.query(copyFrom(`COPY ${client.escapeIdentifier(table.table)} (${columns}) FROM STDIN`));
  await readPacked(folder, table, into);
  if (into.rowCount !== table.rows)
    throw new BackupRefused(`${table.table} has ${into.rowCount} rows and should have ${table.rows}`);
  tell(`${table.table}: ${table.rows} rows`);
}

/** Whatever is referred to before what refers to it. */
async function inOrderOfReference(client: pg.ClientBase, tables: readonly BackupTable[]): Promise<BackupTable[]> {
  const { rows } = await client.query<{ from: string; to: string }>(
    `SELECT c.relname AS from, r.relname AS to FROM pg_constraint JOIN pg_class AS c ON c.oid = conrelid
     JOIN pg_class AS r ON r.oid = confrelid WHERE contype = 'f' AND conrelid <> confrelid`,
  );
  const ordered: BackupTable[] = [];
  const waiting = new Set(tables);
  while (waiting.size > 0) {
    const names = new Set([...waiting].map(({ table }) => table));
    const free = [...waiting].filter(({ table }) => !rows.some(({ from, to }) => from === table && names.has(to)));
    if (free.length === 0) throw new Error(`tables that refer to each other: ${[...names].join(', ')}`);
    for (const table of free) {
      ordered.push(table);
      waiting.delete(table);
    }
  }
  return ordered;
}

/** All of its files or none. */
async function putArchive({ folder, archiveFolder }: RestoreOrder, { archive }: Manifest): Promise<void> {
  if (archive.length > 0) mkdirSync(archiveFolder, { recursive: true, mode: 0o700 });
  const put: string[] = [];
  try {
    for (const entry of archive) {
      const file = path.join(archiveFolder, path.basename(entry.file));
      if (existsSync(file))
        throw new BackupRefused(`${file} is there already: the archive is put into a new folder, by ARCHIVE_DIR`);
      put.push(file);
      await readCopy(folder, entry, file);
    }
  } catch (error) {
    for (const file of put) rmSync(file, { force: true });
    throw error;
  }
}
