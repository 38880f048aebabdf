import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.ts';
import type { Acknowledgement, AlertState } from '../domain/alert/alert.ts';
import type { Episode } from '../domain/alert/episode.ts';
import type { EpochMs } from '../domain/fix.ts';
import { doubtBit } from '../domain/quality/doubt.ts';
import type { StoredFix } from './trail.ts';

const UNCONFIRMED = doubtBit('unconfirmed');
const IMPOSSIBLE = doubtBit('impossible-speed');

/** An alert as it is stored, as far as telling it again needs it. */
export interface StoredAlert {
  readonly id: string;
  readonly rule: string;
  /** A farm's or an area's id; '': the animal itself. */
  readonly place: string;
  readonly state: AlertState;
  readonly episode: Episode;
  readonly settledAt: EpochMs | null;
  readonly acknowledged: Acknowledgement | null;
}

interface FixRow {
  collar_id: number;
  at: Date;
  received_at: Date;
  lon: number;
  lat: number;
  doubts: number;
  accuracy_m: number | null;
  hdop: number | null;
  battery_v: number | null;
  activity: number | null;
}

function toFix(row: FixRow): StoredFix {
  return {
    collarId: row.collar_id,
    at: row.at.getTime(),
    receivedAt: row.received_at.getTime(),
    lon: row.lon,
    lat: row.lat,
    doubts: row.doubts,
    ...(row.accuracy_m === null ? {} : { accuracyM: row.accuracy_m }),
    ...(row.hdop === null ? {} : { hdop: row.hdop }),
    ...(row.battery_v === null ? {} : { batteryV: row.battery_v }),
    ...(row.activity === null ? {} : { activity: row.activity }),
  };
}

interface AlertRow {
  id: string;
  kind: string;
  place: string;
  settled_at: Date | null;
  alert: Pick<StoredAlert, 'state' | 'acknowledged'> & Episode & { details: Episode['details'] | null };
}

function toAlert({ id, kind, place, settled_at, alert }: AlertRow): StoredAlert {
  const { state, acknowledged, level, peak, openedAt, closedAt, closest, details } = alert;
  const episode = { level, peak, openedAt, closedAt, closest, ...(details ? { details } : {}) };
  return { id, rule: kind, place, state, episode, settledAt: settled_at?.getTime() ?? null, acknowledged };
}

/** Whose last fixes before which moment are asked for. */
export interface Recall {
  readonly animal: string;
  readonly at: EpochMs;
  readonly backTo: EpochMs;
}

export interface Recalled {
  readonly fixes: readonly StoredFix[];
  /** How many of the track are at that moment or after it. */
  readonly later: number;
}

const date = (at: EpochMs): Date => new Date(at);

/**
 * The tracks and alerts of animals, as judging reads them. A track is what an animal's collars said while it wore them, but for
 * fixes that are doubted for what they say themselves.
 */
@Injectable()
export class TrackStore {
  constructor(private readonly database: Database) {}

  /** The last fixes of a track before a moment, newest first. */
  async before(animal: string, at: EpochMs, limit: number): Promise<StoredFix[]> {
    const rows = await this.database.client.$queryRaw<FixRow[]>`
      SELECT found.* FROM deployment CROSS JOIN LATERAL (
        SELECT collar_id, at, received_at, lon, lat, doubts, accuracy_m, hdop, battery_v, activity FROM fix
        WHERE fix.collar_id = deployment.collar_id AND at < ${date(at)} AND at >= starts_at AND at < coalesce(ends_at, 'infinity')
          AND doubts IN (0, ${UNCONFIRMED}::smallint, ${IMPOSSIBLE}::smallint)
        ORDER BY at DESC LIMIT ${limit}
      ) AS found
      WHERE deployment.animal_id = ${animal}
      ORDER BY at DESC, collar_id DESC LIMIT ${limit}`;
    return rows.map(toFix);
  }

  /** Fixes of a track from a moment on, in the order of time. */
  async from(animal: string, at: EpochMs, limit: number): Promise<StoredFix[]> {
    const rows = await this.database.client.$queryRaw<FixRow[]>`
      SELECT found.* FROM deployment CROSS JOIN LATERAL (
        SELECT collar_id, at, received_at, lon, lat, doubts, accuracy_m, hdop, battery_v, activity FROM fix
        WHERE fix.collar_id = deployment.collar_id AND at >= ${date(at)} AND at >= starts_at AND at < coalesce(ends_at, 'infinity')
          AND doubts IN (0, ${UNCONFIRMED}::smallint, ${IMPOSSIBLE}::smallint)
        ORDER BY at LIMIT ${limit}
      ) AS found
      WHERE deployment.animal_id = ${animal}
      ORDER BY at, collar_id LIMIT ${limit}`;
    return rows.map(toFix);
  }

