import type pg from 'pg';

/** The oldest Postgres whose features we use, as `server_version_num` counts. */
const OLDEST = 150_000;

/**
 * Stops the start on a Postgres that is too old.
 *
 * @throws Error of one line naming both versions
 */
export async function requireVersion(database: Pick<pg.Pool, 'query'>, oldest = OLDEST): Promise<void> {
  const { rows } = await database.query<{ number: number; version: string }>(
    `SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS version`,
  );
  const [found] = rows;
  if (!found || found.number < oldest)
    throw new Error(`the database is Postgres ${found?.version}: ${Math.floor(oldest / 10_000)} or newer is needed`);
}
