import pg from 'pg';
import { LOCK_SPACE } from './migrations.ts';

/** Advisory lock of whoever rewrites or takes away months, or copies all of them: one at a time, of all servers on the database. */
export const UPKEEP_LOCK = [LOCK_SPACE, 7] as const;
/** A month of a large herd takes minutes to write anew. */
const STATEMENT_MS = 30 * 60_000;
/**
 * Whoever waits for a table holds up those who come after. Shorter than the database's deadlock_timeout (1 s), so that we give way and
 * nobody else is chosen to.
 */
const LOCK_MS = 500;

/** Another server, or a backup, is at it. */
export class UpkeepBusy extends Error {
  override readonly name = 'UpkeepBusy';
  constructor() {
    super('the months are in other hands: a server’s upkeep, a backup or an archive command; try again later');
  }
}

/**
 * Does work on the months, on a connection of its own, as the only one that does.
 *
 * @param stopping ends the connection when it is aborted, and with it the work
 * @throws UpkeepBusy
 */
export async function withUpkeep<T>(
  url: string,
  work: (client: pg.Client) => Promise<T>,
  stopping?: AbortSignal,
): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 15_000,
    statement_timeout: STATEMENT_MS,
    lock_timeout: LOCK_MS,
    keepAlive: true,
    application_name: 'collarwatch upkeep',
    options: '-c timezone=UTC',
  });
  client.on('error', () => undefined); // Told by the query that it breaks.
  await client.connect();
  // What is being done is given up, and the database undoes it.
  const giveUp = () => void client.end();
  stopping?.addEventListener('abort', giveUp);
  try {
    // A session's lock: it ends with the connection, however this process ends.
    const { rows } = await client.query<{ free: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS free', [
      ...UPKEEP_LOCK,
    ]);
    if (!rows[0]?.free) throw new UpkeepBusy();
    return await work(client);
  } finally {
    stopping?.removeEventListener('abort', giveUp);
    await client.end();
  }
}

/** All of the work's statements or none, at a level of isolation. */
export async function inTransaction<T>(
  client: pg.ClientBase,
  level: 'READ COMMITTED' | 'REPEATABLE READ' | 'REPEATABLE READ, READ ONLY',
  work: () => Promise<T>,
): Promise<T> {
  await client.query(`BEGIN ISOLATION LEVEL ${level}`);
  try {
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
