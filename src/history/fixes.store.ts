import { Injectable } from '@nestjs/common';
import type { PositionGrant } from '../access/visibility.ts';
import { Database } from '../database/database.ts';
import { Prisma } from '../database/generated/client.ts';
import type { EpochMs } from '../domain/fix.ts';
import type { FixBlock } from './fix-block.ts';
import { doubtNames, rfc3339, SENSORS } from './fix-columns.store.ts';
import type { Mark } from './mark.ts';
import type { Span } from './span.ts';
import { ofSpan } from './span.store.ts';

/** Which of a span's fixes are asked for. */
export interface FixesQuery {
  readonly span: Span;
  readonly after: Mark | null;
  readonly limit: number;
  /** Doubted fixes too. */
  readonly doubted: boolean;
  /** Attempts that got no position too. */
  readonly attempts: boolean;
  /** Only what came, or whose doubts changed, after this. */
  readonly updatedAfter?: EpochMs | undefined;
}

/** Fixes as JSON objects, one text each line, in the order of time. */
export interface FixesText {
  readonly text: string;
  readonly count: number;
  readonly last: Mark | null;
}

interface Row {
  text: string | null;
  count: number;
  at: number | null;
  kind: number | null;
}

const iso = (at: EpochMs): string => new Date(at).toISOString();
const RECEIVED = Prisma.sql`"receivedAt":"' || ${rfc3339(Prisma.sql`f.received_at`)} || '"`;
const UPDATED = Prisma.sql`',"updatedAt":"' || ${rfc3339(Prisma.sql`greatest(f.received_at, f.reconsidered_at)`)} || '"'`;

/** Single fixes with all that is known of them. Made as text by the statements: 4 times as fast as rows of them. */
@Injectable()
export class FixesStore {
  constructor(private readonly database: Database) {}

  async fixes(_grant: PositionGrant, query: FixesQuery): Promise<FixesText> {
    const { span, limit, attempts, updatedAfter } = query;
    const shown = updatedAfter === undefined ? Prisma.sql`''` : UPDATED;
    const fixes = Prisma.sql`
      SELECT at, 0 AS kind, ${item(span, Prisma.sql`f.doubts`)} || ${SENSORS} || ${shown} || '}' AS item
      FROM (SELECT * FROM fix WHERE ${fixCondition(query)} ORDER BY at LIMIT ${limit}) f`;
    const both = attempts ? Prisma.sql`${fixes} UNION ALL ${failed(query)} ORDER BY at, kind LIMIT ${limit}` : fixes;
    return this.read(both);
  }

  /** The fixes of a block in full, with the doubts that the block says. */
  async inFull(_grant: PositionGrant, span: Span, block: FixBlock): Promise<FixesText> {
    const times = Array.from(block.at, iso);
    return this.read(Prisma.sql`
      SELECT f.at, 0 AS kind, ${item(span, Prisma.sql`known.doubts`)} || ${SENSORS} || '}' AS item
      FROM unnest(${times}::text[]::timestamptz[], ${[...block.doubts]}::integer[]) AS known(at, doubts)
      JOIN fix f ON f.collar_id = ${span.collarId} AND f.at = known.at AND f.at >= ${times[0]}::timestamptz
        AND f.at <= ${times.at(-1)}::timestamptz`);
  }

  private async read(items: Prisma.Sql): Promise<FixesText> {
    const [row] = await this.database.client.$queryRaw<[Row]>`
      WITH items AS MATERIALIZED (${items})
      SELECT string_agg(item, E'\n' ORDER BY at, kind) AS text, count(*)::int AS count,
        (extract(epoch FROM max(at)) * 1000)::float8 AS at, max(kind) FILTER (WHERE at = (SELECT max(at) FROM items)) AS kind
      FROM items`;
    return {
      text: row.text ?? '',
      count: row.count,
      last: row.at === null ? null : { at: row.at, isAttempt: row.kind === 1 },
    };
  }
}

/** The beginning of a fix, up to what it reported. */
function item(span: Span, doubts: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`'{"at":"' || ${rfc3339(Prisma.sql`f.at`)} || '","lat":' || f.lat || ',"lon":' || f.lon || ',"collar":'
    || to_json(${span.serial}::text) || ',${RECEIVED},"doubts":' || ${doubtNames(doubts)} || ',"late":' || f.late`;
}

function failed({ span, limit, after, updatedAfter }: FixesQuery): Prisma.Sql {
  const later =
    updatedAfter === undefined ? Prisma.empty : Prisma.sql`AND received_at > ${iso(updatedAfter)}::timestamptz`;
  // A fix stands before an attempt of the same moment.
  const beyond = after === null || after.isAttempt ? Prisma.sql`>` : Prisma.sql`>=`;
  return Prisma.sql`
    SELECT at, 1 AS kind, '{"at":"' || ${rfc3339(Prisma.sql`f.at`)} || '","failed":true,"collar":' || to_json(${span.serial}::text)
      || ',${RECEIVED}' || coalesce(',"extra":' || f.extra::text, '') || '}' AS item
    FROM (SELECT * FROM failed_attempt WHERE ${ofSpan(span)} AND at ${beyond} ${start(after)} ${later} ORDER BY at LIMIT ${limit}) f`;
}

function fixCondition({ span, after, doubted, updatedAfter }: FixesQuery): Prisma.Sql {
  const parts = [Prisma.sql`${ofSpan(span)} AND at > ${start(after)}`];
  if (!doubted) parts.push(Prisma.sql`doubts = 0`);
  if (updatedAfter !== undefined)
    parts.push(
      Prisma.sql`(received_at > ${iso(updatedAfter)}::timestamptz OR reconsidered_at > ${iso(updatedAfter)}::timestamptz)`,
    );
  return Prisma.join(parts, ' AND ');
}

const start = (after: Mark | null): Prisma.Sql =>
  Prisma.sql`${after === null ? '-infinity' : iso(after.at)}::timestamptz`;
