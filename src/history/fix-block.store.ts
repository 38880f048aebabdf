import { Injectable } from '@nestjs/common';
import type { PositionGrant } from '../access/visibility.ts';
import { Database } from '../database/database.ts';
import { Prisma } from '../database/generated/client.ts';
import type { EpochMs } from '../domain/fix.ts';
import type { ColumnName, FixBlock } from './fix-block.ts';
import { type Packing, readPacked } from './packed-column.ts';
import type { Span } from './span.ts';

/** What of a span is asked for. */
export interface BlockQuery {
  readonly span: Span;
  /** Rows at most. */
  readonly limit: number;
  /** Fixes with doubts too. */
  readonly doubted: boolean;
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

  /** The time of the first fix of a span that was received only after a moment; null: none was. */
  async firstReceivedAfter(span: Span, moment: EpochMs): Promise<EpochMs | null> {
    const [row] = await this.database.client.$queryRaw<[{ at: Date | null }]>`
      SELECT min(at) AS at FROM fix WHERE ${within(span)} AND received_at > ${iso(moment)}::timestamptz`;
    return row.at?.getTime() ?? null;
  }
}

/** Of fixes without doubts nobody has to be told their doubts: a quarter of what there is to send. */
function sent({ columns, doubted }: BlockQuery): Prisma.Sql {
  const own = doubted ? (['at', 'lon', 'lat', 'doubts'] as const) : (['at', 'lon', 'lat'] as const);
  return Prisma.join([...own, ...columns].map((name) => SENT[name].sql));
}

function condition({ span, doubted, receivedBy }: BlockQuery): Prisma.Sql {
  const parts = [within(span)];
  if (!doubted) parts.push(Prisma.sql`doubts = 0`);
  if (receivedBy !== undefined) parts.push(Prisma.sql`received_at <= ${iso(receivedBy)}::timestamptz`);
  return Prisma.join(parts, ' AND ');
}

/** Ends are said as times of the database, so that months outside are left alone. */
function within({ collarId, from, to }: Span): Prisma.Sql {
  const begin = Number.isFinite(from) ? iso(from) : '-infinity';
  const end = to === null ? 'infinity' : iso(to);
  return Prisma.sql`collar_id = ${collarId} AND at >= ${begin}::timestamptz AND at < ${end}::timestamptz`;
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
