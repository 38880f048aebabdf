import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.ts';
import type { LogStore, Reach } from '../database/log-feed.ts';
import type { Alert, AlertChange, ChangeKind, Reason } from '../domain/alert/alert.ts';
import type { EpochMs } from '../domain/fix.ts';

/** An entry of the log of changes as the database gives it. */
export interface ChangeRow {
  seq: bigint;
  change: ChangeKind;
  at: Date;
  learned_at: Date;
  late: boolean;
  reason: Reason | null;
  by: string | null;
  note: string | null;
  alert: Alert;
}

export function toChange(row: ChangeRow): AlertChange {
  return {
    seq: Number(row.seq),
    change: row.change,
    at: row.at.getTime(),
    learnedAt: row.learned_at.getTime(),
    late: row.late,
    ...(row.reason === null ? {} : { reason: row.reason }),
    ...(row.by === null ? {} : { by: row.by }),
    ...(row.note === null ? {} : { note: row.note }),
    alert: row.alert,
  };
}

/** Which alerts to list; an absent field asks for all. */
export interface AlertQuery {
  readonly state?: string;
  readonly farm?: string;
  readonly animal?: string;
  readonly kind?: string;
  readonly from?: EpochMs;
  readonly to?: EpochMs;
  readonly limit: number;
  /** Where the page before ended. */
  readonly after?: { readonly openedAt: EpochMs; readonly id: string };
  /** Only alerts of these farms; null: of all. */
  readonly visibleFarms: readonly string[] | null;
}

/** What a person did with an alert. */
export interface Deed {
  readonly change: Extract<ChangeKind, 'acknowledged' | 'commented'>;
  readonly by: string;
  readonly note: string;
  readonly at: EpochMs;
}

const date = (at: EpochMs): Date => new Date(at);

/** Alerts and the log of their changes. */
@Injectable()
export class AlertStore implements LogStore<AlertChange> {
  constructor(private readonly database: Database) {}

  async readAfter(seq: number, limit: number): Promise<AlertChange[]> {
    const rows = await this.database.client.$queryRaw<ChangeRow[]>`
      SELECT seq, change, at, learned_at, late, reason, by, note, alert FROM alert_change WHERE seq > ${seq} ORDER BY seq LIMIT ${limit}`;
    return rows.map(toChange);
  }

  /** Alert changes are never pruned: the log reaches back to its beginning. */
  async reach(): Promise<Reach> {
    const [row] = await this.database.client.$queryRaw<{ head: bigint }[]>`
      SELECT coalesce(max(seq), 0) AS head FROM alert_change`;
    return { head: Number(row?.head ?? 0), oldest: 0 };
  }

  async find(id: string): Promise<Alert | null> {
    const [row] = await this.database.client.$queryRaw<{ alert: Alert }[]>`
      SELECT alert_json(alert) AS alert FROM alert WHERE id = ${id}::uuid`;
    return row?.alert ?? null;
  }

  async changesOf(id: string): Promise<AlertChange[]> {
    const rows = await this.database.client.$queryRaw<ChangeRow[]>`
      SELECT seq, change, at, learned_at, late, reason, by, note, alert FROM alert_change WHERE alert_id = ${id}::uuid ORDER BY seq`;
    return rows.map(toChange);
  }

  /** A page of alerts, newest opening first. */
  async list(query: AlertQuery): Promise<Alert[]> {
    const { state, farm, animal, kind, from, to, after, visibleFarms } = query;
    const rows = await this.database.client.$queryRaw<{ alert: Alert }[]>`
      SELECT alert_json(alert) AS alert FROM alert
      WHERE (${state ?? null}::text IS NULL OR state = ${state ?? null})
        AND (${farm ?? null}::text IS NULL OR farm_id = ${farm ?? null})
        AND (${animal ?? null}::text IS NULL OR animal_id = ${animal ?? null})
        AND (${kind ?? null}::text IS NULL OR kind = ${kind ?? null})
        AND opened_at >= ${from === undefined ? date(0) : date(from)}
        AND (${to === undefined ? null : date(to)}::timestamptz IS NULL OR opened_at < ${to === undefined ? null : date(to)})
        AND (${visibleFarms === null} OR farm_id = ANY (${visibleFarms ?? []}::text[]))
        AND (${after === undefined}
             OR (opened_at, id) < (${after ? date(after.openedAt) : null}::timestamptz, ${after?.id ?? null}::uuid))
      ORDER BY opened_at DESC, id DESC LIMIT ${query.limit}`;
    return rows.map(({ alert }) => alert);
  }

  /**
   * Writes what a person did as a change of the alert. An alert is acknowledged once: a second acknowledgement changes nothing.
   *
   * @returns the alert, and its change if there was one; null: no such alert
   */
  async record(id: string, deed: Deed): Promise<{ alert: Alert; change: AlertChange | null } | null> {
    return this.database.transaction(async (sql) => {
      const [row] = await sql.$queryRaw<ChangeRow[]>`
        WITH changed AS (
          UPDATE alert SET revision = revision + 1,
            acknowledged_by = CASE WHEN ${deed.change} = 'acknowledged' THEN ${deed.by} ELSE acknowledged_by END,
            acknowledged_at = CASE WHEN ${deed.change} = 'acknowledged' THEN ${date(deed.at)} ELSE acknowledged_at END,
            acknowledged_note = CASE WHEN ${deed.change} = 'acknowledged' THEN ${deed.note} ELSE acknowledged_note END
          WHERE id = ${id}::uuid AND (${deed.change} <> 'acknowledged' OR acknowledged_at IS NULL)
          RETURNING *
        )
        INSERT INTO alert_change (seq, alert_id, change, at, learned_at, late, by, note, alert)
        SELECT next_alert_change_seq(), id, ${deed.change}, ${date(deed.at)}, ${date(deed.at)}, false, ${deed.by}, ${deed.note},
               alert_json(changed::alert)
        FROM changed
        RETURNING seq, change, at, learned_at, late, reason, by, note, alert`;
      if (row) return { alert: row.alert, change: toChange(row) };
      const alert = await this.find(id);
      return alert && { alert, change: null };
    });
  }
}
