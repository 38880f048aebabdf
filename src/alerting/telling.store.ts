import { Injectable } from '@nestjs/common';
import type { Sql } from '../database/database.ts';
import type { AlertChange, AlertState, Reason } from '../domain/alert/alert.ts';
import type { EpochMs } from '../domain/fix.ts';
import { type ChangeRow, toChange } from './alert.store.ts';
import type { AlertDraft, ChangeDraft } from './draft.ts';

const date = (at: EpochMs | null): Date | null => (at === null ? null : new Date(at));

/** Writes alerts and the log of their changes, within the evaluator's transaction. */
@Injectable()
export class TellingStore {
  /** Changes in the order given, each with the alert as it then stands. */
  async append(sql: Sql, drafts: readonly ChangeDraft[], judgedAt: EpochMs): Promise<AlertChange[]> {
    const changes: AlertChange[] = [];
    for (const draft of drafts) {
      const row = rowOf(draft);
      const [change] = await sql.$queryRaw<ChangeRow[]>`
        WITH written AS (
          INSERT INTO alert (id, kind, animal_id, farm_id, area_id, state, level, peak, opened_at, closed_at, closest_m, closest_at,
                             closest_between, details, reason, settled_at, late, learned_at, revision,
                             received_at, committed_at, judged_at)
          VALUES (${draft.alertId}::uuid, ${draft.rule}, ${draft.animal}, ${row.farm}, ${row.area}, ${stateAfter(draft)}, ${row.level},
                  ${row.peak}, ${row.openedAt}, ${row.closedAt}, ${row.closestM}, ${row.closestAt}, ${row.closestBetween},
                  ${row.details}::jsonb, ${reasonAfter(draft)}, ${row.settledAt}, ${draft.late}, ${date(draft.learnedAt)}, 1,
                  ${date(draft.arrival?.receivedAt ?? null)}, ${date(draft.arrival?.committedAt ?? null)}, ${date(judgedAt)})
          ON CONFLICT (id) DO UPDATE SET
            state = excluded.state, level = excluded.level, peak = excluded.peak, opened_at = excluded.opened_at,
            closed_at = excluded.closed_at, closest_m = excluded.closest_m, closest_at = excluded.closest_at,
            closest_between = excluded.closest_between, details = excluded.details, reason = excluded.reason,
            settled_at = excluded.settled_at, revision = alert.revision + 1
          RETURNING *
        )
        INSERT INTO alert_change (seq, alert_id, change, at, learned_at, late, reason, alert)
        SELECT next_alert_change_seq(), id, ${draft.change}, ${date(draft.at)}, ${date(draft.learnedAt)}, ${draft.late}, ${draft.reason},
               alert_json(written::alert)
        FROM written
        RETURNING seq, change, at, learned_at, late, reason, by, note, alert`;
      changes.push(toChange(change!));
    }
    return changes;
  }

  /** Notes what moved without a change that people need to hear of. */
  async move(sql: Sql, moved: readonly AlertDraft[]): Promise<void> {
    for (const draft of moved) {
      const row = rowOf(draft);
      await sql.$executeRaw`
        UPDATE alert SET closest_m = ${row.closestM}, closest_at = ${row.closestAt}, closest_between = ${row.closestBetween},
          details = ${row.details}::jsonb, settled_at = ${row.settledAt}
        WHERE id = ${draft.alertId}::uuid`;
    }
  }
}

function stateAfter({ change, episode }: ChangeDraft): AlertState {
  if (change === 'retracted') return 'retracted';
  return episode.closedAt === null ? 'open' : 'closed';
}

/** An alert has a reason for how it ended; why it was amended stands with the change alone. */
function reasonAfter({ change, reason }: ChangeDraft): Reason | null {
  return change === 'amended' ? null : reason;
}

function rowOf({ about, place, episode, settledAt }: AlertDraft) {
  const { level, peak, openedAt, closedAt, closest, details } = episode;
  return {
    farm: about === 'farm' ? place : null,
    area: about === 'area' ? place : null,
    level,
    peak,
    openedAt: date(openedAt),
    closedAt: date(closedAt),
    closestM: closest?.m ?? null,
    closestAt: date(closest?.at ?? null),
    closestBetween: closest?.between ?? null,
    details: details === undefined ? null : JSON.stringify(details),
    settledAt: date(settledAt),
  };
}
