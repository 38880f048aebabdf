import { Injectable } from '@nestjs/common';
import type { PositionGrant } from '../../access/visibility.ts';
import { Database } from '../../database/database.ts';
import { Prisma } from '../../database/generated/client.ts';

/** Columns of cells around the world, and how many of them lie west of Greenwich. */
const COLUMNS = 11_520;
const WESTERN = COLUMNS / 2;

/** A row of cells that holds an undoubted fix of an animal: the outermost of its columns in either hemisphere; null: none there. */
export interface CellRow {
  readonly row: number;
  readonly westFirst: number | null;
  readonly westLast: number | null;
  readonly eastFirst: number | null;
  readonly eastLast: number | null;
}

/** As the index `fix_cell` has it. */
const CELL = Prisma.sql`(floor((lat + 90) * 32)::integer * 11520 + floor((lon + 180) * 32)::integer)`;

/** Undoubted, and of an animal: a collar that is tried out in a town far away shows nothing of where animals are. */
const OF_AN_ANIMAL = Prisma.sql`doubts = 0 AND EXISTS (SELECT FROM deployment d
  WHERE d.collar_id = fix.collar_id AND fix.at >= d.starts_at AND fix.at < coalesce(d.ends_at, 'infinity'))`;

/** Where fixes are, as the index of their cells tells it. */
@Injectable()
export class FixExtentStore {
  constructor(private readonly database: Database) {}

  /**
   * Every row of cells with an undoubted fix of an animal. It goes from row to row through the index and reads five entries of each, so that it takes as
   * long as the country is tall, and not as long as the past.
   */
  async rows(_grant: PositionGrant): Promise<CellRow[]> {
    const end = (row: Prisma.Sql, order: Prisma.Sql, from: number, to: number) => Prisma.sql`(
      SELECT ${CELL} FROM fix WHERE ${OF_AN_ANIMAL} AND ${CELL} >= ${row} * ${COLUMNS} + ${from} AND ${CELL} < ${row} * ${COLUMNS} + ${to}
      ORDER BY ${CELL} ${order} LIMIT 1) - ${row} * ${COLUMNS}`;
    const row = Prisma.sql`found.row`;
    return this.database.client.$queryRaw<CellRow[]>`
      WITH RECURSIVE found AS (
        SELECT (SELECT ${CELL} FROM fix WHERE ${OF_AN_ANIMAL} ORDER BY ${CELL} LIMIT 1) / ${COLUMNS} AS row
        UNION ALL
        SELECT (SELECT ${CELL} FROM fix WHERE ${OF_AN_ANIMAL} AND ${CELL} >= (found.row + 1) * ${COLUMNS} ORDER BY ${CELL} LIMIT 1) / ${COLUMNS}
        FROM found WHERE found.row IS NOT NULL)
      SELECT found.row AS "row",
        ${end(row, Prisma.sql`ASC`, 0, WESTERN)} AS "westFirst", ${end(row, Prisma.sql`DESC`, 0, WESTERN)} AS "westLast",
        ${end(row, Prisma.sql`ASC`, WESTERN, COLUMNS)} AS "eastFirst", ${end(row, Prisma.sql`DESC`, WESTERN, COLUMNS)} AS "eastLast"
      FROM found WHERE found.row IS NOT NULL`;
  }
}
