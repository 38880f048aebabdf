import type pg from 'pg';
import { endOfMonth, type FixMonth, readMonths } from '../../database/months.ts';
import { inTransaction } from '../../database/upkeep.ts';
import { type Cell, type Column, columnOf, recordOf } from './month-columns.ts';
import { type Digest, GROUP_ROWS } from './month-file.ts';

/** A file of the archive, as the database knows it. */
export interface ArchivedFile extends Digest {
  readonly file: string;
  readonly month: string;
  readonly bytes: number;
  /** Epoch milliseconds. */
  readonly archivedAt: number;
  readonly restoredAt: number | null;
}

/** What the rows of a month were when they were read. */
export interface ReadMonth {
  readonly written: Digest;
  /** Whose writings were read: a snapshot as the database writes it. */
  readonly snapshot: string;
}

/** The month was written to since it was read: it stays. */
export class MonthChanged extends Error {
  override readonly name = 'MonthChanged';
}

interface FileRow {
  file: string;
  month: string;
  rows: string;
  bytes: string;
  digest: string;
  archived_at: Date;
  restored_at: Date | null;
}

/** Months of fixes on their way to files and back. */
export class ArchiveStore {
  /** @param client of withUpkeep */
  constructor(private readonly client: pg.ClientBase) {}

  async months(): Promise<FixMonth[]> {
    return readMonths(this.client);
  }

  async isEmpty({ table }: FixMonth): Promise<boolean> {
    const { rows } = await this.client.query<{ some: boolean }>(`SELECT EXISTS (SELECT FROM ${table}) AS some`);
    return !rows[0]!.some;
  }

  async files(month?: string): Promise<ArchivedFile[]> {
    const { rows } = await this.client.query<FileRow>(
      'SELECT * FROM archive_file WHERE month = coalesce($1, month) ORDER BY month, file',
      [month ?? null],
    );
    return rows.map(({ archived_at: archivedAt, restored_at: restoredAt, ...row }) => ({
      ...row,
      rows: Number(row.rows),
      bytes: Number(row.bytes),
      archivedAt: archivedAt.getTime(),
      restoredAt: restoredAt?.getTime() ?? null,
    }));
  }

  async columns(): Promise<Column[]> {
    const { rows } = await this.client.query<{ name: string; type: string }>(`
      SELECT attname AS name, typname AS type FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid
      WHERE attrelid = 'fix'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`);
    return rows.map(({ name, type }) => columnOf(name, type));
  }

  /** Reads a month in the order of the key, all of it as it is at one moment, a group at a time. */
  async read(
    { table }: FixMonth,
    columns: readonly Column[],
    write: (groups: AsyncIterable<Cell[][]>) => Promise<Digest>,
  ): Promise<ReadMonth> {
    const { client } = this;
    return inTransaction(client, 'REPEATABLE READ', async () => {
      const { rows } = await client.query<{ snapshot: string }>('SELECT pg_current_snapshot()::text AS snapshot');
      const list = columns.map(({ name, kind }) => kind.text.replace('%', quoted(name))).join(', ');
      await client.query(
        `DECLARE month CURSOR FOR SELECT ${list} FROM ${table} ORDER BY ${table}.collar_id, ${table}.at`,
      );
      return { written: await write(this.fetch(columns)), snapshot: rows[0]!.snapshot };
    });
  }

  private async *fetch(columns: readonly Column[]): AsyncGenerator<Cell[][], void, void> {
    for (;;) {
      const { rows } = await this.client.query<(string | null)[]>({
        text: `FETCH ${GROUP_ROWS} FROM month`,
        rowMode: 'array',
      });
      if (rows.length === 0) return;
      yield rows.map((row) =>
        columns.map(({ kind }, place) => {
          const text = row[place] ?? null;
          return text === null ? null : kind.read(text);
        }),
      );
    }
  }

  /**
   * Takes the rows of a month out of the database, now that a file holds them. Its empty table stays: a late fix of that month has a
   * place, and no server that knows the month comes to grief.
   *
   * @param replaced files whose rows had been put back and are in the new one
   * @throws MonthChanged when the month has other rows than were read
   */
  async leave({ month, table }: FixMonth, read: ReadMonth, file: string, bytes: number, replaced: readonly string[]) {
    const { client } = this;
    await inTransaction(client, 'READ COMMITTED', async () => {
      await client.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
      // A row names its writer by the lower half of its number; what is younger than the snapshot's oldest is counted on from that.
      const { rows } = await client.query<{ rows: number; changed: number }>(
        `SELECT count(*)::float8 AS rows, (count(*) FILTER (WHERE age(${table}.xmin) <= age(oldest::xid) AND NOT pg_visible_in_snapshot(
           (oldest::text::bigint + age(oldest::xid) - age(${table}.xmin))::text::xid8, $1::pg_snapshot)))::float8 AS changed
         FROM ${table}, pg_snapshot_xmin($1::pg_snapshot) AS oldest`,
        [read.snapshot],
      );
      if (rows[0]!.rows !== read.written.rows || rows[0]!.changed > 0)
        throw new MonthChanged(`${month} was written to while it was archived: it stays until the next time`);
      await client.query('DELETE FROM archive_file WHERE file = ANY($1)', [replaced]);
      await client.query(
        `INSERT INTO archive_file (file, month, rows, bytes, digest, archived_at) VALUES ($1, $2, $3, $4, $5, clock_timestamp())`,
        [file, month, read.written.rows, bytes, read.written.digest],
      );
      await client.query(`TRUNCATE ${table}`);
      await client.query('DELETE FROM month_seal WHERE month = $1', [month]);
    });
  }

  /**
   * Puts the rows of files back; rows that are there stay as they are.
   *
   * @param groups of each file, and throws at its end when the file does not hold what it should: then nothing is put back
   * @returns how many were put back
   */
  async putBack(
    month: string,
    files: readonly {
      readonly file: string;
      readonly columns: readonly Column[];
      readonly groups: AsyncIterable<Cell[][]>;
    }[],
  ): Promise<number> {
    const { client } = this;
    return inTransaction(client, 'READ COMMITTED', async () => {
      let added = 0;
      for (const { file, columns, groups } of files) {
        const names = columns.map(({ name }) => quoted(name)).join(', ');
        const typed = columns.map(({ name, type }) => `${quoted(name)} ${quoted(type)}`).join(', ');
        for await (const group of groups) {
          const records = `[${group.map((row) => recordOf(columns, row)).join()}]`;
          const { rowCount } = await client.query(
            `INSERT INTO fix (${names}) SELECT ${names} FROM json_to_recordset($1::json) AS r(${typed}) ON CONFLICT DO NOTHING`,
            [records],
          );
          added += rowCount ?? 0;
        }
        await client.query('UPDATE archive_file SET restored_at = clock_timestamp() WHERE file = $1', [file]);
      }
      await client.query('DELETE FROM month_seal WHERE month = $1', [month]);
      return added;
    });
  }
}

/** Months that are over at a moment, and have been for so many whole months. */
export function isPast({ month }: Pick<FixMonth, 'month'>, now: number, months: number): boolean {
  const date = new Date(now);
  return endOfMonth(month) <= Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - months);
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
