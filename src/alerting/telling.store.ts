import { Injectable } from '@nestjs/common';
import type { Sql } from '../database/database.ts';
import type { Alert, AlertChange, AlertState } from '../domain/alert/alert.ts';
import type { EpochMs } from '../domain/fix.ts';
import type { AlertDraft, Arrival, ChangeDraft, MoveDraft } from './draft.ts';

/** Changes that are written together: years of a track, told for the first time, are thousands. */
const AT_ONCE = 1_000;

/** A change with the alert as it stands after it. */
interface Written {
  readonly draft: ChangeDraft;
  readonly alert: Alert;
}

/** An alert as it stands after all its changes, with what only its row has. */
interface AlertRow {
  readonly alert: Alert;
  readonly settledAt: EpochMs | null;
  readonly arrival: Arrival | null;
}

/** Writes alerts and the log of their changes, within the evaluator's transaction. */
@Injectable()
export class TellingStore {
  /** Changes in the order given, each with the alert as it then stands. */
  async append(sql: Sql, drafts: readonly ChangeDraft[], judgedAt: EpochMs): Promise<AlertChange[]> {
    const changes: AlertChange[] = [];
    for (let first = 0; first < drafts.length; first += AT_ONCE) {
      const some = drafts.slice(first, first + AT_ONCE);
      const written = writeDown(some, await this.stored(sql, some));
      await this.put(sql, rowsOf(written), judgedAt);
      changes.push(...(await this.log(sql, written)));
    }
    return changes;
  }

  /** Notes what moved without a change that people need to hear of, and when that was learned. */
  async move(sql: Sql, moved: readonly MoveDraft[]): Promise<void> {
    if (moved.length === 0) return;
    // Held first: somebody may be acknowledging it, and what moved comes before or after that.
    await this.stored(sql, moved);
    const rows = JSON.stringify(
      moved.map(({ alertId, episode, settledAt, learnedAt }) => ({
        id: alertId,
        m: episode.closest?.m ?? null,
        at: episode.closest?.at ?? null,
        between: episode.closest?.between ?? null,
        details: episode.details ?? null,
        settled: settledAt,
        learned: learnedAt,
      })),
    );
    await sql.$executeRaw`
      WITH moved AS MATERIALIZED (
        SELECT id, m, to_timestamp(at / 1000)::timestamptz(3) AS at, between, details, settled, learned
        FROM json_to_recordset(${rows}::json)
          AS moved(id uuid, m float8, at float8, between boolean, details jsonb, settled float8, learned float8)
      ), noted AS (
        INSERT INTO alert_move (alert_id, after_seq, learned_at, closest_m, closest_at, closest_between, details)
        SELECT moved.id, (SELECT max(seq) FROM alert_change WHERE alert_id = moved.id), to_timestamp(learned / 1000),
               m, at, between, moved.details
        FROM moved JOIN alert ON alert.id = moved.id
        WHERE (closest_m, closest_at, closest_between, alert.details) IS DISTINCT FROM (m, at, between, moved.details)
      )
      UPDATE alert SET closest_m = m, closest_at = at, closest_between = between, details = moved.details,
        settled_at = to_timestamp(settled / 1000)
      FROM moved WHERE alert.id = moved.id`;
  }

  /** The alerts that there are already, held until the end of the transaction: people may be acknowledging them. */
  private async stored(sql: Sql, drafts: readonly AlertDraft[]): Promise<Map<string, Alert>> {
    const ids = [...new Set(drafts.map(({ alertId }) => alertId))];
    const rows = await sql.$queryRaw<{ id: string; alert: Alert }[]>`
      SELECT id, alert_json(alert) AS alert FROM alert WHERE id = ANY (${ids}::uuid[]) ORDER BY id FOR UPDATE`;
    return new Map(rows.map(({ id, alert }) => [id, alert]));
  }

