import type pg from 'pg';
import { LOCK_SPACE } from './migrations.ts';

const PARTITION_LOCK = 3;

/**
 * The monthly tables of `fix`, by UTC month of `at`, made as they are needed: for next month as for an import of 2008.
 * There is no default one that would fill silently.
 */
export class FixMonths {
  readonly #pool: pg.Pool;
  /** Months that are known to be there, as year × 12 + month. Tables of fixes are never dropped, so it only grows. */
  readonly #known = new Set<number>();

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /**
   * Makes sure that a fix of each of these times can be stored. Call it before the transaction that stores them, never in
   * it: it commits on a connection of its own. Costs nothing when the months are known.
   *
   * @param times milliseconds since 1970, years 1 to 9999
   * @throws RangeError for another year
   */
  async ensure(times: Iterable<number>): Promise<void> {
    let missing: Set<number> | undefined;
    // Fixes come mostly in runs of one month: only the first of a run is taken apart.
    let from = Infinity;
    let until = -Infinity;
    for (const time of times) {
      if (time >= from && time < until) continue;
      const month = monthOf(time);
      from = startOf(month);
      until = startOf(month + 1);
      if (!this.#known.has(month)) (missing ??= new Set()).add(month);
    }
    if (missing) await this.#make([...missing].sort((a, b) => a - b));
  }

  async #make(months: readonly number[]): Promise<void> {
    const client = await this.#pool.connect();
    try {
      await client.query('BEGIN');
      await client.query('SELECT pg_advisory_xact_lock($1, $2)', [LOCK_SPACE, PARTITION_LOCK]);
      for (const month of months) await makeMonth(client, month);
      await client.query('COMMIT');
      client.release();
    } catch (error) {
      // Closing the connection undoes whatever was begun, also when it cannot be asked to.
      client.release(true);
      throw error;
    }
    for (const month of months) this.#known.add(month);
  }
}

/** Made apart and then attached: that waits for no reader and no writer of `fix`, as CREATE … PARTITION OF would. */
async function makeMonth(client: pg.PoolClient, month: number): Promise<void> {
  const name = tableOf(month);
  const found = await client.query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [name]);
  if (found.rows[0]?.there) return;
  // The text is built of integers alone.
  await client.query(`CREATE TABLE ${name} (LIKE fix INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE)`);
  await client.query(
    `ALTER TABLE fix ATTACH PARTITION ${name} FOR VALUES FROM ('${iso(month)}') TO ('${iso(month + 1)}')`,
  );
}

function monthOf(time: number): number {
  const date = new Date(time);
  const year = date.getUTCFullYear();
  if (!(year >= 1 && year <= 9999)) throw new RangeError(`no month for time ${time}`);
  return year * 12 + date.getUTCMonth();
}

/** Milliseconds since 1970 at which the month begins. setUTCFullYear, for Date.UTC takes the year 10 for 1910. */
function startOf(month: number): number {
  return new Date(0).setUTCFullYear(Math.floor(month / 12), month % 12, 1);
}

const two = (value: number) => String(value).padStart(2, '0');
const four = (value: number) => String(value).padStart(4, '0');
const tableOf = (month: number) => `fix_${four(Math.floor(month / 12))}_${two((month % 12) + 1)}`;
const iso = (month: number) => `${four(Math.floor(month / 12))}-${two((month % 12) + 1)}-01 00:00:00+00`;
