import type pg from 'pg';
import { fixColumns, type FixMonth } from './months.ts';
import { inTransaction } from './upkeep.ts';

/** What sealing a month has done. */
export interface Sealed {
  readonly month: string;
  readonly rows: number;
  /** On disk with all of its indexes. */
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  readonly seconds: number;
  /** How long nobody could read or write fixes. */
  readonly lockedMs: number;
}

/** Sorting and building indexes may take so much memory. */
const MEMORY = '128MB';

const draftOf = (table: string) => `${table}_sealing`;

/**
 * Writes a month anew in the order of its key, with full pages: the fixes of one collar then lie side by side, the key has no half-empty
 * pages (which is what arrival in the order of time makes of it), and every page is known to be visible to all, so that a track never
 * looks into the rows.
 *
 * A copy is made beside the month, while everybody reads and writes it. Then, under the lock of `fix`, what has changed since is written
 * into the copy, and the copy takes the month's place. Killed at any moment, the month is the old one or the new one, and the next go
 * removes the draft.
 *
 * @param client of withUpkeep
 * @throws Error with SQLSTATE 55P03 when somebody holds the months for too long: the month stays as it is, to be tried later
 */
export async function sealMonth(client: pg.ClientBase, month: FixMonth): Promise<Sealed> {
  const began = performance.now();
  const draft = draftOf(month.table);
  const columns = (await fixColumns(client)).join(', ');
  await client.query(`DROP TABLE IF EXISTS ${draft}`);
  try {
    await client.query(
      `SET work_mem = '${MEMORY}'; SET maintenance_work_mem = '${MEMORY}'; SET max_parallel_maintenance_workers = 0`,
    );
    const copied = await copySorted(client, month, columns);
    await index(client, month, draft);
    // Freezes what it writes and maps the pages: as long as nobody else looks at the copy, that hinders no one.
    await client.query(`VACUUM (FREEZE, ANALYZE) ${draft}`);
    const { lockedMs, rows, bytes } = await swap(client, month, columns, copied);
    const seconds = (performance.now() - began) / 1_000;
    return { month: month.month, rows, bytesBefore: month.bytes, bytesAfter: bytes, seconds, lockedMs };
  } catch (error) {
    await client.query(`DROP TABLE IF EXISTS ${draft}`).catch(() => undefined);
    throw error;
  }
}

interface Copied {
  readonly rows: number;
  /** The oldest transaction that may have written what the copy does not have. */
  readonly since: string;
}

async function copySorted(client: pg.ClientBase, { table, bounds }: FixMonth, columns: string): Promise<Copied> {
  const draft = draftOf(table);
  return inTransaction(client, 'REPEATABLE READ', async () => {
    const { rows } = await client.query<{ since: string }>(
      'SELECT pg_snapshot_xmin(pg_current_snapshot())::text::xid8::xid::text AS since',
    );
    await client.query(`CREATE TABLE ${draft} (LIKE fix INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE)`);
    const { rowCount } = await client.query(
      `INSERT INTO ${draft} (${columns}) SELECT ${columns} FROM ${table} ORDER BY collar_id, at`,
    );
    const [, from, to] = /FROM \('([^']+)'\) TO \('([^']+)'\)/.exec(bounds) ?? [];
    if (from === undefined || to === undefined) throw new Error(`${table} has no ends: ${bounds}`);
    // So that taking its place needs no look at its rows.
    await client.query(`ALTER TABLE ${draft} ADD CONSTRAINT ${draft}_ends CHECK (at >= '${from}' AND at < '${to}')`);
    return { rows: rowCount ?? 0, since: rows[0]!.since };
  });
}

/** The same indexes as `fix` has, full to the brim: nearly nothing will be put between. */
async function index(client: pg.ClientBase, { table }: FixMonth, draft: string): Promise<void> {
  const { rows } = await client.query<{ name: string; definition: string; key: string | null; plain: boolean }>(`
    SELECT relname AS name, pg_get_indexdef(indexrelid) AS definition, pg_get_constraintdef(con.oid) AS key,
      reloptions IS NULL AND indpred IS NULL AND amname = 'btree' AS plain
    FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid JOIN pg_am ON pg_am.oid = relam
    LEFT JOIN pg_constraint AS con ON con.conindid = indexrelid AND con.contype = 'p'
    WHERE indrelid = 'fix'::regclass ORDER BY relname`);
  for (const { name, definition, key, plain } of rows) {
    const full = plain ? ' WITH (fillfactor = 100)' : '';
    const own = nameOn(draft, name);
    if (key !== null) await client.query(`ALTER TABLE ${draft} ADD CONSTRAINT ${own} ${key}${full}`);
    else {
      const made = definition.replace(
        /^CREATE (UNIQUE )?INDEX \S+ ON (ONLY )?\S+ /,
        `CREATE $1INDEX ${own} ON ${draft} `,
      );
      if (made === definition) throw new Error(`index ${name} of ${table} is not understood: ${definition}`);
      await client.query(made + full);
    }
  }
}

