import { Injectable } from '@nestjs/common';
import type { PositionGrant } from '../../access/visibility.ts';
import { Database } from '../../database/database.ts';
import { Prisma } from '../../database/generated/client.ts';
import type { EpochMs } from '../../domain/fix.ts';
import type { Bounds } from '../../domain/geo/bounds.ts';
import { readPacked } from '../packed-column.ts';
import type { Span } from '../span.ts';
import { type CellRanges, longitudesOf } from './cells.ts';

/** A stretch of time, half open. */
export interface Window {
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/** Where an answer goes on: after this fix, in the order of time and of collars. */
export interface PlaceKey {
  readonly at: EpochMs;
  readonly collarId: number;
}

/** What of the fixes in a window is asked for. */
export interface PlaceQuery {
  readonly window: Window;
  /** null: everywhere. */
  readonly bounds: Bounds | null;
  readonly after: PlaceKey | null;
  /** Fixes with doubts too. */
  readonly doubted: boolean;
  /** Only what had been received by then. */
  readonly receivedBy: EpochMs | null;
  /** Rows at most. */
  readonly limit: number;
}

/** Fixes of many collars in the order of time and of collars, column by column; see FixBlock. */
export interface PlaceBlock {
  readonly length: number;
  readonly at: Float64Array;
  readonly collarId: Float64Array;
  readonly lon: Float64Array;
  readonly lat: Float64Array;
  readonly doubts: Float64Array;
}

type Row = Readonly<Record<keyof Omit<PlaceBlock, 'length'>, Uint8Array | null>>;

const FIRST_MS = new Date(0).setUTCFullYear(1, 0, 1);
const END_MS = new Date(0).setUTCFullYear(10_000, 0, 1);
/** As Postgres takes it. */
const iso = (at: EpochMs): string =>
  at < FIRST_MS ? '-infinity' : at >= END_MS ? 'infinity' : new Date(at).toISOString();

/** The expression that the index `fix_cell` is of, as cells.ts numbers cells. */
const CELL = Prisma.sql`(floor((lat + 90) * 32)::integer * 11520 + floor((lon + 180) * 32)::integer)`;
/**
 * Keeps a statement from being planned as one with what is around it. Postgres cannot know how many rows a range of cells holds when it
 * plans, thinks little of how well longitudes and latitudes go together, and would read whole months instead.
 */
const APART = Prisma.sql`OFFSET 0`;
const SENT = Prisma.sql`array_send(array_agg(at)) AS "at", array_send(array_agg(collar_id::float8)) AS "collarId",
  array_send(array_agg(lon)) AS "lon", array_send(array_agg(lat)) AS "lat", array_send(array_agg(doubts::float8)) AS "doubts"`;

/** Fixes of all collars, by place and by time. */
@Injectable()
export class PlacesStore {
  constructor(private readonly database: Database) {}

  /** The first fixes of a window whose cell is in one of the ranges, by the index of cells: it costs what there is in those cells. */
  async byCells(_grant: PositionGrant, ranges: CellRanges, query: PlaceQuery): Promise<PlaceBlock> {
    const [row] = await this.plannedAnew<[Row]>(Prisma.sql`
      SELECT ${SENT} FROM (
        SELECT f.* FROM ${inCells(ranges, query)} WHERE ${condition(query)} ORDER BY at, collar_id LIMIT ${query.limit}) found`);
    return toBlock(row);
  }

  /** The first fixes of a window, by the key: it costs what the collars reported in that time, wherever they were. */
  async byKeys(_grant: PositionGrant, spans: readonly Span[], query: PlaceQuery): Promise<PlaceBlock> {
    const { collarIds, begins, ends } = arraysOf(spans, query.window);
    const [row] = await this.database.client.$queryRaw<[Row]>`
      SELECT ${SENT} FROM (
        SELECT f.* FROM unnest(${collarIds}::integer[], ${begins}::timestamptz[], ${ends}::timestamptz[]) AS span(collar, begins, ends)
        CROSS JOIN LATERAL (
          SELECT at, collar_id, lon, lat, doubts${received(query)} FROM fix
          WHERE collar_id = span.collar AND at >= span.begins AND at < span.ends
            AND at >= ${iso(query.window.from)}::timestamptz AND at < ${iso(query.window.to)}::timestamptz ${APART}) f
        WHERE ${condition(query)} ORDER BY at, collar_id LIMIT ${query.limit}) found`;
    return toBlock(row);
  }

  /** Which of these collars have a fix in the ranges in a window. */
  async collarsSeen(
    _grant: PositionGrant,
    ranges: CellRanges,
    collarIds: readonly number[],
    query: PlaceQuery,
  ): Promise<number[]> {
    const rows = await this.plannedAnew<{ collar: number }[]>(Prisma.sql`
      SELECT DISTINCT f.collar_id AS collar FROM ${inCells(ranges, query)}
      WHERE ${condition(query)} AND collar_id = ANY (${[...collarIds]}::integer[])`);
    return rows.map(({ collar }) => collar);
  }

