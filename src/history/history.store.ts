import { Injectable } from '@nestjs/common';
import type { PositionGrant } from '../access/visibility.ts';
import { Database } from '../database/database.ts';
import { Prisma } from '../database/generated/client.ts';
import type { Span } from './span.ts';

/** Points of a track, of each a list as JSON text without its brackets: nothing is made of them that need not be. */
export interface PointsText {
  /** `[lon,lat]` each. */
  readonly coordinates: string;
  /** Epoch milliseconds. */
  readonly times: string;
  readonly count: number;
}

const start = (span: Span): Prisma.Sql => Prisma.sql`${new Date(span.from).toISOString()}::timestamptz`;
const end = (span: Span): Prisma.Sql =>
  Prisma.sql`${span.to === null ? 'infinity' : new Date(span.to).toISOString()}::timestamptz`;

/**
 * The fixes of the past. Answers are made as text by the statements, so each demands a grant before it runs, and is let out by
 * it. Only undoubted fixes make a track.
 */
@Injectable()
export class HistoryStore {
  constructor(private readonly database: Database) {}

  /** The points of a span, `limit` at most. Times are numbers here, for the database takes longer to write them out than we do. */
  async points(_grant: PositionGrant, span: Span, limit: number): Promise<PointsText> {
    const [row] = await this.database.client.$queryRaw<
      [{ coordinates: string | null; times: string | null; count: number }]
    >`
      SELECT string_agg(concat('[', lon, ',', lat, ']'), ',') AS coordinates,
        string_agg((date_part('epoch', at) * 1000)::bigint::text, ',') AS times, count(*)::int AS count
      FROM (SELECT at, lon, lat FROM fix WHERE collar_id = ${span.collarId} AND at >= ${start(span)} AND at < ${end(span)}
        AND doubts = 0 ORDER BY at LIMIT ${limit}) f`;
    return { coordinates: row.coordinates ?? '', times: row.times ?? '', count: row.count };
  }
}
