import { Injectable } from '@nestjs/common';
import { Database, type Sql } from '../database/database.ts';
import { type DoubtChange, encodeDoubts } from '../domain/batch.ts';
import type { AlertChange } from '../domain/alert/alert.ts';
import type { EpochMs, Fix } from '../domain/fix.ts';
import { doubtBit } from '../domain/quality/doubt.ts';
import { AlertStore } from './alert.store.ts';
import type { Draft, RuleMemory, Subject } from './draft.ts';

const CURSOR = 'reader:alerting';
const UNCONFIRMED = doubtBit('unconfirmed');

/** Another process judged meanwhile: what this one holds in memory is old. */
export class CursorMoved extends Error {
  override readonly name = 'CursorMoved';
}

/** A stored fix, as far as judging needs it. */
export type StoredFix = Pick<Fix, 'collarId' | 'at' | 'lon' | 'lat' | 'doubts' | 'accuracyM' | 'hdop'>;

interface FixRow {
  animal_id: string;
  collar_id: number;
  at: Date;
  lon: number;
  lat: number;
  doubts: number;
  accuracy_m: number | null;
  hdop: number | null;
}

/** What a pass that was committed did to the logs. */
export interface CommittedDraft {
  readonly changes: readonly AlertChange[];
  readonly doubts: { readonly seq: number; readonly committedAt: EpochMs } | null;
}

/** The evaluator's cursor and memory, committed with what came of them. */
@Injectable()
export class EvaluatorStore {
  constructor(
    private readonly database: Database,
    private readonly alerts: AlertStore,
  ) {}

  /** How far the log has been judged. The first evaluator of a database begins at the log's beginning. */
  async cursor(): Promise<number> {
    await this.database.client.$executeRaw`INSERT INTO cursor (name, seq) VALUES (${CURSOR}, 0) ON CONFLICT DO NOTHING`;
    const [row] = await this.database.client.$queryRaw<
      { seq: bigint }[]
    >`SELECT seq FROM cursor WHERE name = ${CURSOR}`;
    return Number(row?.seq ?? 0);
  }

  async memories(): Promise<RuleMemory[]> {
    const rows = await this.database.client.$queryRaw<
      { rule: string; animal: string; farm: string; state: Pick<RuleMemory, 'state' | 'alertId'> }[]
    >`
      SELECT rule, animal_id AS animal, subject AS farm, state FROM rule_state`;
    return rows.map(({ rule, animal, farm, state }) => ({ rule, animal, farm, ...state }));
  }

  /**
   * Of each animal the newest trusted fix before a moment, and the unconfirmed one after it if there is one: where judging
   * goes on. In the order of time.
   */
  async lastFixes(before: ReadonlyMap<string, EpochMs>): Promise<Map<string, StoredFix[]>> {
    const asked = JSON.stringify([...before].map(([animal, at]) => ({ animal, at })));
    const rows = await this.database.client.$queryRaw<FixRow[]>`
      WITH asked AS (
        SELECT animal, to_timestamp(at / 1000) AS before FROM json_to_recordset(${asked}::json) AS a(animal text, at double precision)
      )
      SELECT animal AS animal_id, last.* FROM asked
      CROSS JOIN LATERAL (
        SELECT found.* FROM deployment
        CROSS JOIN LATERAL (
          SELECT collar_id, at, lon, lat, doubts, accuracy_m, hdop FROM fix
          WHERE fix.collar_id = deployment.collar_id AND at < before AND at >= starts_at AND at < coalesce(ends_at, 'infinity')
            AND doubts IN (0, ${UNCONFIRMED}::smallint)
          ORDER BY at DESC LIMIT 2
        ) AS found
        WHERE deployment.animal_id = animal
        ORDER BY at DESC, collar_id DESC LIMIT 2
      ) AS last`;
    const byAnimal = new Map<string, StoredFix[]>();
    for (const row of rows.reverse()) {
      const fixes = byAnimal.get(row.animal_id) ?? [];
      fixes.push(toFix(row));
      byAnimal.set(row.animal_id, fixes);
    }
    return byAnimal;
  }

