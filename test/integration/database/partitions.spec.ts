import pg from 'pg';
import { FixMonths } from '../../../src/database/partitions.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';

const march2008 = Date.parse('2008-03-31T23:59:59.999Z');

describe('the months of fix', () => {
  let test: TestDatabase;
  let pools: pg.Pool[];
  beforeEach(async () => {
    test = await createTestDatabase();
    pools = [1, 2].map(() => new pg.Pool({ connectionString: test.url, lock_timeout: 2_000 }));
  });
  afterEach(async () => {
    await Promise.all(pools.map((pool) => pool.end()));
    await test.drop();
  });

  const store = (at: number) =>
    pools[0]!
      .query(
        `INSERT INTO fix (collar_id, at, received_at, lon, lat, doubts, late) VALUES (1, $1, now(), 131, 43, 0, false)
     RETURNING tableoid::regclass::text AS table`,
        [new Date(at)],
      )
      .then(({ rows }) => (rows[0] as { table: string }).table);
  const tables = async () => {
    const { rows } = await pools[0]!.query<{ name: string }>(
      `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'fix'::regclass ORDER BY name`,
    );
    return rows.map(({ name }) => name);
  };

  it('begin with this month and the next', async () => {
    const now = new Date();
    const next = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1));
    const nameOf = (date: Date) => `fix_${date.toISOString().slice(0, 7).replace('-', '_')}`;
    expect(await tables()).toEqual([nameOf(now), nameOf(next)]);
  });

  it('are made for a fix of 2008, to the millisecond of UTC', async () => {
    await expect(store(march2008)).rejects.toThrow('no partition');
    await test.database.ensureMonths([march2008]);
    expect(await store(march2008)).toBe('fix_2008_03');
    await expect(store(march2008 + 1)).rejects.toThrow('no partition');
    await test.database.ensureMonths([march2008 + 1]);
    expect(await store(march2008 + 1)).toBe('fix_2008_04');
  });

  it('have the key that makes a track an index-only scan', async () => {
    await test.database.ensureMonths([march2008]);
    const { rows } = await pools[0]!.query<{ indexdef: string }>(
      `SELECT indexdef FROM pg_indexes WHERE tablename = 'fix_2008_03'`,
    );
    expect(rows.map(({ indexdef }) => indexdef)).toContain(
      'CREATE UNIQUE INDEX fix_2008_03_pkey ON public.fix_2008_03 USING btree (collar_id, at) INCLUDE (lon, lat, doubts)',
    );
    // And those of cells and of receipt.
    expect(rows).toHaveLength(3);
  });

  it('are made once by servers that need them at once', async () => {
    const servers = pools.map((pool) => new FixMonths(pool));
    const years = (first: number) => Array.from({ length: 30 }, (_, month) => Date.UTC(first, month, 15));
    await Promise.all(servers.flatMap((server) => [server.ensure(years(2007)), server.ensure(years(2008).reverse())]));
    expect((await tables()).filter((name) => name < 'fix_2020')).toHaveLength(42);
  });

  it('are made while others read and write fixes', async () => {
    await test.database.ensureMonths([march2008]);
    const busy = await pools[1]!.connect();
    await busy.query('BEGIN');
    await busy.query('SELECT count(*) FROM fix');
    await busy.query(
      `INSERT INTO fix (collar_id, at, received_at, lon, lat, doubts, late) VALUES (1, '2008-03-01Z', now(), 0, 0, 0, false)`,
    );
    await new FixMonths(pools[0]!).ensure([Date.UTC(2009, 0)]);
    await busy.query('COMMIT');
    busy.release();
    expect(await tables()).toContain('fix_2009_01');
  });

  it('are asked for only once', async () => {
    const months = new FixMonths(pools[0]!);
    await months.ensure([march2008]);
    await pools[0]!.query('DROP TABLE fix_2008_03');
    await months.ensure([march2008, march2008 - 1]);
    expect(await tables()).not.toContain('fix_2008_03');
  });

  it('reach from year 1 to 9999, and no further', async () => {
    const early = Date.parse('0001-01-01T00:00:00Z');
    await test.database.ensureMonths([early, Date.UTC(9999, 10)]);
    expect(await store(early)).toBe('fix_0001_01');
    await expect(test.database.ensureMonths([early - 1])).rejects.toThrow(RangeError);
    await expect(test.database.ensureMonths([Date.UTC(300_000, 0)])).rejects.toThrow(RangeError);
    await expect(test.database.ensureMonths([NaN])).rejects.toThrow(RangeError);
  });
});
