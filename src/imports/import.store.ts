import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.ts';
import type { ImportJob, ImportOptions, ImportState, Progress } from './import-job.ts';
import type { Report, RowProblem } from './survey-report.ts';

interface JobRow {
  id: string;
  name: string;
  by: string;
  created_at: Date;
  state: ImportState;
  wanted: boolean;
  options: ImportOptions;
  bytes: bigint;
  progress: Progress;
  report: Report | null;
  problem: string | null;
  ended_at: Date | null;
}

function toJob(row: JobRow): ImportJob {
  const { id, name, by, state, wanted, options, progress, report, problem } = row;
  const [createdAt, endedAt, bytes] = [row.created_at.getTime(), row.ended_at?.getTime() ?? null, Number(row.bytes)];
  return { id, name, by, createdAt, state, wanted, options, bytes, progress, report, problem, endedAt };
}

/** A step in the life of an import. What is not named stays. */
export interface Step {
  readonly state: ImportState;
  readonly wanted: boolean;
  readonly report?: Report;
  readonly picture?: string;
  readonly progress?: Progress;
  readonly problem?: string | null;
  readonly endedAt?: Date;
}

/** Imports and their problems. */
@Injectable()
export class ImportStore {
  constructor(private readonly database: Database) {}

  async create(job: Pick<ImportJob, 'id' | 'name' | 'by' | 'options' | 'bytes' | 'progress'>, at: Date): Promise<void> {
    const { id, name, by, options, bytes, progress } = job;
    await this.database.client.$executeRaw`
      INSERT INTO import_job (id, name, by, created_at, state, wanted, options, bytes, progress)
      VALUES (${id}::uuid, ${name}, ${by}, ${at}, 'received', true, ${JSON.stringify(options)}::jsonb, ${bytes}::bigint,
              ${JSON.stringify(progress)}::jsonb)`;
  }

  async find(id: string): Promise<ImportJob | null> {
    const [row] = await this.database.client.$queryRaw<JobRow[]>`
      SELECT id::text, name, by, created_at, state, wanted, options, bytes, progress, report, problem, ended_at
      FROM import_job WHERE id = ${id}::uuid`;
    return row ? toJob(row) : null;
  }

  /** Newest first, without their reports, which may be long. */
  async list(before: string | null, limit: number): Promise<ImportJob[]> {
    const rows = await this.database.client.$queryRaw<JobRow[]>`
      SELECT id::text, name, by, created_at, state, wanted, options, bytes, progress, NULL AS report, problem, ended_at
      FROM import_job
      WHERE ${before}::uuid IS NULL OR (created_at, id) < (SELECT created_at, id FROM import_job WHERE id = ${before}::uuid)
      ORDER BY created_at DESC, id DESC LIMIT ${limit}`;
    return rows.map(toJob);
  }

  /** Those whose check or storing is still to be done, in the order they came. */
  async wanted(): Promise<{ id: string; state: ImportState }[]> {
    return this.database.client.$queryRaw<{ id: string; state: ImportState }[]>`
      SELECT id::text, state FROM import_job WHERE wanted AND state IN ('received', 'running') ORDER BY created_at, id`;
  }

  async picture(id: string): Promise<string | null> {
    const [row] = await this.database.client.$queryRaw<{ picture: string | null }[]>`
      SELECT picture FROM import_job WHERE id = ${id}::uuid`;
    return row?.picture ?? null;
  }

  /**
   * Takes an import from one of these states on.
   *
   * @returns false: it was in none of them, and nothing has changed
   */
  async step(id: string, from: readonly ImportState[], to: Step): Promise<boolean> {
    const json = (value: unknown) => (value === undefined ? null : JSON.stringify(value));
    const forget = to.problem === null;
    const changed = await this.database.client.$executeRaw`
      UPDATE import_job SET state = ${to.state}, wanted = ${to.wanted},
        report = coalesce(${json(to.report)}::jsonb, report), picture = coalesce(${to.picture ?? null}, picture),
        progress = coalesce(${json(to.progress)}::jsonb, progress),
        problem = CASE WHEN ${forget}::boolean THEN NULL ELSE coalesce(${to.problem ?? null}, problem) END,
        ended_at = ${to.endedAt ?? null}::timestamptz
      WHERE id = ${id}::uuid AND state = ANY(${[...from]}::text[])`;
    return changed > 0;
  }

  /**
   * Notes how far the storing is; the last group of one that was cancelled as well.
   *
   * @returns false: it is not running any more
   */
  async saveProgress(id: string, progress: Progress): Promise<boolean> {
    const rows = await this.database.client.$queryRaw<{ state: ImportState }[]>`
      UPDATE import_job SET progress = ${JSON.stringify(progress)}::jsonb
      WHERE id = ${id}::uuid AND state IN ('running', 'cancelled') RETURNING state`;
    return rows[0]?.state === 'running';
  }

  async setOptions(id: string, options: ImportOptions): Promise<void> {
    await this.database.client.$executeRaw`
      UPDATE import_job SET options = ${JSON.stringify(options)}::jsonb WHERE id = ${id}::uuid`;
  }

  /** Keeps problems of rows; one that is known already stays as it is. */
  async addProblems(id: string, problems: readonly RowProblem[]): Promise<void> {
    await this.database.client.$executeRaw`
      INSERT INTO import_problem (import_id, line, kind, place, expected)
      SELECT ${id}::uuid, line, kind, "column", expected
      FROM json_to_recordset(${JSON.stringify(problems)}::json) AS p(line integer, kind text, "column" text, expected text)
      ON CONFLICT DO NOTHING`;
  }

  /** In the order of their lines, those after one of them. */
  async problems(id: string, after: { line: number; kind: string }, limit: number): Promise<RowProblem[]> {
    return this.database.client.$queryRaw<RowProblem[]>`
      SELECT line, kind, place AS "column", expected FROM import_problem
      WHERE import_id = ${id}::uuid AND (line, kind) > (${after.line}::integer, ${after.kind})
      ORDER BY line, kind LIMIT ${limit}`;
  }

  async remove(id: string): Promise<boolean> {
    const removed = await this.database.client.$executeRaw`
      DELETE FROM import_job WHERE id = ${id}::uuid AND NOT (state = 'running' AND wanted)`;
    return removed > 0;
  }

  /** Imports that ended, or were checked and never started, before a moment. */
  async endedBefore(at: Date): Promise<string[]> {
    const rows = await this.database.client.$queryRaw<{ id: string }[]>`
      UPDATE import_job
      SET state = CASE WHEN state = 'checked' THEN 'cancelled' ELSE state END,
          problem = CASE WHEN state = 'checked' THEN 'it was not started in time; its file is removed' ELSE problem END,
          ended_at = coalesce(ended_at, ${at})
      WHERE NOT wanted AND coalesce(ended_at, created_at) < ${at}
      RETURNING id::text`;
    return rows.map(({ id }) => id);
  }

  /** Whether a collar has any fix at all. */
  async hasFixes(collarId: number): Promise<boolean> {
    const [row] = await this.database.client.$queryRaw<[{ has: boolean }]>`
      SELECT EXISTS (SELECT FROM fix WHERE collar_id = ${collarId}) AS has`;
    return row.has;
  }
}
