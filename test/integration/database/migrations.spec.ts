import { createHash } from 'node:crypto';
import pg from 'pg';
import { Database } from '../../../src/database/database.ts';
import { quiet } from '../../../src/database/log.ts';
import { migrate, MigrationRefused, migrationsFolder, readMigrations } from '../../../src/database/migrations.ts';
import type { Migration } from '../../../src/database/migrations.ts';
import { createBareDatabase, testConfig } from '../../support/database.ts';

const ours = readMigrations(migrationsFolder());
const step = (name: string, sql: string): Migration => ({
  name,
  sql,
  checksum: createHash('sha256').update(sql).digest('hex'),
});
const one = step('1_one', 'CREATE TABLE one (id int); INSERT INTO one VALUES (1);');
const two = step('2_two', 'CREATE TABLE two (id int);');

describe('migrations', () => {
  let bare: { url: string; drop: () => Promise<void> };
  beforeEach(async () => {
    bare = await createBareDatabase();
  });
  afterEach(() => bare.drop());

  async function ask(sql: string) {
    const client = new pg.Client({ connectionString: bare.url });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await client.end();
    }
  }

  it('are applied once when servers start at once', async () => {
    const applied = await Promise.all(Array.from({ length: 4 }, () => migrate(bare.url, ours, quiet)));
    expect(applied.flat()).toEqual(ours.map(({ name }) => name));
    const servers = await Promise.all([1, 2].map(() => Database.open(testConfig(bare.url), quiet)));
    await Promise.all(servers.map((server) => server.stop()));
    expect(await ask('SELECT count(*)::int AS times FROM _prisma_migrations')).toEqual([{ times: ours.length }]);
  });

  it('are recorded as Prisma records them', async () => {
    await migrate(bare.url, [one], quiet);
    expect(
      await ask(
        `SELECT migration_name, checksum, logs, rolled_back_at, applied_steps_count, finished_at >= started_at AS finished,
                id ~ '^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$' AS uuid FROM _prisma_migrations`,
      ),
    ).toEqual([
      {
        migration_name: '1_one',
        checksum: createHash('sha256').update(one.sql).digest('hex'),
        logs: null,
        rolled_back_at: null,
        applied_steps_count: 1,
        finished: true,
        uuid: true,
      },
    ]);
    // Prisma's own definition of the table, from its schema engine.
    expect(
      await ask(
        `SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod) || CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END,
                           ', ' ORDER BY attnum) AS columns
         FROM pg_attribute WHERE attrelid = '_prisma_migrations'::regclass AND attnum > 0`,
      ),
    ).toEqual([
      {
        columns:
          'id character varying(36) NOT NULL, checksum character varying(64) NOT NULL, finished_at timestamp with time zone, ' +
          'migration_name character varying(255) NOT NULL, logs text, rolled_back_at timestamp with time zone, ' +
          'started_at timestamp with time zone NOT NULL, applied_steps_count integer NOT NULL',
      },
    ]);
  });

  it('are applied in order, each once, as they are added', async () => {
    expect(await migrate(bare.url, [one], quiet)).toEqual(['1_one']);
    expect(await migrate(bare.url, [one, two], quiet)).toEqual(['2_two']);
    expect(await migrate(bare.url, [one, two], quiet)).toEqual([]);
    expect(await ask('SELECT id FROM one')).toEqual([{ id: 1 }]);
  });

  it('stop the start when one was changed after it had been applied', async () => {
    await migrate(bare.url, [one], quiet);
    const changed = migrate(bare.url, [step('1_one', `${one.sql} `)], quiet);
    await expect(changed).rejects.toThrow(MigrationRefused);
    await expect(changed).rejects.toThrow('migration 1_one was changed after it had been applied');
  });

  it('stop the start when the database is newer than the program', async () => {
    await migrate(bare.url, [one, two], quiet);
    await expect(migrate(bare.url, [one], quiet)).rejects.toThrow(
      'the database has migration 2_two, which this program does not know: use a newer program',
    );
    await expect(Database.open(testConfig(bare.url), quiet)).rejects.toThrow(MigrationRefused);
  });

  it('stop the start on one that Prisma left half applied, and go on when that was resolved', async () => {
    await migrate(bare.url, [one], quiet);
    await ask(`UPDATE _prisma_migrations SET finished_at = NULL`);
    await expect(migrate(bare.url, [one], quiet)).rejects.toThrow('migration 1_one is half applied');
    await ask(`DROP TABLE one; UPDATE _prisma_migrations SET rolled_back_at = now()`);
    expect(await migrate(bare.url, [one], quiet)).toEqual(['1_one']);
  });

  it('undo one that does not work, and say which', async () => {
    const broken = step('2_two', 'CREATE TABLE two (id int); SELECT 1 / 0;');
    await expect(migrate(bare.url, [one, broken], quiet)).rejects.toThrow('migration 2_two: division by zero');
    expect(await ask(`SELECT to_regclass('one') IS NOT NULL AS one, to_regclass('two') AS two`)).toEqual([
      { one: true, two: null },
    ]);
    expect(await migrate(bare.url, [one, two], quiet)).toEqual(['2_two']);
  });
});
