import type pg from 'pg';

/** A monthly table of `fix`. */
export interface FixMonth {
  /** As `2019-05`. */
  readonly month: string;
  readonly table: string;
  /** Its ends as the database writes them: FOR VALUES … */
  readonly bounds: string;
  /** Rows, indexes and all, on disk. */
  readonly bytes: number;
  /** When it was sealed, and how large it was then; null: never. */
  readonly sealed: { readonly at: number; readonly bytes: number } | null;
  /** Rows written since it was last cleaned, by the database's own count. */
  readonly unclean: number;
}

interface MonthRow {
  table: string;
  bounds: string;
  bytes: string;
  sealed_at: Date | null;
  sealed_bytes: string | null;
  unclean: string;
}

/** The months of `fix`, oldest first. */
export async function readMonths(client: pg.ClientBase): Promise<FixMonth[]> {
  const { rows } = await client.query<MonthRow>(`
    SELECT relname AS table, pg_get_expr(relpartbound, c.oid) AS bounds, pg_total_relation_size(c.oid) AS bytes, sealed_at,
      month_seal.bytes AS sealed_bytes,
      coalesce(pg_stat_get_ins_since_vacuum(c.oid) + pg_stat_get_dead_tuples(c.oid), 0) AS unclean
    FROM pg_inherits JOIN pg_class AS c ON c.oid = inhrelid
    LEFT JOIN month_seal ON 'fix_' || replace(month, '-', '_') = relname
    WHERE inhparent = 'fix'::regclass ORDER BY relname`);
  return rows.map((row) => ({
    month: row.table.slice('fix_'.length).replace('_', '-'),
    table: row.table,
    bounds: row.bounds,
    bytes: Number(row.bytes),
    sealed: row.sealed_at === null ? null : { at: row.sealed_at.getTime(), bytes: Number(row.sealed_bytes) },
    unclean: Number(row.unclean),
  }));
}

/** When a month ends, epoch milliseconds. */
export function endOfMonth(month: string): number {
  const [year, number] = month.split('-').map(Number) as [number, number];
  return new Date(0).setUTCFullYear(year, number, 1);
}

/** The columns of `fix` by name, each quoted where it must be, as they stand in every one of its months. */
export async function fixColumns(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(`
    SELECT quote_ident(attname) AS name FROM pg_attribute
    WHERE attrelid = 'fix'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`);
  return rows.map(({ name }) => name);
}
