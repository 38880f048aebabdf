import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.ts';

/** A message that could not be read or stored, as administrators see it. Times are RFC 3339. */
export interface DeadLetterItem {
  readonly id: string;
  readonly receivedAt: string;
  readonly door: string;
  readonly serial: string;
  readonly reason: string;
  readonly detail: string;
  /** The raw bytes, base64. */
  readonly payload: string;
  /** How often it has come. */
  readonly times: number;
  readonly retriedAt: string | null;
  /** When a retry stored all of it. */
  readonly resolvedAt: string | null;
}

export interface DeadLetterQuery {
  readonly serial?: string;
  readonly reason?: string;
  readonly resolved?: boolean;
  /** Letters with a smaller number than this one. */
  readonly before: string | null;
  readonly limit: number;
}

/** The table of dead letters, to be read. */
@Injectable()
export class DeadLetterHistory {
  constructor(private readonly database: Database) {}

  /** Newest first. */
  async list({ serial, reason, resolved, before, limit }: DeadLetterQuery): Promise<DeadLetterItem[]> {
    const [row] = await this.database.client.$queryRaw<[{ items: DeadLetterItem[] }]>`
      SELECT coalesce(json_agg(json_build_object('id', id::text,
        'receivedAt', to_char(received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
        'door', door, 'serial', serial, 'reason', reason, 'detail', detail,
        'payload', translate(encode(payload, 'base64'), E'\n', ''), 'times', times,
        'retriedAt', to_char(retried_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
        'resolvedAt', to_char(resolved_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) ORDER BY id DESC), '[]') AS items
      FROM (SELECT * FROM dead_letter
        WHERE (${serial ?? null}::text IS NULL OR serial = ${serial ?? null})
          AND (${reason ?? null}::text IS NULL OR reason = ${reason ?? null})
          AND (${resolved ?? null}::boolean IS NULL OR (resolved_at IS NOT NULL) = ${resolved ?? null})
          AND (${before}::bigint IS NULL OR id < ${before}::bigint)
        ORDER BY id DESC LIMIT ${limit}) letters`;
    return row.items;
  }
}
