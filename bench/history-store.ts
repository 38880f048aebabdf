import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { COPY_COLUMNS, HerdFixes, type HerdOrder } from './history-fixes.ts';

/** Five years, of which the last day is always the same: the same seed makes the same fixes whenever it is run. */
export const YEARS = { from: Date.UTC(2021, 10, 1), to: Date.UTC(2026, 10, 1) } as const;
const TELL_EVERY_MS = 20_000;

/** Ids of the collars in the order of their serials. */
export async function collarIds(database: Client): Promise<number[]> {
  const { rows } = await database.query<{ id: number }>('SELECT id FROM collar ORDER BY serial');
  return rows.map(({ id }) => id);
}

/** Fixes that are stored, and of which herd; null: none. */
export async function storedFixes(database: Client): Promise<number> {
  const { rows } = await database.query<{ n: string }>('SELECT count(*) AS n FROM fix');
  return Number(rows[0]!.n);
}

/** Makes the months as the server does. Names and ends are made of numbers alone. */
async function makeMonths(database: Client, from: number, to: number): Promise<void> {
  for (let at = new Date(from); at.getTime() <= to; at = nextMonth(at)) {
    const [name, begin, end] = [tableOf(at), at.toISOString(), nextMonth(at).toISOString()];
    const { rows } = await database.query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [name]);
    if (!rows[0]!.there)
      await database.query(`CREATE TABLE ${name} PARTITION OF fix FOR VALUES FROM ('${begin}') TO ('${end}')`);
  }
}

export const nextMonth = (at: Date) => new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1));
export const tableOf = (at: Date) => `fix_${at.toISOString().slice(0, 7).replace('-', '_')}`;

/** Fills the store by one COPY, in the order of receipt. @returns fixes and seconds */
export async function fillStore(
  database: Client,
  order: HerdOrder,
  tell: (line: string) => void,
): Promise<{ fixes: number; seconds: number }> {
  await makeMonths(database, order.from, order.to);
  const herd = new HerdFixes(order);
  const timer = setInterval(() => tell(`${herd.made.toLocaleString('en-US')} fixes made`), TELL_EVERY_MS);
  const began = performance.now();
  try {
    const into = database.query(copyFrom(`COPY fix (${COPY_COLUMNS}) FROM STDIN (FORMAT binary)`));
    await pipeline(Readable.from(herd.chunks()), into);
  } finally {
    clearInterval(timer);
  }
  const seconds = (performance.now() - began) / 1_000;
  await database.query('VACUUM (ANALYZE) fix');
  await database.query('CHECKPOINT');
  return { fixes: herd.made, seconds };
}

/** Bytes on disk of all months that have fixes, by what they are for. */
export interface HistoryDisk {
  readonly fixes: number;
  readonly row: number;
  readonly key: number;
  readonly cell: number;
  readonly received: number;
  readonly total: number;
}

/** @param until fixes of months that begin before it (epoch milliseconds) */
export async function historyDisk(database: Client, until: number): Promise<HistoryDisk> {
  const { rows } = await database.query<Record<keyof HistoryDisk, string>>(
    `WITH month AS (
       SELECT inhrelid AS id FROM pg_inherits JOIN pg_class ON oid = inhrelid
       WHERE inhparent = 'fix'::regclass AND relname < $1)
     SELECT (SELECT count(*) FROM fix WHERE at < $2) AS fixes, (SELECT sum(pg_relation_size(id)) FROM month) AS row,
       (SELECT sum(pg_total_relation_size(id)) FROM month) AS total,
       sum(pg_relation_size(indexrelid)) FILTER (WHERE indisprimary) AS key,
       sum(pg_relation_size(indexrelid)) FILTER (WHERE indexprs IS NOT NULL) AS cell,
       sum(pg_relation_size(indexrelid)) FILTER (WHERE NOT indisprimary AND indexprs IS NULL) AS received
     FROM month JOIN pg_index ON indrelid = id`,
    [tableOf(new Date(until)), new Date(until)],
  );
  const found = rows[0]!;
  const of = (name: keyof HistoryDisk) => Number(found[name]);
  return {
    fixes: of('fixes'),
    row: of('row'),
    key: of('key'),
    cell: of('cell'),
    received: of('received'),
    total: of('total'),
  };
}
