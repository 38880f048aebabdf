import { Injectable } from '@nestjs/common';
import { viewGranted, type PositionGrant } from '../access/visibility.ts';
import type { Visible } from '../access/visible.ts';
import type { EpochMs } from '../domain/fix.ts';
import { Database } from '../database/database.ts';
import { Prisma } from '../database/generated/client.ts';
import { DOUBT_NAMES, rfc3339, SENSORS } from './fix-columns.store.ts';
import type { Span } from './span.ts';

/** An animal whose newest fix is asked for, and one of the spans to find it in. */
export interface NamedSpan extends Span {
  readonly animal: string;
  readonly name: string;
}

/** Fixes as JSON text, joined by commas, in the order of time. */
export interface FixesText {
  readonly text: string;
  readonly count: number;
  readonly last: EpochMs | null;
}

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

  /** The newest undoubted fix of each animal, as GeoJSON features. */
  async newest(grant: PositionGrant, spans: readonly NamedSpan[]): Promise<Visible<string>> {
    const at = rfc3339(Prisma.sql`f.at`);
    const [row] = await this.database.client.$queryRaw<[{ features: string | null }]>`
      SELECT string_agg(feature, ',' ORDER BY animal) AS features FROM (
        SELECT DISTINCT ON (s.animal) s.animal, '{"type":"Feature","id":' || to_json(s.animal)
          || ',"geometry":{"type":"Point","coordinates":[' || f.lon || ',' || f.lat || ']},"properties":{"animal":'
          || to_json(s.animal) || ',"name":' || to_json(s.name) || ',"collar":' || to_json(s.serial) || ',"at":"' || ${at}
          || '","late":' || f.late || ',"doubts":[]' || ${SENSORS} || '}}' AS feature
        FROM json_to_recordset(${JSON.stringify(spans)}::json)
          AS s(animal text, name text, serial text, "collarId" int, "from" float8, "to" float8)
        CROSS JOIN LATERAL (
          SELECT * FROM fix WHERE collar_id = s."collarId" AND doubts = 0 AND at >= to_timestamp(s."from" / 1000)
            AND at < coalesce(to_timestamp(s."to" / 1000), 'infinity')
          ORDER BY at DESC LIMIT 1) f
        ORDER BY s.animal, f.at DESC) newest`;
    return viewGranted(grant, `{"type":"FeatureCollection","features":[${row.features ?? ''}]}`);
  }

  /** Fixes of a span after a moment, doubted ones too, `limit` at most. */
  async fixes(_grant: PositionGrant, span: Span, after: EpochMs | null, limit: number): Promise<FixesText> {
    const [row] = await this.database.client.$queryRaw<[{ text: string | null; count: number; last: number | null }]>`
      SELECT string_agg('{"at":"' || ${rfc3339(Prisma.sql`f.at`)} || '","lat":' || f.lat || ',"lon":' || f.lon || ',"collar":'
        || to_json(${span.serial}::text) || ',"receivedAt":"' || ${rfc3339(Prisma.sql`f.received_at`)} || '","doubts":'
        || ${DOUBT_NAMES} || ',"late":' || f.late || ${SENSORS} || '}', ',') AS text,
        count(*)::int AS count, (extract(epoch FROM max(f.at)) * 1000)::float8 AS last
      FROM (SELECT * FROM fix WHERE collar_id = ${span.collarId} AND at >= ${start(span)} AND at < ${end(span)}
        AND at > ${after === null ? '-infinity' : new Date(after).toISOString()}::timestamptz ORDER BY at LIMIT ${limit}) f`;
    return { text: row.text ?? '', count: row.count, last: row.last };
  }

  /** Whether a span holds a fix after a moment. */
  async hasFixAfter(_grant: PositionGrant, span: Span, after: EpochMs): Promise<boolean> {
    const [row] = await this.database.client.$queryRaw<[{ found: boolean }]>`
      SELECT EXISTS (SELECT FROM fix WHERE collar_id = ${span.collarId} AND at >= ${start(span)} AND at < ${end(span)}
        AND at > ${new Date(after).toISOString()}::timestamptz) AS found`;
    return row.found;
  }

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
