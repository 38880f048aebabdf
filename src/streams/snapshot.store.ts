import { Injectable } from '@nestjs/common';
import type { NamedFix } from '../access/visibility.ts';
import { Database } from '../database/database.ts';
import type { Alert } from '../domain/alert/alert.ts';
import { decodeFixes } from '../domain/batch.ts';

interface NewestRow {
  animal: string;
  collar: string;
  fix: unknown;
}

/**
 * How things stand, and the cursor of the log at that moment. Each is one statement, and so one snapshot of the database: what it
 * shows is what the log tells up to that cursor, no more and no less.
 */
@Injectable()
export class SnapshotStore {
  constructor(private readonly database: Database) {}

  /** Which history the logs tell. */
  async epoch(): Promise<string> {
    const [row] = await this.database.client.$queryRaw<[{ epoch: string }]>`SELECT epoch::text AS epoch FROM log_epoch`;
    return row.epoch;
  }

  /** The newest trusted fix of each animal, through its deployments. */
  async newestFixes(): Promise<{ readonly seq: number; readonly newest: readonly NamedFix[] }> {
    const [row] = await this.database.client.$queryRaw<[{ head: bigint; newest: NewestRow[] }]>`
      SELECT
        coalesce((SELECT max(seq) FROM batch), (SELECT seq FROM cursor WHERE name = 'batch-log-pruned'), 0) AS head,
        (SELECT coalesce(json_agg(json_build_object('animal', newest.animal_id, 'collar', newest.serial, 'fix', newest.row)), '[]')
         FROM animal CROSS JOIN LATERAL (
           SELECT deployment.animal_id, collar.serial, last.row
           FROM deployment
           JOIN collar ON collar.id = deployment.collar_id
           CROSS JOIN LATERAL (
             SELECT at, json_strip_nulls(json_build_object(
               'c', collar_id, 't', extract(epoch FROM at) * 1000, 'r', extract(epoch FROM received_at) * 1000,
               'lo', lon, 'la', lat, 'd', doubts, 'l', late, 'sa', satellites, 'al', alt_m, 'ac', accuracy_m, 'h', hdop,
               'sp', speed_mps, 'he', heading_deg, 'te', temperature_c, 'ba', battery_v, 'av', activity, 'n', device_seq)) AS row
             FROM fix
             WHERE collar_id = deployment.collar_id AND doubts = 0
               AND at >= starts_at AND at < coalesce(ends_at, 'infinity')
             ORDER BY at DESC LIMIT 1
           ) AS last
           WHERE deployment.animal_id = animal.id
           ORDER BY last.at DESC LIMIT 1
         ) AS newest) AS newest`;
    const fixes = decodeFixes(JSON.stringify(row.newest.map(({ fix }) => fix)));
    const newest = row.newest.map(({ animal, collar }, place) => ({ animal, collar, fix: fixes[place]! }));
    return { seq: Number(row.head), newest };
  }

  /** The open alerts, oldest first. */
  async openAlerts(): Promise<{ readonly seq: number; readonly open: readonly Alert[] }> {
    const [row] = await this.database.client.$queryRaw<[{ head: bigint; open: Alert[] }]>`
      SELECT
        (SELECT coalesce(max(seq), 0) FROM alert_change) AS head,
        (SELECT coalesce(jsonb_agg(alert_json(alert) ORDER BY opened_at, id), '[]') FROM alert WHERE state = 'open') AS open`;
    return { seq: Number(row.head), open: row.open };
  }
}