  private async put(sql: Sql, rows: readonly AlertRow[], judgedAt: EpochMs): Promise<void> {
    const given = JSON.stringify(
      rows.map(({ alert, settledAt, arrival }) => ({ ...alert, ...arrival, ...alert.closest, settledAt, judgedAt })),
    );
    await sql.$executeRaw`
      INSERT INTO alert (id, kind, animal_id, farm_id, area_id, state, level, peak, opened_at, closed_at, closest_m, closest_at,
                         closest_between, details, reason, settled_at, late, learned_at, revision,
                         received_at, committed_at, judged_at)
      SELECT id, kind, animal, farm, area, state, level, peak, to_timestamp("openedAt" / 1000), to_timestamp("closedAt" / 1000),
             m, to_timestamp(at / 1000), between, details, reason, to_timestamp("settledAt" / 1000), late,
             to_timestamp("learnedAt" / 1000), revision, to_timestamp("receivedAt" / 1000), to_timestamp("committedAt" / 1000),
             to_timestamp("judgedAt" / 1000)
      FROM json_to_recordset(${given}::json)
        AS a(id uuid, kind text, animal text, farm text, area text, state text, level text, peak text, "openedAt" float8,
             "closedAt" float8, m float8, at float8, between boolean, details jsonb, reason text, "settledAt" float8, late boolean,
             "learnedAt" float8, revision integer, "receivedAt" float8, "committedAt" float8, "judgedAt" float8)
      ON CONFLICT (id) DO UPDATE SET
        state = excluded.state, level = excluded.level, peak = excluded.peak, opened_at = excluded.opened_at,
        closed_at = excluded.closed_at, closest_m = excluded.closest_m, closest_at = excluded.closest_at,
        closest_between = excluded.closest_between, details = excluded.details, reason = excluded.reason,
        settled_at = excluded.settled_at, revision = excluded.revision`;
  }

  private async log(sql: Sql, written: readonly Written[]): Promise<AlertChange[]> {
    const given = JSON.stringify(
      written.map(({ draft: { alertId, change, at, learnedAt, late, reason }, alert }, n) => ({
        ...{ n, id: alertId, change, at, learned: learnedAt, late, reason },
        alert,
      })),
    );
    // Sorted within: so the numbers of the log are taken in the order of the changes.
    const rows = await sql.$queryRaw<{ seq: bigint }[]>`
      INSERT INTO alert_change (seq, alert_id, change, at, learned_at, late, reason, alert)
      SELECT next_alert_change_seq(), id, change, to_timestamp(at / 1000), to_timestamp(learned / 1000), late, reason, alert
      FROM (
        SELECT * FROM json_to_recordset(${given}::json)
          AS c(n integer, id uuid, change text, at float8, learned float8, late boolean, reason text, alert jsonb)
        ORDER BY n
      ) AS in_order
      RETURNING seq`;
    return written.map(({ draft: { change, at, learnedAt, late, reason }, alert }, index) => ({
      ...{ seq: Number(rows[index]!.seq), change, at, learnedAt, late },
      ...(reason === null ? {} : { reason }),
      alert,
    }));
  }
}

/** Each change with the alert as it stands after it; `alerts` goes along. */
function writeDown(drafts: readonly ChangeDraft[], alerts: Map<string, Alert>): Written[] {
  return drafts.map((draft) => {
    const alert = after(draft, alerts.get(draft.alertId));
    alerts.set(draft.alertId, alert);
    return { draft, alert };
  });
}

function after(draft: ChangeDraft, before: Alert | undefined): Alert {
  const { alertId, rule, animal, place, about, episode, change, reason, late, learnedAt } = draft;
  return {
    id: alertId,
    kind: rule,
    animal,
    farm: about === 'farm' ? place : null,
    area: about === 'area' ? place : null,
    state: stateAfter(draft),
    level: episode.level,
    peak: episode.peak,
    openedAt: episode.openedAt,
    closedAt: episode.closedAt,
    closest: episode.closest,
    details: episode.details ?? null,
    // An alert has a reason for how it ended; why it was amended stands with the change alone.
    reason: change === 'amended' ? null : reason,
    late: before?.late ?? late,
    learnedAt: before?.learnedAt ?? learnedAt,
    revision: (before?.revision ?? 0) + 1,
    acknowledged: before?.acknowledged ?? null,
  };
}

/** The last that was written of each alert. */
function rowsOf(written: readonly Written[]): AlertRow[] {
  const byId = new Map<string, AlertRow>();
  for (const { draft, alert } of written) {
    const arrival = draft.arrival ?? byId.get(alert.id)?.arrival ?? null;
    byId.set(alert.id, { alert, settledAt: draft.settledAt, arrival });
  }
  return [...byId.values()];
}

function stateAfter({ change, episode }: ChangeDraft): AlertState {
  if (change === 'retracted') return 'retracted';
  return episode.closedAt === null ? 'open' : 'closed';
}