/** Of `fix_cell` on `fix_2019_05`: `fix_2019_05_cell`. */
const nameOn = (table: string, index: string) => `${table}_${index.replace(/^fix_/, '')}`;

async function swap(
  client: pg.ClientBase,
  { month, table, bounds }: FixMonth,
  columns: string,
  copied: Copied,
): Promise<{ lockedMs: number; rows: number; bytes: number }> {
  const draft = draftOf(table);
  let locked = 0;
  const done = await inTransaction(client, 'READ COMMITTED', async () => {
    // From the root down, as everybody locks: no two wait for each other.
    await client.query('LOCK TABLE ONLY fix IN ACCESS EXCLUSIVE MODE');
    locked = performance.now();
    await client.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
    const rows = await catchUp(client, table, columns, copied);
    await client.query(`ALTER TABLE fix DETACH PARTITION ${table}`);
    await client.query(`DROP TABLE ${table}`);
    await client.query(`ALTER TABLE ${draft} RENAME TO ${table}`);
    const indexes = await client.query<{ name: string }>(
      'SELECT relname AS name FROM pg_index JOIN pg_class ON oid = indexrelid WHERE indrelid = $1::regclass',
      [table],
    );
    for (const { name } of indexes.rows)
      await client.query(`ALTER INDEX ${name} RENAME TO ${name.replace(draft, table)}`);
    await client.query(`ALTER TABLE fix ATTACH PARTITION ${table} ${bounds}`);
    await client.query(`ALTER TABLE ${table} DROP CONSTRAINT ${draft}_ends`);
    const { rows: recorded } = await client.query<{ bytes: string }>(
      `INSERT INTO month_seal (month, sealed_at, bytes)
       VALUES ($1, clock_timestamp(), pg_total_relation_size($2::regclass))
       ON CONFLICT (month) DO UPDATE SET sealed_at = excluded.sealed_at, bytes = excluded.bytes RETURNING bytes`,
      [month, table],
    );
    return { rows, bytes: Number(recorded[0]!.bytes) };
  });
  return { ...done, lockedMs: performance.now() - locked };
}

/**
 * Writes into the copy what was stored or reconsidered since it was made. A row says which transaction wrote it; those of transactions
 * that had not ended when the copy was made are looked at again, and left alone where the copy has them as they are: a transaction anywhere
 * on the server that has been open for long makes all rows written since it began look like that.
 *
 * @throws Error when the copy would not have as many rows as the month
 */
async function catchUp(client: pg.ClientBase, table: string, columns: string, copied: Copied): Promise<number> {
  const draft = draftOf(table);
  const changed = 'age(xmin) <= age($1::text::xid)';
  const { rows } = await client.query<{ rows: number; changed: number }>(
    `SELECT count(*)::float8 AS rows, (count(*) FILTER (WHERE ${changed}))::float8 AS changed FROM ${table}`,
    [copied.since],
  );
  const found = rows[0]!;
  if (found.rows === copied.rows && found.changed === 0) return found.rows;
  const names = columns.split(', ');
  const set = names.map((column) => `${column} = excluded.${column}`);
  const [there, given] = ['copy', 'excluded'].map((row) => names.map((column) => `${row}.${column}`).join(', '));
  const written = await client.query<{ added: number }>(
    `WITH written AS (
       INSERT INTO ${draft} AS copy (${columns}) SELECT ${columns} FROM ${table} WHERE ${changed}
       ON CONFLICT (collar_id, at) DO UPDATE SET ${set.join(', ')} WHERE (${there}) IS DISTINCT FROM (${given})
       RETURNING xmax = 0 AS added)
     SELECT (count(*) FILTER (WHERE added))::float8 AS added FROM written`,
    [copied.since],
  );
  const rowsOfCopy = copied.rows + written.rows[0]!.added;
  if (rowsOfCopy !== found.rows)
    throw new Error(`${table} was not sealed: it has ${found.rows} rows and its copy ${rowsOfCopy}`);
  return found.rows;
}
