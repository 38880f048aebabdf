import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.ts';
import type { LogStore, Reach } from '../database/log-feed.ts';
import { type Batch, decodeDoubts, decodeFixes } from '../domain/batch.ts';

interface BatchRow {
  seq: bigint;
  committed_at: Date;
  kind: 'fixes' | 'doubts';
  body: string;
}

function toBatch({ seq, committed_at, kind, body }: BatchRow): Batch {
  const entry = { seq: Number(seq), committedAt: committed_at.getTime() };
  return kind === 'fixes'
    ? { ...entry, kind, fixes: decodeFixes(body) }
    : { ...entry, kind, doubts: decodeDoubts(body) };
}

/** The log of batches, read. */
@Injectable()
export class BatchStore implements LogStore<Batch> {
  constructor(private readonly database: Database) {}

  async readAfter(seq: number, limit: number): Promise<Batch[]> {
    const rows = await this.database.client.$queryRaw<BatchRow[]>`
      SELECT seq, committed_at, kind, body FROM batch WHERE seq > ${seq} ORDER BY seq LIMIT ${limit}`;
    return rows.map(toBatch);
  }

  async reach(): Promise<Reach> {
    // When all rows are pruned the log still reaches to where it was pruned: a cursor must not go back.
    const [row] = await this.database.client.$queryRaw<{ head: bigint; pruned: bigint }[]>`
      SELECT coalesce((SELECT max(seq) FROM batch), pruned.seq, 0) AS head, coalesce(pruned.seq, 0) AS pruned
      FROM (SELECT (SELECT seq FROM cursor WHERE name = 'batch-log-pruned') AS seq) AS pruned`;
    return { head: Number(row?.head ?? 0), oldest: Number(row?.pruned ?? 0) };
  }

  /** Forgets entries older than the retention and remembers up to where, in one transaction. */
  async prune(retentionDays: number): Promise<number> {
    const [row] = await this.database.client.$queryRaw<{ removed: number }[]>`
      WITH gone AS (
        DELETE FROM batch
        WHERE committed_at < now() - make_interval(days => ${retentionDays}::integer)
          AND seq <= coalesce((SELECT min(seq) FROM cursor WHERE name LIKE 'reader:%'), 9223372036854775807)
        RETURNING seq
      ), remembered AS (
        INSERT INTO cursor (name, seq) SELECT 'batch-log-pruned', max(seq) FROM gone HAVING count(*) > 0
        ON CONFLICT (name) DO UPDATE SET seq = greatest(cursor.seq, excluded.seq)
      )
      SELECT count(*)::integer AS removed FROM gone`;
    return row?.removed ?? 0;
  }
}
