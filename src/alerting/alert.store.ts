import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.ts';
import { alertCondition, type AlertQuery, TODAY, toldBy } from './alert-list.store.ts';
import type { LogStore, Reach } from '../database/log-feed.ts';
import type { Alert, AlertChange, ChangeKind, Ledger, Reason } from '../domain/alert/alert.ts';
import type { EpochMs } from '../domain/fix.ts';

/** An entry of the log of changes as the database gives it. */
interface ChangeRow {
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

function toChange(row: ChangeRow): AlertChange {
  return {
    seq: Number(row.seq),
    change: row.change,
    at: row.at.getTime(),
    learnedAt: row.learned_at.getTime(),
    late: row.late,
    ...(row.reason === null ? {} : { reason: row.reason }),
    ...(row.by === null ? {} : { by: row.by }),
    ...(row.note === null ? {} : { note: row.note }),
    // Changes of older versions knew less of their alert.
    alert: { ...ABSENT, ...row.alert },
  };
}
const ABSENT = { area: null, details: null, reason: null } as const;

interface LedgerRow {
  fix_at: Date;
  received_at: Date | null;
  committed_at: Date | null;
  judged_at: Date | null;
  first_sent_at: Date | null;
  acknowledged_at: Date | null;
}

interface TellingRow {
  id: string;
  late: boolean;
  judged_at: Date | null;
  /** null: left for another time. */
  first_sent_at: Date | null;
}

/** An alert of which a subscriber has been told for the first time. */
export interface NotedTelling {
  readonly late: boolean;
  readonly judgedAt: EpochMs | null;
  readonly firstSentAt: EpochMs;
}

const msOf = (at: Date | null): EpochMs | null => at && at.getTime();

function toLedger(row: LedgerRow): Ledger {
  return {
    fixAt: row.fix_at.getTime(),
    receivedAt: msOf(row.received_at),
    committedAt: msOf(row.committed_at),
    judgedAt: msOf(row.judged_at),
    firstSentAt: msOf(row.first_sent_at),
    acknowledgedAt: msOf(row.acknowledged_at),
  };
}

export type { AlertQuery } from './alert-list.store.ts';

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

  /** @param asOf as it was told by then; undefined: as it stands */
  async find(id: string, asOf?: EpochMs): Promise<Alert | null> {
    const [row] =
      asOf === undefined
        ? await this.database.client.$queryRaw<{ alert: Alert }[]>`
            SELECT alert_json(alert) AS alert FROM alert WHERE id = ${id}::uuid`
        : await this.database.client.$queryRaw<{ alert: Alert }[]>`SELECT alert FROM ${toldBy(asOf, id)} AS known`;
    return row ? { ...ABSENT, ...row.alert } : null;
  }

  /** @param asOf those told by then; undefined: all */
  async changesOf(id: string, asOf?: EpochMs): Promise<AlertChange[]> {
    const rows = await this.database.client.$queryRaw<ChangeRow[]>`
      SELECT seq, change, at, learned_at, late, reason, by, note, alert FROM alert_change
      WHERE alert_id = ${id}::uuid AND learned_at <= ${asOf === undefined ? 'infinity' : date(asOf).toISOString()}::timestamptz ORDER BY seq`;
    return rows.map(toChange);
  }

  /** When an alert passed each step on its way to people; null: no such alert. */
  async ledger(id: string): Promise<Ledger | null> {
    const [row] = await this.database.client.$queryRaw<LedgerRow[]>`
      SELECT coalesce((SELECT at FROM alert_change WHERE alert_id = alert.id AND change = 'opened' ORDER BY seq LIMIT 1), opened_at) AS fix_at,
             received_at, committed_at, judged_at, first_sent_at, acknowledged_at
      FROM alert WHERE id = ${id}::uuid`;
    return row ? toLedger(row) : null;
  }

  /** A page of alerts, newest opening first: of one who sees those of some farms alone as access/alert-details says. */
  async list(query: AlertQuery): Promise<Alert[]> {
    const rows = await this.database.client.$queryRaw<{ alert: Alert }[]>`
      SELECT alert FROM ${query.asOf === undefined ? TODAY : toldBy(query.asOf)} AS known
      WHERE ${alertCondition(query)} ORDER BY opened_at DESC, id DESC LIMIT ${query.limit}`;
    return rows.map(({ alert }) => ({ ...ABSENT, ...alert }));
  }

  /**
   * Notes of alerts when a subscriber was first told of them; of those from before there was a ledger it is not known. An alert
   * that somebody else is just writing is left for another time, so that nobody waits for this and this waits for nobody.
   *
   * @returns the alerts noted now, and those that are left; of the others it was known
   */
  async noteTold(tellings: ReadonlyMap<string, EpochMs>): Promise<{ noted: NotedTelling[]; left: string[] }> {
    const told = JSON.stringify([...tellings].map(([id, at]) => ({ id, at })));
    const rows = await this.database.client.$queryRaw<TellingRow[]>`
      WITH told AS (
        SELECT id, to_timestamp(at / 1000)::timestamptz(3) AS at FROM json_to_recordset(${told}::json) AS t(id uuid, at double precision)
      ), free AS (
        SELECT alert.id, told.at FROM alert JOIN told ON told.id = alert.id WHERE first_sent_at IS NULL AND judged_at IS NOT NULL
        FOR UPDATE OF alert SKIP LOCKED
      ), noted AS (
        UPDATE alert SET first_sent_at = free.at FROM free WHERE alert.id = free.id
        RETURNING alert.id, late, judged_at, first_sent_at
      )
      SELECT id::text, late, judged_at, first_sent_at FROM noted
      UNION ALL
      SELECT alert.id::text, late, judged_at, NULL FROM alert JOIN told ON told.id = alert.id
      WHERE first_sent_at IS NULL AND judged_at IS NOT NULL AND alert.id NOT IN (SELECT id FROM noted)`;
    return {
      noted: rows.flatMap(({ late, judged_at, first_sent_at }) =>
        first_sent_at ? [{ late, judgedAt: msOf(judged_at), firstSentAt: first_sent_at.getTime() }] : [],
      ),
      left: rows.filter(({ first_sent_at }) => first_sent_at === null).map(({ id }) => id),
    };
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