  /**
   * Of each animal the last fixes of its track before a moment, in the order of time: those from `backTo` on (epoch milliseconds),
   * and at least a few; and how many there are from that moment on.
   */
  async recall(asked: readonly Recall[]): Promise<Map<string, Recalled>> {
    const rows = await this.database.client.$queryRaw<((FixRow | { at: null }) & { animal: string; later: number })[]>`
      SELECT asked.animal, later.count::integer AS later, found.* FROM
      (SELECT animal, to_timestamp(at / 1000) AS moment, to_timestamp("backTo" / 1000) AS back_to
       FROM json_to_recordset(${JSON.stringify(asked)}::json) AS a(animal text, at double precision, "backTo" double precision)) AS asked
      CROSS JOIN LATERAL (
        SELECT count(*) FROM deployment JOIN fix ON fix.collar_id = deployment.collar_id
          AND at >= moment AND at >= starts_at AND at < coalesce(ends_at, 'infinity')
        WHERE deployment.animal_id = asked.animal AND doubts IN (0, ${UNCONFIRMED}::smallint, ${IMPOSSIBLE}::smallint)
      ) AS later
      LEFT JOIN LATERAL (
        SELECT found.* FROM deployment
        CROSS JOIN LATERAL (
          SELECT min(at) AS at FROM (
            SELECT at FROM fix
            WHERE fix.collar_id = deployment.collar_id AND at < moment AND at >= starts_at AND at < coalesce(ends_at, 'infinity')
              AND doubts IN (0, ${UNCONFIRMED}::smallint)
            ORDER BY at DESC LIMIT 3
          ) AS few
        ) AS few
        CROSS JOIN LATERAL (
          SELECT collar_id, at, received_at, lon, lat, doubts, accuracy_m, hdop, battery_v, activity FROM fix
          WHERE fix.collar_id = deployment.collar_id AND at < moment AND at < coalesce(ends_at, 'infinity')
            AND at >= greatest(starts_at, least(back_to, few.at)) AND doubts IN (0, ${UNCONFIRMED}::smallint)
          OFFSET 0 -- Planned apart, or the whole track is read before its last days are picked from it: seconds an animal.
        ) AS found
        WHERE deployment.animal_id = asked.animal AND few.at IS NOT NULL
      ) AS found ON true
      ORDER BY asked.animal, found.at, found.collar_id`;
    const byAnimal = new Map<string, { readonly fixes: StoredFix[]; readonly later: number }>();
    for (const { animal, later, ...row } of rows) {
      const recalled = byAnimal.get(animal) ?? { fixes: [], later };
      byAnimal.set(animal, recalled);
      if (row.at !== null) recalled.fixes.push(toFix(row));
    }
    return byAnimal;
  }

  /** Of these animals those that have a fix or an alert since a moment (null: any). */
  async stirred(asked: readonly { readonly animal: string; readonly since: EpochMs | null }[]): Promise<Set<string>> {
    const rows = await this.database.client.$queryRaw<{ animal: string }[]>`
      SELECT animal FROM (
        SELECT animal, coalesce(to_timestamp(since / 1000), '-infinity') AS since
        FROM json_to_recordset(${JSON.stringify(asked)}::json) AS a(animal text, since double precision)) AS asked
      WHERE EXISTS (SELECT FROM alert WHERE animal_id = animal AND coalesce(settled_at, 'infinity') >= since)
        OR EXISTS (
          SELECT FROM deployment JOIN fix ON fix.collar_id = deployment.collar_id
            AND at >= greatest(since, starts_at) AND at < coalesce(ends_at, 'infinity')
          WHERE deployment.animal_id = animal)`;
    return new Set(rows.map(({ animal }) => animal));
  }

  /** When the earliest of the episodes opened that their rules still remembered at a moment; null: every rule was at rest. */
  async unrestAt(animal: string, at: EpochMs): Promise<EpochMs | null> {
    const [row] = await this.database.client.$queryRaw<{ opened_at: Date | null }[]>`
      SELECT min(opened_at) AS opened_at FROM alert
      WHERE animal_id = ${animal} AND state <> 'retracted' AND opened_at <= ${date(at)} AND coalesce(settled_at, 'infinity') > ${date(at)}`;
    return row?.opened_at?.getTime() ?? null;
  }

  /** Alerts of an animal that opened after one moment (null: all) and not after another (null: all since). */
  async alerts(animal: string, after: EpochMs | null, until: EpochMs | null): Promise<StoredAlert[]> {
    const rows = await this.database.client.$queryRaw<AlertRow[]>`
      SELECT id, kind, coalesce(farm_id, area_id, '') AS place, settled_at, alert_json(alert) AS alert FROM alert
      WHERE animal_id = ${animal} AND opened_at > coalesce(${after === null ? null : date(after)}::timestamptz, '-infinity')
        AND opened_at <= coalesce(${until === null ? null : date(until)}::timestamptz, 'infinity')
      ORDER BY opened_at, id`;
    return rows.map(toAlert);
  }
}
