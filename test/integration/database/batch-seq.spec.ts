import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';

const WRITERS = 6;
const BATCHES = 25;
const insert = (seq: string) =>
  `INSERT INTO batch (seq, committed_at, kind, body) SELECT ${seq}, now(), 'fixes', '[]' RETURNING seq::int`;
const BARE = insert(`nextval('batch_seq')`);
const LOCKED = insert('next_batch_seq(1)');

/** What a reader of the log gets that moves its cursor to the last it saw. */
async function readPast(client: pg.Pool | pg.PoolClient, cursor: number): Promise<number[]> {
  const { rows } = await client.query<{ seq: number }>('SELECT seq::int FROM batch WHERE seq > $1 ORDER BY seq', [
    cursor,
  ]);
  return rows.map(({ seq }) => seq);
}

describe('the seq of batches', () => {
  let test: TestDatabase;
  let pool: pg.Pool;
  let [first, second]: (pg.PoolClient | undefined)[] = [];
  beforeEach(async () => {
    test = await createTestDatabase();
    pool = new pg.Pool({ connectionString: test.url, max: WRITERS + 2 });
    [first, second] = [await pool.connect(), await pool.connect()];
  });
  afterEach(async () => {
    first?.release();
    second?.release();
    await pool.end();
    await test.drop();
  });

  /** The first writer takes its number; the second takes the next one and tries to commit before it. */
  async function overlap(statement: string) {
    await first!.query('BEGIN');
    await first!.query(statement);
    await second!.query('BEGIN');
    const overtaking = second!.query(statement).then(() => second!.query('COMMIT'));
    const overtook = await Promise.race([
      overtaking.then(() => true),
      new Promise<boolean>((resolve) => setTimeout(resolve, 300, false)),
    ]);
    const seen = await readPast(pool, 0);
    await first!.query('COMMIT');
    await overtaking;
    return { overtook, seen, missed: 2 - seen.length - (await readPast(pool, seen.at(-1) ?? 0)).length };
  }

  it('taken from the sequence alone would be stepped over by a reader', async () => {
    expect(await overlap(BARE)).toEqual({ overtook: true, seen: [2], missed: 1 });
  });

  it('is taken under a lock that is held to the commit, so that none is overtaken', async () => {
    expect(await overlap(LOCKED)).toEqual({ overtook: false, seen: [], missed: 0 });
  });

  it('comes to a reader whole and in order, however many write', async () => {
    let writing = WRITERS;
    const write = async (writer: number) => {
      for (let batch = 0; batch < BATCHES; batch++) {
        const client = await pool.connect();
        await client.query('BEGIN');
        await client.query(LOCKED);
        // Some take long to commit, and some do not commit at all.
        await client.query('SELECT pg_sleep($1)', [((writer * 7 + batch * 3) % 5) / 1_000]);
        await client.query((writer + batch) % 11 === 0 ? 'ROLLBACK' : 'COMMIT');
        client.release();
      }
      writing -= 1;
    };
    first!.release();
    second!.release();
    first = second = undefined;
    const written = Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
    const read: number[] = [];
    for (let last = false; ;) {
      const page = await readPast(pool, read.at(-1) ?? 0);
      read.push(...page);
      if (last && page.length === 0) break;
      last = writing === 0;
    }
    await written;
    expect(read).toEqual(await readPast(pool, 0));
    expect(read.length).toBeGreaterThan(WRITERS * BATCHES * 0.8);
  });

  it('is not given to writers that do not know their rows', async () => {
    await expect(pool.query('SELECT next_batch_seq(NULL)')).rejects.toThrow('rows_written is unknown');
  });
});