  /**
   * Commits a pass: cursor, changes, memory and doubts together.
   *
   * @throws CursorMoved when another process has moved the cursor; then nothing is committed
   */
  async commit(draft: Draft): Promise<CommittedDraft> {
    if (isSilent(draft)) {
      await this.moveCursor(draft.cursor);
      return { changes: [], doubts: null };
    }
    return this.database.transaction(async (sql) => {
      const { from, to } = draft.cursor;
      const moved = await sql.$executeRaw`UPDATE cursor SET seq = ${to} WHERE name = ${CURSOR} AND seq = ${from}`;
      if (moved !== 1) throw new CursorMoved('another process has judged on');
      await this.alerts.move(sql, draft.moved);
      const changes = await this.alerts.append(sql, draft.changes);
      await this.remember(sql, draft.memories);
      await this.forget(sql, draft.forgotten);
      return { changes, doubts: await this.doubt(sql, draft.doubts) };
    });
  }

  /**
   * Moves the cursor over batches that changed nothing. Judging them again would say the same nothing, so this commit need not
   * wait for the disk.
   */
  private async moveCursor({ from, to }: Draft['cursor']): Promise<void> {
    const moved = await this.database.client.$executeRaw`
      WITH unhurried AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
      UPDATE cursor SET seq = ${to} FROM unhurried WHERE name = ${CURSOR} AND seq = ${from}`;
    if (moved !== 1) throw new CursorMoved('another process has judged on');
  }

  private async remember(sql: Sql, memories: readonly RuleMemory[]): Promise<void> {
    if (memories.length === 0) return;
    const rows = JSON.stringify(
      memories.map(({ rule, animal, farm, state, alertId }) => ({ rule, animal, farm, state: { state, alertId } })),
    );
    await sql.$executeRaw`
      INSERT INTO rule_state (rule, animal_id, subject, state)
      SELECT rule, animal, farm, state FROM json_to_recordset(${rows}::json) AS m(rule text, animal text, farm text, state jsonb)
      ON CONFLICT ON CONSTRAINT rule_state_pkey DO UPDATE SET state = excluded.state`;
  }

  private async forget(sql: Sql, subjects: readonly Subject[]): Promise<void> {
    if (subjects.length === 0) return;
    await sql.$executeRaw`
      DELETE FROM rule_state USING json_to_recordset(${JSON.stringify(subjects)}::json) AS s(rule text, animal text, farm text)
      WHERE rule_state.rule = s.rule AND animal_id = animal AND subject = farm`;
  }

  /** Writes changed doubts back, and as an entry of the log, so that maps and histories hear of it. */
  private async doubt(sql: Sql, changes: readonly DoubtChange[]): Promise<CommittedDraft['doubts']> {
    if (changes.length === 0) return null;
    const body = encodeDoubts(changes);
    const [row] = await sql.$queryRaw<{ seq: bigint; committed_at: Date }[]>`
      WITH change AS (
        SELECT (c->>0)::integer AS collar_id, to_timestamp((c->>1)::float8 / 1000)::timestamptz(3) AS at, (c->>2)::smallint AS doubts
        FROM json_array_elements(${body}::json) AS c
      ), changed AS (
        UPDATE fix SET doubts = change.doubts FROM change
        WHERE fix.collar_id = change.collar_id AND fix.at = change.at RETURNING 1
      )
      INSERT INTO batch (seq, committed_at, kind, body)
      SELECT next_batch_seq(count(*)), clock_timestamp(), 'doubts', ${body} FROM changed
      RETURNING seq, committed_at`;
    return row ? { seq: Number(row.seq), committedAt: row.committed_at.getTime() } : null;
  }
}

function isSilent({ changes, moved, memories, forgotten, doubts }: Draft): boolean {
  return [changes, moved, memories, forgotten, doubts].every((part) => part.length === 0);
}

function toFix({ collar_id, at, lon, lat, doubts, accuracy_m, hdop }: FixRow): StoredFix {
  return {
    collarId: collar_id,
    at: at.getTime(),
    lon,
    lat,
    doubts,
    ...(accuracy_m === null ? {} : { accuracyM: accuracy_m }),
    ...(hdop === null ? {} : { hdop }),
  };
}
