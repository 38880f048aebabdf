import type pg from 'pg';
import type { TableShape } from './prisma-schema.ts';

/** What a table is like in the database, by Postgres' catalogue: what a model of schema.prisma can say of it. */
export async function readTableShape(client: pg.Client, table: string): Promise<TableShape> {
  const columns = await columnsOf(client, table);
  const names = (numbers: readonly number[], of = columns) => numbers.map((number) => of.get(number)?.name ?? '?');
  const indexes = await client.query<{ name: string; key: number[]; primary: boolean; plain: boolean }>(
    // Key columns only: what an index includes besides is no part of its key. Prisma knows plain indexes; partial ones, those of
    // expressions and those behind constraints are the migrations' own.
    `SELECT relname AS name, (ARRAY(SELECT unnest(indkey)))[1:indnkeyatts] AS key, indisprimary AS primary,
            NOT indisunique AND NOT indisexclusion AND indpred IS NULL AND indexprs IS NULL AS plain
     FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE indrelid = $1::regclass`,
    [table],
  );
  const constraints = await client.query<{ type: string; key: number[]; there: string; thereKey: number[] }>(
    `SELECT contype AS type, conkey AS key, confrelid::regclass AS there, confkey AS "thereKey"
     FROM pg_constraint WHERE conrelid = $1::regclass AND contype IN ('u', 'f')`,
    [table],
  );
  const foreign = constraints.rows
    .filter(({ type }) => type === 'f')
    .map(async ({ key, there, thereKey }) => {
      const target = names(thereKey, await columnsOf(client, there));
      return `(${names(key).join(', ')}) → ${there} (${target.join(', ')})`;
    });
  return {
    columns: Object.fromEntries([...columns.values()].map(({ name, ...column }) => [name, column])),
    primaryKey: indexes.rows.filter(({ primary }) => primary).flatMap(({ key }) => names(key)),
    unique: constraints.rows
      .filter(({ type }) => type === 'u')
      .map(({ key }) => names(key).join(','))
      .sort(),
    indexes: indexes.rows
      .filter(({ plain }) => plain)
      .map(({ name, key }) => `${name} (${names(key).join(', ')})`)
      .sort(),
    foreignKeys: (await Promise.all(foreign)).sort(),
  };
}

async function columnsOf(client: pg.Client, table: string) {
  const { rows } = await client.query<{
    number: number;
    name: string;
    type: string;
    nullable: boolean;
    hasDefault: boolean;
  }>(
    `SELECT attnum AS number, attname AS name, format_type(atttypid, atttypmod) AS type, NOT attnotnull AS nullable,
            atthasdef OR attidentity <> '' AS "hasDefault"
     FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped`,
    [table],
  );
  return new Map(rows.map(({ number, ...column }) => [number, column]));
}
