import { Injectable } from '@nestjs/common';
import type { PositionGrant } from '../../access/visibility.ts';
import { Database } from '../../database/database.ts';
import { Prisma } from '../../database/generated/client.ts';
import type { EpochMs, Position } from '../../domain/fix.ts';
import { DOUBTS } from '../../domain/quality/doubt.ts';
import { rfc3339 } from '../fix-columns.store.ts';
import type { AnimalSpan } from './spans-of-all.ts';

/** The newest undoubted fix of an animal. */
export interface NewestFix extends Position {
  readonly animal: string;
  readonly collar: string;
  readonly at: EpochMs;
  readonly receivedAt: EpochMs;
}

/** A fix, with the names that it is shown by. */
export interface FixKey {
  readonly animal: string;
  readonly collarId: number;
  readonly serial: string;
  readonly at: EpochMs;
}

/** Fixes as features, joined by commas. */
export interface FeaturesText {
  readonly text: string;
  readonly count: number;
  /** There is one more at least. */
  readonly more: boolean;
  readonly last: { readonly animal: string; readonly at: EpochMs } | null;
}

/** What of the spans is asked for. */
export interface FeaturesQuery {
  /** Fixes with doubts too. */
  readonly doubted: boolean;
  readonly limit: number;
}

/** A real number, with a point even if it is whole: clients that guess a column's type from the first features would guess integers. */
function real(column: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`coalesce(${column}::text || CASE WHEN ${column} = trunc(${column}) AND abs(${column}) < 1e6 THEN '.0' ELSE '' END, 'null')`;
}

const AT = rfc3339(Prisma.sql`f.at`);

/**
 * A fix `f` of a span `s` as a feature. Every property is there, null where the collar did not report it: a client makes its table of
 * the first features that it sees.
 */
const FEATURE = Prisma.sql`'{"type":"Feature","id":' || to_json(s.serial || '@' || ${AT}) || ',"geometry":{"type":"Point","coordinates":['
  || f.lon || ',' || f.lat || ']},"properties":{"animal":' || to_json(s.animal) || ',"collar":' || to_json(s.serial)
  || ',"at":"' || ${AT} || '","receivedAt":"' || ${rfc3339(Prisma.sql`f.received_at`)} || '","late":' || f.late || ',"doubts":'
  || CASE WHEN f.doubts = 0 THEN 'null' ELSE (SELECT to_json(string_agg(name, ',' ORDER BY bit))::text
       FROM unnest(${[...DOUBTS]}::text[]) WITH ORDINALITY AS doubt(name, bit) WHERE f.doubts & (1 << (bit - 1)::int) <> 0) END
  || ',"altM":' || ${real(Prisma.sql`f.alt_m`)} || ',"accuracyM":' || ${real(Prisma.sql`f.accuracy_m`)}
  || ',"hdop":' || ${real(Prisma.sql`f.hdop`)} || ',"satellites":' || coalesce(f.satellites::text, 'null')
  || ',"speedMps":' || ${real(Prisma.sql`f.speed_mps`)} || ',"headingDeg":' || ${real(Prisma.sql`f.heading_deg`)}
  || ',"temperatureC":' || ${real(Prisma.sql`f.temperature_c`)} || ',"batteryV":' || ${real(Prisma.sql`f.battery_v`)}
  || ',"activity":' || ${real(Prisma.sql`f.activity`)} || '}}'`;

/** Spans as rows, numbered in their order. */
function spanRows(spans: readonly AnimalSpan[]): Prisma.Sql {
  const rows = spans.map(({ collarId, serial, animal, from, to }, ord) => ({
    ord,
    collarId,
    serial,
    animal,
    from: Number.isFinite(from) ? new Date(from).toISOString() : '-infinity',
    to: to === null || !Number.isFinite(to) ? 'infinity' : new Date(to).toISOString(),
  }));
  return Prisma.sql`json_to_recordset(${JSON.stringify(rows)}::json)
    AS s(ord int, "collarId" int, serial text, animal text, "from" timestamptz, "to" timestamptz)`;
}

const OF_SPAN = Prisma.sql`collar_id = s."collarId" AND at >= s."from" AND at < s."to"`;

/** Fixes as features of the past. */
@Injectable()
export class FixFeatureStore {
  constructor(private readonly database: Database) {}

