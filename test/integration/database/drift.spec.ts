import { readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { migrationsFolder } from '../../../src/database/migrations.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { readTableShape } from '../../support/postgres-shape.ts';
import { readPrismaSchema } from '../../support/prisma-schema.ts';

const models = readPrismaSchema(readFileSync(path.join(migrationsFolder(), '../schema.prisma'), 'utf8'));

describe('schema.prisma and the migrated database', () => {
  let test: TestDatabase;
  let client: pg.Client;
  beforeAll(async () => {
    test = await createTestDatabase();
    client = new pg.Client({ connectionString: test.url });
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await test.drop();
  });

  it('know the same tables', async () => {
    const { rows } = await client.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class
       WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT relispartition
         AND relnamespace = 'public'::regnamespace AND relname <> '_prisma_migrations'`,
    );
    expect(rows.map(({ name }) => name).sort()).toEqual([...models.keys()].sort());
    expect(models.size).toBeGreaterThan(10);
  });

  it.each([...models])('agree on %s', async (table, expected) => {
    expect(await readTableShape(client, table)).toEqual(expected);
  });

  it.each([
    ['a type', 'ALTER TABLE animal ALTER COLUMN name TYPE varchar(9)'],
    ['a null', 'ALTER TABLE animal ALTER COLUMN name DROP NOT NULL'],
    ['a column', 'ALTER TABLE animal ADD COLUMN weight_kg real'],
    ['a default', `ALTER TABLE animal ALTER COLUMN name SET DEFAULT ''`],
    ['a key', 'ALTER TABLE animal ADD UNIQUE (name)'],
    ['an index', 'CREATE INDEX animal_by_name ON animal (name)'],
    ['a reference', 'ALTER TABLE animal ADD FOREIGN KEY (name) REFERENCES farm (id)'],
  ])('would be caught apart by %s', async (_, change) => {
    await client.query('BEGIN');
    await client.query(change);
    expect(await readTableShape(client, 'animal')).not.toEqual(models.get('animal'));
    await client.query('ROLLBACK');
  });
});
