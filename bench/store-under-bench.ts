import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';

const CATCH_UP_MS = 300_000;

/** What the store holds, counted in its tables. */
export interface Holdings {
  readonly fixes: number;
  readonly doubted: number;
  readonly letters: number;
}

export async function holdings(database: Client): Promise<Holdings> {
  const { rows } = await database.query<Holdings>(`
    SELECT count(*)::integer AS fixes, (count(*) FILTER (WHERE doubts <> 0))::integer AS doubted,
           (SELECT count(*)::integer FROM dead_letter) AS letters FROM fix`);
  return rows[0]!;
}

/** Resolves when alerting has judged everything that is in the log. */
export async function untilJudged(database: Client): Promise<void> {
  for (const began = Date.now(); Date.now() - began < CATCH_UP_MS; await sleep(20)) {
    const { rows } = await database.query<{ left: number }>(`
      SELECT (coalesce((SELECT max(seq) FROM batch), 0)
              - coalesce((SELECT seq FROM cursor WHERE name = 'reader:alerting'), 0))::integer AS left`);
    if (rows[0]!.left <= 0) return;
  }
  throw new Error('alerting does not catch up with the log');
}

/** Bytes on disk. */
export interface DiskUse {
  readonly fixes: number;
  /** The rows of the fixes, and their key; with them what little Postgres keeps beside. */
  readonly rowBytes: number;
  readonly keyBytes: number;
  readonly totalBytes: number;
  readonly logBytes: number;
}

export async function diskUse(database: Client): Promise<DiskUse> {
  const { rows } = await database.query<Record<keyof DiskUse, string>>(`
    SELECT (SELECT count(*) FROM fix) AS "fixes", sum(pg_relation_size(inhrelid)) AS "rowBytes",
           sum(pg_indexes_size(inhrelid)) AS "keyBytes", sum(pg_total_relation_size(inhrelid)) AS "totalBytes",
           pg_total_relation_size('batch') AS "logBytes"
    FROM pg_inherits WHERE inhparent = 'fix'::regclass`);
  const { fixes, rowBytes, keyBytes, totalBytes, logBytes } = rows[0]!;
  return {
    fixes: Number(fixes),
    rowBytes: Number(rowBytes),
    keyBytes: Number(keyBytes),
    totalBytes: Number(totalBytes),
    logBytes: Number(logBytes),
  };
}

/** How many alerts there are, and how many steps of them. */
export async function alertCounts(database: Client): Promise<{ alerts: number; changes: number }> {
  const { rows } = await database.query<{ alerts: number; changes: number }>(
    'SELECT (SELECT count(*)::integer FROM alert) AS alerts, (SELECT count(*)::integer FROM alert_change) AS changes',
  );
  return rows[0]!;
}
