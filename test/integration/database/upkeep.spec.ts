import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { readMonths, type FixMonth } from '../../../src/database/months.ts';
import { sealMonth } from '../../../src/database/sealing.ts';
import { UpkeepBusy, withUpkeep } from '../../../src/database/upkeep.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';

const MAY = Date.parse('2019-05-01T00:00:00Z');
const COLLARS = 40;
const ROWS = 20_000;

describe('sealing a month', () => {
  let test: TestDatabase;
  let client: pg.Client;
  beforeEach(async () => {
    test = await createTestDatabase();
    client = new pg.Client({ connectionString: test.url, options: '-c timezone=UTC' });
    await client.connect();
    await test.database.ensureMonths([MAY]);
    await store(0, ROWS);
  });
  afterEach(async () => {
    await client.end();
    await test.drop();
  });

  /** Collars in turn, as live traffic comes. */
  const store = (from: number, to: number, month = '2019-05-01') =>
    client.query(
      `INSERT INTO fix (collar_id, at, received_at, lon, lat, doubts, late, alt_m, device_seq, extra)
       SELECT n % ${COLLARS}, $3::timestamptz + n * interval '100 seconds', $3::timestamptz + n * interval '100 seconds', 131 + n / 1e6, 43,
         n % 7, false, n / 10.0, n, CASE WHEN n % 3 = 0 THEN jsonb_build_object('n', n) END
       FROM generate_series($1::int, $2::int - 1) AS n`,
      [from, to, month],
    );
  const all = async () => {
    const { rows } = await client.query<{ text: string }>('SELECT fix::text AS text FROM fix ORDER BY collar_id, at');
    return rows.map(({ text }) => text);
  };
  const may = async (on: pg.ClientBase = client): Promise<FixMonth> =>
    (await readMonths(on)).find(({ month }) => month === '2019-05')!;
  const seal = () => withUpkeep(test.url, async (own) => sealMonth(own, await may(own)));
  const tables = async () => {
    const { rows } = await client.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relname LIKE 'fix\\_2019%' ORDER BY relname`,
    );
    return rows.map(({ name }) => name);
  };

  it('keeps every row, in the order of the key, in fewer bytes', async () => {
    const before = await all();
    const sealed = await seal();
    expect(sealed).toMatchObject({ month: '2019-05', rows: ROWS });
    expect(sealed.bytesAfter).toBeLessThan(0.85 * sealed.bytesBefore);
    expect(await all()).toEqual(before);
    const { rows } = await client.query<{ sorted: boolean }>(
      `SELECT bool_and(ordered) AS sorted FROM (
         SELECT (collar_id, at) > lag((collar_id, at)) OVER (ORDER BY ctid) IS NOT FALSE AS ordered FROM fix_2019_05) f`,
    );
    expect(rows[0]!.sorted).toBe(true);
    expect((await may()).sealed).toMatchObject({ bytes: sealed.bytesAfter });
  });

  it('leaves a month that is like every other: its table, its indexes, its ends', async () => {
    await test.database.ensureMonths([Date.parse('2019-06-01T00:00:00Z')]);
    const shape = async (table: string) => {
      const indexes = await client.query<{ parent: string; valid: boolean }>(
        `SELECT i.inhparent::regclass::text AS parent, indisvalid AS valid FROM pg_index
         LEFT JOIN pg_inherits AS i ON i.inhrelid = indexrelid WHERE indrelid = $1::regclass ORDER BY 1`,
        [table],
      );
      const checks = await client.query('SELECT FROM pg_constraint WHERE conrelid = $1::regclass AND contype = $2', [
        table,
        'c',
      ]);
      const columns = await client.query(
        `SELECT attname, atttypid, atttypmod, attnotnull, attstorage FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0`,
        [table],
      );
      return { indexes: indexes.rows, checks: checks.rowCount, columns: columns.rows };
    };
    await seal();
    expect(await shape('fix_2019_05')).toEqual(await shape('fix_2019_06'));
    expect(await tables()).toEqual([
      ...['fix_2019_05', 'fix_2019_05_cell', 'fix_2019_05_pkey', 'fix_2019_05_received'],
      ...(await tables()).filter((name) => name.startsWith('fix_2019_06')),
    ]);
    await expect(store(0, 1)).rejects.toThrow('duplicate key');
    await expect(store(40_000, 40_001, '2019-05-20')).rejects.toThrow('no partition');
  });

  it('reads tracks from the key alone afterwards', async () => {
    await seal();
    await client.query('SET enable_seqscan = off; SET enable_bitmapscan = off');
    const plan = async () => {
      const { rows } = await client.query<{ 'QUERY PLAN': { Plan: Record<string, unknown> }[] }>(
        `EXPLAIN (ANALYZE, FORMAT JSON) SELECT at, lon, lat FROM fix WHERE collar_id = 7 AND at >= '2019-05-01' AND at < '2019-06-01' ORDER BY at`,
      );
      return rows[0]!['QUERY PLAN'][0]!.Plan;
    };
    // Somebody who looked at the old rows all the while, the database's own statistics for one, leaves the new ones unmarked for now.
    for (let turn = 0; turn < 20 && (await plan())['Heap Fetches'] !== 0; turn++) {
      await sleep(250);
      await seal();
    }
    expect(await plan()).toMatchObject({ 'Node Type': 'Index Only Scan', 'Heap Fetches': 0 });
  });

  it('takes along what is stored, late or reconsidered while it works', async () => {
    const writer = new pg.Client({ connectionString: test.url });
    await writer.connect();
    // Begun before the copy is made and committed after: the copy cannot see it.
    await writer.query('BEGIN');
    await writer.query(
      `INSERT INTO fix (collar_id, at, received_at, lon, lat, doubts, late) VALUES (900, '2019-05-09 10:00Z', now(), 1, 2, 0, true)`,
    );
    await writer.query(`UPDATE fix SET doubts = 32, reconsidered_at = now() WHERE collar_id = 7`);
    const sealing = seal();
    sealing.catch(() => undefined);
    await untilWaiting();
    await writer.query('COMMIT');
    await writer.end();
    const expected = await all();
    await expect(sealing).resolves.toMatchObject({ rows: ROWS + 1 });
    expect(await all()).toEqual(expected);
    const { rows } = await client.query('SELECT DISTINCT doubts FROM fix WHERE collar_id IN (7, 900) ORDER BY doubts');
    expect(rows).toEqual([{ doubts: 0 }, { doubts: 32 }]);
  });

  /** Until the copy is made and wants the place of the month. */
  const untilWaiting = async () => {
    for (let tries = 0; tries < 3_000; tries++) {
      const { rowCount } = await client.query(
        `SELECT FROM pg_stat_activity WHERE query LIKE 'LOCK TABLE%' AND wait_event_type = 'Lock' AND datname = current_database()`,
      );
      if (rowCount) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error('sealing does not come to its lock');
  };

  it('gives way to who holds a month for long, leaves it as it is, and seals it the next time', async () => {
    const reader = new pg.Client({ connectionString: test.url });
    await reader.connect();
    await reader.query('BEGIN');
    await reader.query('SELECT count(*) FROM fix');
    await expect(seal()).rejects.toMatchObject({ code: '55P03' });
    expect((await may()).sealed).toBeNull();
    expect((await tables()).filter((name) => name.includes('sealing'))).toEqual([]);
    await reader.query('COMMIT');
    await reader.end();
    await expect(seal()).resolves.toMatchObject({ rows: ROWS });
  });

  it('killed at any moment loses nothing and is done anew', async () => {
    const before = await all();
    for (const delayMs of [5, 40, 80, 120, 160]) {
      const sealing = seal().catch((error: unknown) => error);
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      await client.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'collarwatch upkeep' AND datname = current_database()`,
      );
      await sealing;
      expect(await all()).toEqual(before);
    }
    await seal();
    expect(await all()).toEqual(before);
    expect((await tables()).filter((name) => name.includes('sealing'))).toEqual([]);
  });

  it('is done by one at a time', async () => {
    await withUpkeep(test.url, async () => {
      await expect(withUpkeep(test.url, () => Promise.resolve())).rejects.toBeInstanceOf(UpkeepBusy);
    });
  });
});
