import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.ts';
import { encodeFixes } from '../domain/batch.ts';
import type { EpochMs, Fix } from '../domain/fix.ts';
import type { DeadLetter } from './dead-letter.ts';
import type { IncomingAttempt } from './decoder.ts';

/** What became of fixes that were committed. */
export interface Committed {
  /** The entry of the log; null when nothing was new. */
  readonly seq: number | null;
  readonly committedAt: EpochMs;
  /** Indexes, in the order given, of fixes whose collar already had a fix at that time. */
  readonly known: readonly number[];
}

interface CommitRow {
  seq: bigint | null;
  committed_at: Date | null;
  known: number[] | null;
}

@Injectable()
export class FixStore {
  constructor(private readonly database: Database) {}

  /**
   * Stores fixes and their entry of the log in one statement from one parameter, so in one commit. Keys must be distinct.
   *
   * The lock of the log is taken when the rows are written (`next_batch_seq` needs their count), so that commits side by side
   * wait for each other only where they must. Only what was not new is told apart: answering every row halves the rate.
   */
  async commit(fixes: readonly Fix[]): Promise<Committed> {
    await this.database.ensureMonths(fixes.map((fix) => fix.at));
    const rows = encodeFixes(fixes);
    const [row] = await this.database.client.$queryRaw<CommitRow[]>`
      WITH given AS (SELECT ${rows}::text AS rows),
      input AS MATERIALIZED (
        SELECT f.* FROM given, json_to_recordset(given.rows::json) AS f(
          c integer, t double precision, r double precision, lo double precision, la double precision, d smallint,
          l boolean, sa smallint, al real, ac real, h real, sp real, he real, te real, ba real, av real, n bigint, x jsonb)
      ),
      new AS (
        INSERT INTO fix (collar_id, at, received_at, lon, lat, doubts, late, satellites, alt_m, accuracy_m, hdop,
                         speed_mps, heading_deg, temperature_c, battery_v, activity, device_seq, extra)
        SELECT c, to_timestamp(t / 1000), to_timestamp(r / 1000), lo, la, d, l, sa, al, ac, h, sp, he, te, ba, av, n, x
        FROM input
        ON CONFLICT DO NOTHING
        RETURNING collar_id, at
      ),
      counted AS (SELECT count(*) AS n FROM new),
      logged AS (
        INSERT INTO batch (seq, committed_at, kind, body)
        SELECT next_batch_seq(counted.n), clock_timestamp(), 'fixes',
               CASE WHEN counted.n = ${fixes.length}::bigint THEN given.rows ELSE (
                 SELECT json_agg(row ORDER BY place)::text
                 FROM json_array_elements(given.rows::json) WITH ORDINALITY AS element(row, place)
                 JOIN new ON new.collar_id = (row->>'c')::integer AND new.at = to_timestamp((row->>'t')::float8 / 1000)::timestamptz(3)
               ) END
        FROM given, counted WHERE counted.n > 0
        RETURNING seq, committed_at
      )
      SELECT (SELECT seq FROM logged), (SELECT committed_at FROM logged),
             CASE WHEN counted.n < ${fixes.length}::bigint THEN (
               SELECT json_agg(place - 1)
               FROM given, json_array_elements(given.rows::json) WITH ORDINALITY AS element(row, place)
               WHERE ((row->>'c')::integer, to_timestamp((row->>'t')::float8 / 1000)::timestamptz(3)) NOT IN (SELECT collar_id, at FROM new)
             ) END AS known
      FROM counted`;
    return {
      seq: row?.seq === null || row?.seq === undefined ? null : Number(row.seq),
      committedAt: row?.committed_at?.getTime() ?? 0,
      known: row?.known ?? [],
    };
  }

  /** Which of these fixes say something else than the stored fix of their collar and time: their indexes. */
  async conflicting(fixes: readonly Fix[]): Promise<number[]> {
    return (await this.held(fixes)).conflicting;
  }

  /** Of how many of these fixes the collar has one at that time already, and which of them say something else: their indexes. */
  async held(fixes: readonly Fix[]): Promise<{ count: number; conflicting: number[] }> {
    const [row] = await this.database.client.$queryRaw<[{ count: number; conflicting: number[] }]>`
      SELECT count(*)::integer AS count,
             coalesce(json_agg(place - 1 ORDER BY place) FILTER (
               WHERE (fix.lon, fix.lat, satellites, alt_m, accuracy_m, hdop, speed_mps, heading_deg, temperature_c, battery_v, activity, device_seq, extra)
                     IS DISTINCT FROM (lo, la, sa, al, ac, h, sp, he, te, ba, av, n, x)), '[]') AS conflicting
      FROM json_array_elements(${encodeFixes(fixes)}::json) WITH ORDINALITY AS element(row, place),
      LATERAL json_to_record(row) AS f(
          c integer, t double precision, lo double precision, la double precision,
          sa smallint, al real, ac real, h real, sp real, he real, te real, ba real, av real, n bigint, x jsonb)
      JOIN fix ON fix.collar_id = f.c AND fix.at = to_timestamp(f.t / 1000)::timestamptz(3)`;
    return row;
  }

  async storeAttempts(attempts: readonly IncomingAttempt[]): Promise<void> {
    const rows = JSON.stringify(
      attempts.map(({ collarId, at, receivedAt, extra }) => ({ c: collarId, t: at, r: receivedAt, x: extra })),
    );
    await this.database.client.$executeRaw`
      INSERT INTO failed_attempt (collar_id, at, received_at, extra)
      SELECT c, to_timestamp(t / 1000), to_timestamp(r / 1000), x
      FROM json_to_recordset(${rows}::json) AS a(c integer, t double precision, r double precision, x jsonb)
      ON CONFLICT DO NOTHING`;
  }

  /** Keeps dead letters; one that came before only counts up, so that a sender who repeats it does not fill the disk. */
  async storeLetters(letters: readonly DeadLetter[]): Promise<void> {
    const rows = JSON.stringify(
      letters.map((letter) => ({ ...letter, payload: Buffer.from(letter.payload).toString('base64') })),
    );
    await this.database.client.$executeRaw`
      INSERT INTO dead_letter (received_at, door, serial, reason, detail, payload, digest)
      SELECT DISTINCT ON (serial, reason, digest) to_timestamp("receivedAt" / 1000), door, serial, reason, detail, bytes, digest
      FROM json_to_recordset(${rows}::json) AS l("receivedAt" double precision, door text, serial text, reason text, detail text, payload text),
      LATERAL (SELECT decode(payload, 'base64') AS bytes) AS b,
      LATERAL (SELECT sha256(bytes) AS digest) AS s
      ORDER BY serial, reason, digest
      ON CONFLICT ON CONSTRAINT dead_letter_once DO UPDATE SET times = dead_letter.times + 1, resolved_at = NULL`;
  }

  /** The newest trusted fix of each animal: epoch milliseconds by animal. */
  async newestByAnimal(): Promise<Map<string, EpochMs>> {
    const rows = await this.database.client.$queryRaw<{ animal_id: string; at: Date }[]>`
      SELECT animal_id, max(newest.at) AS at
      FROM deployment
      CROSS JOIN LATERAL (
        SELECT at FROM fix
        WHERE collar_id = deployment.collar_id AND doubts = 0
          AND at >= starts_at AND at < coalesce(ends_at, 'infinity')
        ORDER BY at DESC LIMIT 1
      ) AS newest
      GROUP BY animal_id`;
    return new Map(rows.map(({ animal_id, at }) => [animal_id, at.getTime()]));
  }
}
