import { Injectable } from '@nestjs/common';
import type { PositionGrant } from '../access/visibility.ts';
import { Database } from '../database/database.ts';
import { Prisma } from '../database/generated/client.ts';
import type { EpochMs } from '../domain/fix.ts';
import type { ColumnName, FixBlock } from './fix-block.ts';
import { type Packing, readPacked } from './packed-column.ts';
import type { Span } from './span.ts';
import { ofSpan } from './span.store.ts';

/** What of a span is asked for. */
export interface BlockQuery {
  readonly span: Span;
  /** Rows at most. */
  readonly limit: number;
  /** Fixes with doubts too, or none but these. */
  readonly doubted: boolean | 'only';
  readonly columns: readonly ColumnName[];
  /** Only what had been received by then. */
  readonly receivedBy?: EpochMs;
}

interface Sent {
  readonly sql: Prisma.Sql;
  readonly packing: Packing;
}

/** How a column is sent. Integers go as floating point numbers: up to 2^53 nothing is lost. */
const SENT: Readonly<Record<ColumnName | 'at' | 'lon' | 'lat' | 'doubts', Sent>> = {
  at: { sql: Prisma.sql`array_send(array_agg(at)) AS "at"`, packing: 'time' },
  lon: { sql: Prisma.sql`array_send(array_agg(lon)) AS "lon"`, packing: 'float8' },
  lat: { sql: Prisma.sql`array_send(array_agg(lat)) AS "lat"`, packing: 'float8' },
  doubts: { sql: Prisma.sql`array_send(array_agg(doubts::float8)) AS "doubts"`, packing: 'float8' },
  receivedAt: { sql: Prisma.sql`array_send(array_agg(received_at)) AS "receivedAt"`, packing: 'time' },
  late: { sql: Prisma.sql`array_send(array_agg(late::integer::float8)) AS "late"`, packing: 'float8' },
  altM: { sql: Prisma.sql`array_send(array_agg(alt_m)) AS "altM"`, packing: 'float4' },
  accuracyM: { sql: Prisma.sql`array_send(array_agg(accuracy_m)) AS "accuracyM"`, packing: 'float4' },
  hdop: { sql: Prisma.sql`array_send(array_agg(hdop)) AS "hdop"`, packing: 'float4' },
  satellites: { sql: Prisma.sql`array_send(array_agg(satellites::float8)) AS "satellites"`, packing: 'float8' },
  speedMps: { sql: Prisma.sql`array_send(array_agg(speed_mps)) AS "speedMps"`, packing: 'float4' },
  headingDeg: { sql: Prisma.sql`array_send(array_agg(heading_deg)) AS "headingDeg"`, packing: 'float4' },
  temperatureC: { sql: Prisma.sql`array_send(array_agg(temperature_c)) AS "temperatureC"`, packing: 'float4' },
  batteryV: { sql: Prisma.sql`array_send(array_agg(battery_v)) AS "batteryV"`, packing: 'float4' },
  activity: { sql: Prisma.sql`array_send(array_agg(activity)) AS "activity"`, packing: 'float4' },
  seq: { sql: Prisma.sql`array_send(array_agg(device_seq::float8)) AS "seq"`, packing: 'float8' },
};

type Row = Readonly<Record<string, Uint8Array | null>>;

const iso = (at: EpochMs): string => new Date(at).toISOString();

/** Fixes of the past, in blocks. */
@Injectable()
export class FixBlockStore {
  constructor(private readonly database: Database) {}

  /** The first rows of a span, `limit` at most, in the order of time. Where no columns are asked for, the key alone is read. */
  async first(_grant: PositionGrant, query: BlockQuery): Promise<FixBlock> {
    const [row] = await this.database.client.$queryRaw<[Row]>`
      SELECT ${sent(query)} FROM (SELECT * FROM fix WHERE ${condition(query)} ORDER BY at LIMIT ${query.limit}) f`;
    return toBlock(query, row);
  }

  /** The last rows of a span, `limit` at most, in the order of time. */
  async last(_grant: PositionGrant, query: BlockQuery): Promise<FixBlock> {
    const [row] = await this.database.client.$queryRaw<[Row]>`
      SELECT ${sent(query)} FROM (SELECT * FROM (
        SELECT * FROM fix WHERE ${condition(query)} ORDER BY at DESC LIMIT ${query.limit}) newest ORDER BY at) f`;
    return toBlock(query, row);
  }

  /**
   * Of each span the time of its first fix that was received only after a moment; null: it has none before `before`.
   *
   * Found by the summaries of receipt (`fix_received`), which pass over all months in which nothing was late: not through the key of each
   * collar, every row of which would have to be fetched. Planned anew each time, for a plan made for all moments knows none.
   */
  async firstReceivedAfter(
    spans: readonly Span[],
    moment: EpochMs,
    before: EpochMs,
  ): Promise<readonly (EpochMs | null)[]> {
    if (spans.length === 0) return [];
    const asked = JSON.stringify(spans.map(({ collarId, from, to }, place) => ({ place, collarId, from, to })));
    const collars = [...new Set(spans.map(({ collarId }) => collarId))];
    const since = Math.min(...spans.map(({ from }) => from));
    const rows = await this.database.transaction(async (sql) => {
      await sql.$executeRaw`
        SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('enable_seqscan', 'off', true)`;
      return sql.$queryRaw<{ place: number; at: Date }[]>`
        SELECT place, min(unknown.at) AS at
        FROM json_to_recordset(${asked}::json) AS asked(place int, "collarId" int, "from" float8, "to" float8)
        JOIN (
          SELECT collar_id, at FROM fix
          WHERE received_at > ${iso(moment)}::timestamptz AND at < ${iso(before)}::timestamptz
            AND at >= ${Number.isFinite(since) ? iso(since) : '-infinity'}::timestamptz
            AND collar_id + 0 = ANY (${collars}::integer[])
          OFFSET 0) AS unknown ON unknown.collar_id = "collarId"
        WHERE unknown.at >= coalesce(to_timestamp("from" / 1000), '-infinity')
          AND unknown.at < coalesce(to_timestamp("to" / 1000), 'infinity')
        GROUP BY place`;
    });
    const found = new Map(rows.map(({ place, at }) => [place, at.getTime()]));
    return spans.map((_, place) => found.get(place) ?? null);
  }
}

/** Of fixes without doubts nobody has to be told their doubts: a quarter of what there is to send. */
function sent({ columns, doubted }: BlockQuery): Prisma.Sql {
  const own = doubted !== false ? (['at', 'lon', 'lat', 'doubts'] as const) : (['at', 'lon', 'lat'] as const);
  return Prisma.join([...own, ...columns].map((name) => SENT[name].sql));
}

function condition({ span, doubted, receivedBy }: BlockQuery): Prisma.Sql {
  const parts = [ofSpan(span)];
  if (doubted === false) parts.push(Prisma.sql`doubts = 0`);
  if (doubted === 'only') parts.push(Prisma.sql`doubts <> 0`);
  if (receivedBy !== undefined) parts.push(Prisma.sql`received_at <= ${iso(receivedBy)}::timestamptz`);
  return Prisma.join(parts, ' AND ');
}

function toBlock({ span, columns, doubted }: BlockQuery, row: Row): FixBlock {
  const read = (name: keyof typeof SENT) => readPacked(row[name] ?? null, SENT[name].packing);
  const at = read('at');
  return {
    collar: span.serial,
    length: at.length,
    at,
    lon: read('lon'),
    lat: read('lat'),
    doubts: doubted ? read('doubts') : new Float64Array(at.length),
    columns: Object.fromEntries(columns.map((name) => [name, read(name)])),
  };
}
