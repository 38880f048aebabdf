import type pg from 'pg';

/** What the database does with what it has acknowledged. */
export interface Durability {
  readonly fsync: string;
  readonly fullPageWrites: string;
  readonly synchronousCommit: string;
  /** Empty: whatever was committed outlives a crash of the machine. Else each setting that may lose it. */
  readonly unsafe: readonly string[];
}

/** The database may lose what it has acknowledged. The message is one line. */
export class UnsafeDatabase extends Error {
  override readonly name = 'UnsafeDatabase';
}

/** Asks the database for the settings that decide whether a commit outlives a crash. */
export async function readDurability(database: Pick<pg.Pool, 'query'>): Promise<Durability> {
  const { rows } = await database.query<{ fsync: string; full_page_writes: string; synchronous_commit: string }>(
    `SELECT current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes,
            current_setting('synchronous_commit') AS synchronous_commit`,
  );
  const [row] = rows;
  if (!row) throw new Error('the database does not tell its settings');
  return judgeDurability(row.fsync, row.full_page_writes, row.synchronous_commit);
}

/** Which of the settings let go of what was committed. */
export function judgeDurability(fsync: string, fullPageWrites: string, synchronousCommit: string): Durability {
  const unsafe = [];
  if (fsync !== 'on') unsafe.push(`fsync = ${fsync}`);
  if (fullPageWrites !== 'on') unsafe.push(`full_page_writes = ${fullPageWrites}`);
  // local, remote_write and remote_apply wait for our own disk too; off alone acknowledges before it.
  if (synchronousCommit === 'off') unsafe.push('synchronous_commit = off');
  return { fsync, fullPageWrites, synchronousCommit, unsafe };
}

/**
 * Stops the start on a database that loses acknowledged data, unless that is explicitly allowed.
 *
 * @throws UnsafeDatabase
 */
export function requireDurable({ unsafe }: Durability, allowUnsafe: boolean): void {
  if (unsafe.length > 0 && !allowUnsafe)
    throw new UnsafeDatabase(
      `the database may lose what it has acknowledged (${unsafe.join(', ')}): correct it, or set ALLOW_UNSAFE_DB=1`,
    );
}
