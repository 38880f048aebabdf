import { Injectable } from '@nestjs/common';
import { Database, type Sql } from '../database/database.ts';
import type { LogStore, Reach } from '../database/log-feed.ts';
import type { Alert, AlertChange, ChangeKind } from '../domain/alert/alert.ts';
import type { EpochMs } from '../domain/fix.ts';
import type { ChangeDraft, Draft } from './draft.ts';

interface ChangeRow {
  seq: bigint;
  change: ChangeKind;
  at: Date;
  learned_at: Date;
  by: string | null;
  note: string | null;
  alert: Alert;
}

function toChange(row: ChangeRow): AlertChange {
  return {
    seq: Number(row.seq),
    change: row.change,
    at: row.at.getTime(),
    learnedAt: row.learned_at.getTime(),
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
      SELECT seq, change, at, learned_at, by, note, alert FROM alert_change WHERE seq > ${seq} ORDER BY seq LIMIT ${limit}`;
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
      SELECT seq, change, at, learned_at, by, note, alert FROM alert_change WHERE alert_id = ${id}::uuid ORDER BY seq`;
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
        INSERT INTO alert_change (seq, alert_id, change, at, learned_at, by, note, alert)
        SELECT next_alert_change_seq(), id, ${deed.change}, ${date(deed.at)}, ${date(deed.at)}, ${deed.by}, ${deed.note},
               alert_json(changed::alert)
        FROM changed
        RETURNING seq, change, at, learned_at, by, note, alert`;
      if (row) return { alert: row.alert, change: toChange(row) };
      const alert = await this.find(id);
      return alert && { alert, change: null };
    });
  }

  /** Changes in the order given, each with the alert as it then stood; within the evaluator's transaction. */
  async append(sql: Sql, drafts: readonly ChangeDraft[]): Promise<AlertChange[]> {
    const changes: AlertChange[] = [];
    for (const draft of drafts) {
      const { visit } = draft;
      const [row] = await sql.$queryRaw<ChangeRow[]>`
        WITH written AS (
          INSERT INTO alert (id, kind, animal_id, farm_id, state, level, peak, opened_at, closed_at,
                             closest_m, closest_at, closest_between, late, learned_at, revision)
          VALUES (${draft.alertId}::uuid, ${draft.rule}, ${draft.animal}, ${draft.farm},
                  ${visit.closedAt === null ? 'open' : 'closed'}, ${visit.level}, ${visit.peak}, ${date(visit.openedAt)},
                  ${visit.closedAt === null ? null : date(visit.closedAt)}, ${visit.closest.m}, ${date(visit.closest.at)},
                  ${visit.closest.between}, ${draft.late}, ${date(draft.learnedAt)}, 1)
          ON CONFLICT (id) DO UPDATE SET
            state = excluded.state, level = excluded.level, peak = excluded.peak, closed_at = excluded.closed_at,
            closest_m = excluded.closest_m, closest_at = excluded.closest_at, closest_between = excluded.closest_between,
            revision = alert.revision + 1
          RETURNING *
        )
        INSERT INTO alert_change (seq, alert_id, change, at, learned_at, alert)
        SELECT next_alert_change_seq(), id, ${draft.change}, ${date(draft.at)}, ${date(draft.learnedAt)}, alert_json(written::alert)
        FROM written
        RETURNING seq, change, at, learned_at, by, note, alert`;
      changes.push(toChange(row!));
    }
    return changes;
  }

  /** Notes a new least distance of a visit. */
  async move(sql: Sql, moved: Draft['moved']): Promise<void> {
    for (const { alertId, visit } of moved) {
      await sql.$executeRaw`
        UPDATE alert SET closest_m = ${visit.closest.m}, closest_at = ${date(visit.closest.at)}, closest_between = ${visit.closest.between}
        WHERE id = ${alertId}::uuid`;
    }
  }
}
