import { Injectable } from '@nestjs/common';
import type { PositionGrant } from '../../access/visibility.ts';
import { Database } from '../../database/database.ts';
import type { EpochMs } from '../../domain/fix.ts';
import type { OffsetPeriod } from '../../domain/movement/zone-clock.ts';

/** A collar for a while in which its local time keeps one distance from UTC. */
export interface AttemptSpan extends OffsetPeriod {
  readonly collarId: number;
}

export interface FailedHour {
  /** Of the local day, 0 to 23. */
  readonly hour: number;
  readonly count: number;
}

/** Attempts that got no position. */
@Injectable()
export class FailedAttemptStore {
  constructor(private readonly database: Database) {}

  /** How many there were by the hour of the local day. @param receivedBy only what had been received by then */
  async byHour(_grant: PositionGrant, spans: readonly AttemptSpan[], receivedBy?: EpochMs): Promise<FailedHour[]> {
    const known = receivedBy === undefined ? 'infinity' : new Date(receivedBy).toISOString();
    return this.database.client.$queryRaw<FailedHour[]>`
      SELECT extract(hour FROM f.at AT TIME ZONE 'UTC' + s."offsetMs" * interval '1 ms')::int AS hour, count(*)::int AS count
      FROM json_to_recordset(${JSON.stringify(spans)}::json)
        AS s("collarId" int, "from" float8, "to" float8, "offsetMs" float8)
      JOIN failed_attempt f ON f.collar_id = s."collarId" AND f.at >= to_timestamp(s."from" / 1000)
        AND f.at < to_timestamp(s."to" / 1000)
      WHERE f.received_at <= ${known}::timestamptz
      GROUP BY 1 ORDER BY 1`;
  }

  /** The first and the last of them in each span. null: there is none. */
  async ends(
    _grant: PositionGrant,
    spans: readonly { readonly collarId: number; readonly from: EpochMs | null; readonly to: EpochMs | null }[],
    receivedBy?: EpochMs,
  ): Promise<{ readonly first: EpochMs; readonly last: EpochMs } | null> {
    const known = receivedBy === undefined ? 'infinity' : new Date(receivedBy).toISOString();
    const [row] = await this.database.client.$queryRaw<[{ first: Date | null; last: Date | null }]>`
      SELECT min(f.at) AS first, max(f.at) AS last
      FROM json_to_recordset(${JSON.stringify(spans)}::json) AS s("collarId" int, "from" float8, "to" float8)
      JOIN failed_attempt f ON f.collar_id = s."collarId"
        AND f.at >= coalesce(to_timestamp(s."from" / 1000), '-infinity')
        AND f.at < coalesce(to_timestamp(s."to" / 1000), 'infinity')
      WHERE f.received_at <= ${known}::timestamptz`;
    return row.first && row.last ? { first: row.first.getTime(), last: row.last.getTime() } : null;
  }
}
