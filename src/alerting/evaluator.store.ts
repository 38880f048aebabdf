import { Injectable } from '@nestjs/common';
import { Database, type Sql } from '../database/database.ts';
import { type DoubtChange, encodeDoubts } from '../domain/batch.ts';
import type { AlertChange, Reason } from '../domain/alert/alert.ts';
import type { EpochMs } from '../domain/fix.ts';
import type { Draft, RuleMemory, Subject } from './draft.ts';
import { TellingStore } from './telling.store.ts';

const CURSOR = 'reader:alerting';

/** Another process judged meanwhile: what this one holds in memory is old. */
export class CursorMoved extends Error {
  override readonly name = 'CursorMoved';
}

/** How far the log has been judged, and how often judging has been committed: who held an older turn holds old memories. */
export interface Standing {
  readonly seq: number;
  readonly turn: number;
}

/** An edit of the registry that makes past judgements stale. */
export interface Edit {
  readonly id: number;
  readonly animal: string | null;
  readonly since: EpochMs | null;
  readonly farm: string | null;
  readonly area: string | null;
  readonly rule: string | null;
  readonly reason: Reason;
}

interface EditRow {
  id: bigint;
  animal_id: string | null;
  since: Date | null;
  farm_id: string | null;
  area_id: string | null;
  rule: string | null;
  reason: Reason;
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
    private readonly telling: TellingStore,
  ) {}

  /** How far the log has been judged. The first evaluator of a database begins at the log's beginning. */
  async standing(): Promise<Standing> {
    await this.database.client.$executeRaw`INSERT INTO cursor (name, seq) VALUES (${CURSOR}, 0) ON CONFLICT DO NOTHING`;
    const [row] = await this.database.client.$queryRaw<
      { seq: bigint; turn: bigint }[]
    >`SELECT seq, turn FROM cursor WHERE name = ${CURSOR}`;
    return { seq: Number(row?.seq ?? 0), turn: Number(row?.turn ?? 0) };
  }

  async memories(): Promise<RuleMemory[]> {
    const rows = await this.database.client.$queryRaw<
      { rule: string; animal: string; place: string; state: Pick<RuleMemory, 'state' | 'episode' | 'alertId'> }[]
    >`
      SELECT rule, animal_id AS animal, subject AS place, state FROM rule_state`;
    return rows.map(({ rule, animal, place, state }) => ({ rule, animal, place, ...state }));
  }

  /** Edits that are not judged yet, of those that a registry of this version has in it; oldest first. */
  async edits(registryVersion: number): Promise<Edit[]> {
    const rows = await this.database.client.$queryRaw<EditRow[]>`
      SELECT id, animal_id, since, farm_id, area_id, rule, reason FROM rejudging
      WHERE registry_version <= ${registryVersion} ORDER BY id LIMIT 1000`;
    return rows.map(({ id, animal_id, since, farm_id, area_id, rule, reason }) => ({
      id: Number(id),
      animal: animal_id,
      since: since?.getTime() ?? null,
      farm: farm_id,
      area: area_id,
      rule,
      reason,
    }));
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
      const { from, to, turn } = draft.cursor;
      const moved = await sql.$executeRaw`
        UPDATE cursor SET seq = ${to}, turn = turn + 1 WHERE name = ${CURSOR} AND seq = ${from} AND turn = ${turn}`;
      if (moved !== 1) throw new CursorMoved('another process has judged on');
      if (draft.edits.length > 0)
        await sql.$executeRaw`DELETE FROM rejudging WHERE id = ANY (${[...draft.edits]}::bigint[])`;
      const changes = await this.telling.append(sql, draft.changes, draft.judgedAt);
      await this.telling.move(sql, draft.moved);
      await this.remember(sql, draft.memories);
      await this.forget(sql, draft.forgotten);
      return { changes, doubts: await this.doubt(sql, draft.doubts) };
    });
  }

  /**
   * Moves the cursor over batches that changed nothing. Judging them again would say the same nothing, so this commit need not
   * wait for the disk.
   */
  private async moveCursor({ from, to, turn }: Draft['cursor']): Promise<void> {
    const moved = await this.database.client.$executeRaw`
      WITH unhurried AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
      UPDATE cursor SET seq = ${to}, turn = turn + 1 FROM unhurried WHERE name = ${CURSOR} AND seq = ${from} AND turn = ${turn}`;
    if (moved !== 1) throw new CursorMoved('another process has judged on');
  }

  private async remember(sql: Sql, memories: readonly RuleMemory[]): Promise<void> {
    if (memories.length === 0) return;
    const rows = JSON.stringify(memories.map(({ rule, animal, place, ...state }) => ({ rule, animal, place, state })));
    await sql.$executeRaw`
      INSERT INTO rule_state (rule, animal_id, subject, state)
      SELECT rule, animal, place, state FROM json_to_recordset(${rows}::json) AS m(rule text, animal text, place text, state jsonb)
      ON CONFLICT ON CONSTRAINT rule_state_pkey DO UPDATE SET state = excluded.state`;
  }

  private async forget(sql: Sql, subjects: readonly Subject[]): Promise<void> {
    if (subjects.length === 0) return;
    await sql.$executeRaw`
      DELETE FROM rule_state USING json_to_recordset(${JSON.stringify(subjects)}::json) AS s(rule text, animal text, place text)
      WHERE rule_state.rule = s.rule AND animal_id = animal AND subject = place`;
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
        UPDATE fix SET doubts = change.doubts, reconsidered_at = clock_timestamp() FROM change
        WHERE fix.collar_id = change.collar_id AND fix.at = change.at RETURNING 1
      )
      INSERT INTO batch (seq, committed_at, kind, body)
      SELECT next_batch_seq(count(*)), clock_timestamp(), 'doubts', ${body} FROM changed
      RETURNING seq, committed_at`;
    return row ? { seq: Number(row.seq), committedAt: row.committed_at.getTime() } : null;
  }
}

function isSilent({ changes, moved, memories, forgotten, doubts, edits }: Draft): boolean {
  return [changes, moved, memories, forgotten, doubts, edits].every((part) => part.length === 0);
}
