import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import pg from 'pg';
import { Database } from '../../../src/database/database.ts';
import { quiet } from '../../../src/database/log.ts';
import { requireVersion } from '../../../src/database/version.ts';
import { createTestDatabase, testConfig, type TestDatabase } from '../../support/database.ts';
import { until } from '../../support/database-owner.ts';

/** Stands between the server and its database, and can fall silent as a broken network does. */
class Wire {
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  silent = false;

  constructor(private readonly to: URL) {
    this.#server = createServer((from) => {
      const onward = connect(Number(to.port), to.hostname);
      for (const [a, b] of [
        [from, onward],
        [onward, from],
      ] as const) {
        this.#sockets.add(a);
        a.on('data', (data) => this.silent || b.write(data));
        a.on('error', () => undefined).on('close', () => b.destroy());
      }
    });
  }

  async open(): Promise<string> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    const url = new URL(this.to);
    url.port = String((this.#server.address() as AddressInfo).port);
    return url.href;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

describe('the connections of the database', () => {
  let test: TestDatabase;
  let extra: Database | undefined;
  const open = async (changes: Partial<Parameters<typeof Database.open>[0]>) => {
    extra = await Database.open({ ...testConfig(test.url), ...changes }, quiet);
    return extra;
  };
  beforeAll(async () => {
    test = await createTestDatabase();
  });
  afterEach(async () => {
    await extra?.stop();
    extra = undefined;
  });
  afterAll(() => test.drop());

  it('recover when the database ends them', async () => {
    const { client } = test.database;
    await Promise.all([1, 2, 3].map(() => client.$queryRaw`SELECT pg_sleep(0.05)::text`));
    const other = new pg.Client({ connectionString: test.url });
    await other.connect();
    const busy = client.$queryRaw`SELECT pg_sleep(20)::text`.then(
      () => 'answered',
      () => 'broken',
    );
    const sleeping = async () =>
      (
        await other.query(`SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_sleep(20)%'
                          AND pid <> pg_backend_pid()`)
      ).rowCount === 1;
    await until(sleeping, 5_000, 'the statement runs');
    await other.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
    await other.end();
    expect(await busy).toBe('broken');
    await until(() => test.database.isReachable(), 5_000, 'the database is reachable again');
    expect(await client.$queryRaw`SELECT 1 AS one`).toEqual([{ one: 1 }]);
  });

  it('end a statement that takes too long', async () => {
    const database = await open({ DATABASE_TIMEOUT_S: 0.3 });
    await expect(database.client.$queryRaw`SELECT pg_sleep(20)::text`).rejects.toThrow('statement timeout');
    expect(await database.isReachable()).toBe(true);
  });

  it('end a transaction that takes too long, and undo it', async () => {
    const database = await open({ DATABASE_TIMEOUT_S: 0.3 });
    const slow = database.transaction(async (sql) => {
      await sql.$executeRaw`INSERT INTO cursor (name, seq) VALUES ('slow', 1)`;
      await new Promise((resolve) => setTimeout(resolve, 600));
      await sql.$executeRaw`UPDATE cursor SET seq = 2 WHERE name = 'slow'`;
    });
    await expect(slow).rejects.toThrow();
    expect(await test.database.client.cursor.findMany({ where: { name: 'slow' } })).toEqual([]);
  });

  it('do not let anybody wait for ever for a free one', async () => {
    const database = await open({ DATABASE_TIMEOUT_S: 1, DATABASE_CONNECTIONS: 1 });
    const busy = database.client.$queryRaw`SELECT pg_sleep(0.9)::text`;
    const began = Date.now();
    const waiting = [1, 2].map(() => database.client.$queryRaw`SELECT pg_sleep(0.9)::text`);
    const answers = await Promise.allSettled([busy, ...waiting]);
    expect(answers.map(({ status }) => status)).toContain('rejected');
    expect(Date.now() - began).toBeLessThan(3_000);
  });

  it('tell within seconds that the database is silent, and work again when it is not', async () => {
    const wire = new Wire(new URL(test.url));
    const database = await open({ DATABASE_URL: await wire.open(), DATABASE_TIMEOUT_S: 1 });
    expect(await database.isReachable()).toBe(true);
    wire.silent = true;
    const began = Date.now();
    expect(await database.isReachable()).toBe(false);
    expect(Date.now() - began).toBeLessThan(3_000);
    wire.silent = false;
    await until(() => database.isReachable(), 10_000, 'the database is reachable again');
    await database.stop();
    await wire.close();
    extra = undefined;
  });

  it('keep statements prepared, but not endlessly many', async () => {
    const { client } = await open({ DATABASE_CONNECTIONS: 1 });
    const prepared = async () => {
      const [row] = await client.$queryRaw<
        { count: number }[]
      >`SELECT count(*)::int AS count FROM pg_prepared_statements`;
      return row!.count;
    };
    const first = await prepared();
    expect(first).toBeGreaterThan(0);
    for (let times = 0; times < 3; times++) await client.$queryRaw`SELECT ${times}::int AS again`;
    expect(await prepared()).toBe(first + 1);
    const list = (length: number) => Array.from({ length }, (_, id) => `a${id}`);
    for (let length = 1; length < 600; length++) await client.animal.findMany({ where: { id: { in: list(length) } } });
    expect(await prepared()).toBeLessThanOrEqual(500);
  });

  it('are refused in one line when nobody answers there', async () => {
    const nowhere = new URL(test.url);
    nowhere.port = '1';
    await expect(open({ DATABASE_URL: nowhere.href, DATABASE_TIMEOUT_S: 0.5 })).rejects.toThrow(
      /^the database does not answer: [^\n]*ECONNREFUSED[^\n]*$/,
    );
    const wrong = new URL(test.url);
    wrong.username = 'nobody-here';
    await expect(open({ DATABASE_URL: wrong.href })).rejects.toThrow(
      /^the database does not answer: [^\n]*nobody-here[^\n]*$/,
    );
  });

  it('are refused on a Postgres that is too old', async () => {
    const pool = new pg.Pool({ connectionString: test.url });
    await expect(requireVersion(pool, 990_000)).rejects.toThrow(
      /^the database is Postgres \S.*: 99 or newer is needed$/,
    );
    await requireVersion(pool);
    await pool.end();
  });

  it('are refused on a database that loses what it acknowledged, unless that is allowed', async () => {
    const name = new URL(test.url).pathname.slice(1);
    const set = async (change: string) => {
      const admin = new pg.Client({ connectionString: test.url });
      await admin.connect();
      await admin.query(`ALTER DATABASE ${name} ${change}`);
      await admin.end();
    };
    await set('SET synchronous_commit = off');
    try {
      await expect(open({})).rejects.toThrow('synchronous_commit = off');
      const allowed = await open({ ALLOW_UNSAFE_DB: true });
      expect(allowed.durability.unsafe).toEqual(['synchronous_commit = off']);
    } finally {
      await set('RESET synchronous_commit');
    }
  });
});