  /** Fixes of the spans, in the order of these and then of time. */
  async features(
    _grant: PositionGrant,
    spans: readonly AnimalSpan[],
    { doubted, limit }: FeaturesQuery,
  ): Promise<FeaturesText> {
    const parts = [OF_SPAN];
    if (!doubted) parts.push(Prisma.sql`doubts = 0`);
    const [row] = await this.database.client.$queryRaw<
      [{ text: string | null; count: number; animal: string | null; at: Date | null }]
    >`
      WITH page AS MATERIALIZED (
        SELECT s.ord, f.*, row_number() OVER (ORDER BY s.ord, f.at) AS number FROM ${spanRows(spans)}
        CROSS JOIN LATERAL (SELECT * FROM fix WHERE ${Prisma.join(parts, ' AND ')} ORDER BY at LIMIT ${limit + 1}) f
        ORDER BY s.ord, f.at LIMIT ${limit + 1})
      SELECT string_agg(${FEATURE}, ',' ORDER BY f.number) FILTER (WHERE f.number <= ${limit}) AS text, count(*)::int AS count,
        max(s.animal) FILTER (WHERE f.number = ${limit}) AS animal, max(f.at) FILTER (WHERE f.number = ${limit}) AS at
      FROM page f JOIN ${spanRows(spans)} ON s.ord = f.ord`;
    const more = row.count > limit;
    const last = row.animal !== null && row.at !== null ? { animal: row.animal, at: row.at.getTime() } : null;
    return { text: row.text ?? '', count: Math.min(row.count, limit), more, last };
  }

  /** These fixes in the order given, by their keys. */
  async these(_grant: PositionGrant, keys: readonly FixKey[]): Promise<string> {
    const rows = keys.map(({ at, ...key }, ord) => ({ ...key, ord, at: new Date(at).toISOString() }));
    const [row] = await this.database.client.$queryRaw<[{ text: string | null }]>`
      SELECT string_agg(${FEATURE}, ',' ORDER BY s.ord) AS text
      FROM json_to_recordset(${JSON.stringify(rows)}::json) AS s(ord int, "collarId" int, serial text, animal text, at timestamptz)
      CROSS JOIN LATERAL (SELECT * FROM fix WHERE collar_id = s."collarId" AND at = s.at LIMIT 1) f`;
    return row.text ?? '';
  }

  /** The fix of a span at a moment, doubted ones too; null: there is none. */
  async one(_grant: PositionGrant, span: AnimalSpan, at: EpochMs): Promise<string | null> {
    const [row] = await this.database.client.$queryRaw<[{ text: string }?]>`
      SELECT ${FEATURE} AS text FROM ${spanRows([span])} JOIN fix f ON ${OF_SPAN} AND f.at = ${new Date(at).toISOString()}::timestamptz`;
    return row?.text ?? null;
  }

  /** The newest undoubted fix of each animal that has one. */
  async newest(_grant: PositionGrant, spans: readonly AnimalSpan[]): Promise<NewestFix[]> {
    const rows = await this.database.client.$queryRaw<
      { animal: string; collar: string; lon: number; lat: number; at: Date; received_at: Date }[]
    >`
      SELECT DISTINCT ON (s.animal) s.animal, s.serial AS collar, f.lon, f.lat, f.at, f.received_at FROM ${spanRows(spans)}
      CROSS JOIN LATERAL (SELECT * FROM fix WHERE ${OF_SPAN} AND doubts = 0 ORDER BY at DESC LIMIT 1) f
      ORDER BY s.animal, f.at DESC`;
    return rows.map(({ received_at, at, ...fix }) => ({ ...fix, at: at.getTime(), receivedAt: received_at.getTime() }));
  }

  /** The first and the last undoubted fix of the spans; null: there is none. */
  async interval(_grant: PositionGrant, spans: readonly AnimalSpan[]): Promise<readonly [EpochMs, EpochMs] | null> {
    const [row] = await this.database.client.$queryRaw<[{ first: Date | null; last: Date | null }]>`
      SELECT min(first.at) AS first, max(last.at) AS last FROM ${spanRows(spans)}
      CROSS JOIN LATERAL (SELECT at FROM fix WHERE ${OF_SPAN} AND doubts = 0 ORDER BY at LIMIT 1) first
      CROSS JOIN LATERAL (SELECT at FROM fix WHERE ${OF_SPAN} AND doubts = 0 ORDER BY at DESC LIMIT 1) last`;
    return row.first && row.last ? [row.first.getTime(), row.last.getTime()] : null;
  }
}
