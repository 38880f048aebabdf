import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';

/** A table with the columns and the key of the fixes, without partitions. */
export async function createCopyTable(database: Client): Promise<void> {
  await database.query('DROP TABLE IF EXISTS bench_copy');
  await database.query('CREATE TABLE bench_copy (LIKE fix INCLUDING ALL)');
}

/** The fixes received since a moment, as COPY writes them and in the order in which they lie there: that of their coming. */
export async function rowsSince(database: Client, since: number): Promise<Buffer[]> {
  const stream = database.query(
    copyTo(`COPY (SELECT * FROM fix WHERE received_at >= to_timestamp(${since} / 1000.0)) TO STDOUT`),
  );
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return chunks;
}

/** Stores the rows by one COPY in one transaction. @returns seconds */
export async function copyRows(database: Client, chunks: readonly Buffer[], rows: number): Promise<number> {
  await database.query('TRUNCATE bench_copy');
  const began = performance.now();
  await pipeline(Readable.from(chunks), database.query(copyFrom('COPY bench_copy FROM STDIN')));
  const seconds = (performance.now() - began) / 1_000;
  const { rows: counted } = await database.query<{ n: number }>('SELECT count(*)::integer AS n FROM bench_copy');
  if (counted[0]?.n !== rows) throw new Error(`COPY stored ${counted[0]?.n} of ${rows} rows`);
  return seconds;
}