  /** The months that there is a table of fixes for, in order. */
  async months(): Promise<Window[]> {
    const rows = await this.database.client.$queryRaw<{ name: string }[]>`
      SELECT relname AS name FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
      WHERE inhparent = 'fix'::regclass ORDER BY relname`;
    return rows.flatMap(({ name }) => {
      const [, year, month] = /^fix_(\d{4})_(\d{2})$/.exec(name) ?? [];
      return year === undefined ? [] : [monthOf(Number(year), Number(month))];
    });
  }

  /**
   * A plan made once for all times knows no times, thinks that a window is a two-hundredth of a month, and reads the whole key of each
   * month to find it.
   */
  private async plannedAnew<Rows>(statement: Prisma.Sql): Promise<Rows> {
    return this.database.transaction(async (sql) => {
      await sql.$executeRaw`SET LOCAL plan_cache_mode = force_custom_plan`;
      return sql.$queryRaw<Rows>(statement);
    });
  }
}

function monthOf(year: number, month: number): Window {
  return { from: monthBegin(year, month - 1), to: monthBegin(year, month) };
}

/** setUTCFullYear, for Date.UTC takes the year 10 for 1910. */
function monthBegin(year: number, index: number): EpochMs {
  return new Date(0).setUTCFullYear(year, index, 1);
}

function monthsAround({ from, to }: Window): Window {
  const [first, last] = [new Date(from), new Date(to - 1)];
  return {
    from: monthBegin(first.getUTCFullYear(), first.getUTCMonth()),
    to: monthBegin(last.getUTCFullYear(), last.getUTCMonth() + 1),
  };
}

/**
 * The rows in some cells of the months of a window. Whole months: of a part of one Postgres would look for all collars' fixes in the key,
 * and the months are what is left alone or not.
 */
function inCells({ low, high }: CellRanges, query: PlaceQuery): Prisma.Sql {
  const { from, to } = monthsAround(query.window);
  return Prisma.sql`unnest(${[...low]}::integer[], ${[...high]}::integer[]) AS cells(low, high)
    CROSS JOIN LATERAL (
      SELECT at, collar_id, lon, lat, doubts${received(query)} FROM fix
      WHERE ${CELL} BETWEEN cells.low AND cells.high AND at >= ${iso(from)}::timestamptz AND at < ${iso(to)}::timestamptz
      ${APART}) f`;
}

/** The time of receipt is in the rows alone and not in the key: it is read only where it is asked for. */
function received({ receivedBy }: PlaceQuery): Prisma.Sql {
  return receivedBy === null ? Prisma.empty : Prisma.sql`, received_at`;
}

function condition({ window, bounds, after, doubted, receivedBy }: PlaceQuery): Prisma.Sql {
  const parts = [
    inBox(bounds),
    Prisma.sql`at >= ${iso(window.from)}::timestamptz AND at < ${iso(window.to)}::timestamptz`,
  ];
  if (after !== null) parts.push(Prisma.sql`(at, collar_id) > (${iso(after.at)}::timestamptz, ${after.collarId})`);
  if (!doubted) parts.push(Prisma.sql`doubts = 0`);
  if (receivedBy !== null) parts.push(Prisma.sql`received_at <= ${iso(receivedBy)}::timestamptz`);
  return Prisma.join(parts, ' AND ');
}

function inBox(bounds: Bounds | null): Prisma.Sql {
  if (bounds === null) return Prisma.sql`true`;
  const stretches = longitudesOf(bounds).map(
    ({ west, east }) => Prisma.sql`lon BETWEEN ${west}::float8 AND ${east}::float8`,
  );
  const { south, north } = bounds;
  return Prisma.sql`lat BETWEEN ${south}::float8 AND ${north}::float8 AND (${Prisma.join(stretches, ' OR ')})`;
}

/** Spans cut to a window; those outside are left out. */
function arraysOf(spans: readonly Span[], window: Window) {
  const cut = spans
    .map(({ collarId, from, to }) => ({
      collarId,
      begin: Math.max(from, window.from),
      end: Math.min(to ?? Infinity, window.to),
    }))
    .filter(({ begin, end }) => begin < end);
  return {
    collarIds: cut.map(({ collarId }) => collarId),
    begins: cut.map(({ begin }) => iso(begin)),
    ends: cut.map(({ end }) => iso(end)),
  };
}

function toBlock(row: Row): PlaceBlock {
  const read = (name: keyof Row) => readPacked(row[name], name === 'at' ? 'time' : 'float8');
  const at = read('at');
  return {
    length: at.length,
    at,
    collarId: read('collarId'),
    lon: read('lon'),
    lat: read('lat'),
    doubts: read('doubts'),
  };
}
