import { person } from '../../../src/access/principal.ts';
import { grantPositions } from '../../../src/access/visibility.ts';
import type { Database } from '../../../src/database/database.ts';
import { Prisma } from '../../../src/database/generated/client.ts';
import { cellRanges } from '../../../src/history/places/cells.ts';
import { type PlaceQuery, PlacesStore } from '../../../src/history/places/places.store.ts';
import { PlaceReader } from '../../../src/history/places/place-reader.ts';
import { boxShape } from '../../../src/history/places/shape.ts';
import { Registry } from '../../../src/registry/registry.ts';
import type { StoredRegistry } from '../../../src/registry/stored.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';

const BOX = { west: 131, south: 43, east: 131.5, north: 43.5 };
const MONTHS = [1, 2, 3, 4, 5, 6];
const month = (index: number) => Date.UTC(2026, index - 1);

/** A database that explains each statement after its transaction has set what it sets, and answers nothing. */
function explaining(database: Database, plans: string[]): Database {
  const explain = async (sql: Pick<Database['client'], '$queryRaw'>, statement: Prisma.Sql) => {
    const lines = await sql.$queryRaw<Record<'QUERY PLAN', string>[]>(Prisma.sql`EXPLAIN ${statement}`);
    plans.push(lines.map((line) => line['QUERY PLAN']).join('\n'));
    return [{ at: null, collarId: null, lon: null, lat: null, doubts: null }];
  };
  return {
    client: {
      $queryRaw: (strings: TemplateStringsArray, ...values: unknown[]) =>
        explain(database.client, Prisma.sql(strings, ...values)),
    },
    transaction: (work: (sql: object) => Promise<unknown>) =>
      database.transaction((sql) =>
        work({
          $executeRaw: (strings: TemplateStringsArray, ...values: unknown[]) => sql.$executeRaw(strings, ...values),
          $queryRaw: (statement: Prisma.Sql) => explain(sql, statement),
        }),
      ),
  } as unknown as Database;
}

describe('ways to places', () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await createTestDatabase();
    const { client } = test.database;
    await test.database.ensureMonths(MONTHS.map(month));
    // 200 collars and 60,000 fixes: enough that reading a month whole is dearer.
    await client.$executeRaw`INSERT INTO collar (serial, format, details) SELECT 'c' || i, 'json-v1', '{}' FROM generate_series(1, 200) i`;
    await client.$executeRaw`
      INSERT INTO fix (at, received_at, lon, lat, collar_id, doubts, late)
      SELECT at, at, 130 + collar.id % 50 / 5.0 + random() / 10, 42 + collar.id / 20.0 + random() / 10, collar.id, 0, false
      FROM generate_series('2026-01-01'::timestamptz, '2026-06-30', '14 h') at, collar ORDER BY at`;
    await client.$executeRaw`ANALYZE fix`;
  });
  afterAll(() => test.drop());

  const grant = grantPositions(person({ id: 'test', name: 'a test', role: 'ranger', farms: [], until: null }));
  const query = (from: number, to: number): PlaceQuery => ({
    window: { from, to },
    bounds: BOX,
    after: null,
    doubted: false,
    receivedBy: null,
    limit: 1_000,
  });
  /** Asked often, for Postgres makes a plan for all times at the sixth. */
  async function plans(ask: (store: PlacesStore) => Promise<unknown>): Promise<string[]> {
    const found: string[] = [];
    for (let times = 0; times < 8; times++) await ask(new PlacesStore(explaining(test.database, found)));
    return found;
  }
  const tablesIn = (plan: string) => [...new Set(plan.match(/(?<=on )fix_\d{4}_\d{2}/g) ?? [])].sort();

  it.each([
    ['a month', month(3), month(4), ['fix_2026_03']],
    ['a day', month(3) + 86_400_000, month(3) + 2 * 86_400_000, ['fix_2026_03']],
    ['three months', month(3), month(6), ['fix_2026_03', 'fix_2026_04', 'fix_2026_05']],
  ])('reads the cells of %s by their index alone, and no other month', async (_, from, to, tables) => {
    for (const plan of await plans((store) => store.byCells(grant, cellRanges(BOX), query(from, to)))) {
      expect(plan).not.toMatch(/Seq Scan|_pkey/);
      expect(plan).toMatch(/Index Scan (using|on) fix_2026_03_\w*expr\w*|Index Scan using \w+cell\w*/);
      expect(tablesIn(plan)).toEqual(tables);
    }
    for (const plan of await plans((store) => store.collarsSeen(grant, cellRanges(BOX), [1, 2], query(from, to))))
      expect(plan).not.toMatch(/Seq Scan|_pkey/);
  });

  it('reads the key alone for the fixes of some collars, and no other month', async () => {
    const spans = [1, 2, 3].map((collarId) => ({ collarId, serial: `c${collarId}`, from: month(1), to: null }));
    for (const plan of await plans((store) => store.byKeys(grant, spans, query(month(3), month(4))))) {
      expect(plan).not.toMatch(/Seq Scan/);
      expect(plan).toMatch(/Index (Only )?Scan using fix_2026_03_pkey/);
      expect(tablesIn(plan)).toEqual(['fix_2026_03']);
    }
  });

  /** Each collar on an animal of its own, but for one that changes hands in the middle. */
  function registry(): Registry {
    const collars = Array.from({ length: 200 }, (_, i) => ({ id: i + 1, serial: `c${i + 1}` }));
    const worn = collars.map(({ id }) => ({ id, animal: `a${id}`, collarId: id, from: month(1), to: null }));
    const handed = [
      { ...worn[6]!, to: month(4) },
      { ...worn[6]!, id: 201, animal: 'b7', from: month(4) },
    ];
    const deployments = [...worn.filter(({ id }) => id !== 7), ...handed];
    const animals = deployments.map(({ animal }) => ({ id: animal, name: animal, details: {} }));
    const none = { farms: [], areas: [], gateways: [] };
    return new Registry({ version: 1, animals, collars, deployments, ...none } as unknown as StoredRegistry);
  }

  it.each([
    ['a small box', { west: 131, south: 44.5, east: 131.9, north: 45.4 }, undefined],
    ['a large box', { west: 130, south: 42, east: 139, north: 50 }, undefined],
    ['a large box with little in it', { west: 138, south: 51, east: 150, north: 60 }, undefined],
    ['the world', { west: -180, south: -90, east: 180, north: 90 }, undefined],
    ['a large box, of few animals', { west: 130, south: 42, east: 139, north: 50 }, ['a3', 'b7', 'a7', 'a12']],
    ['a small box, of many animals', { west: 130, south: 42, east: 130.9, north: 43 }, ['b7', ...names(1, 30)]],
    ['anywhere', null, names(1, 50)],
  ])('finds the same in %s as reading everything does', async (_, bounds, animals) => {
    const everyone = registry();
    const [from, to] = [month(2) + 5 * 3_600_000, month(5) + 86_400_000];
    const rows = await test.database.client.$queryRaw<{ at: Date; collar: number; lon: number; lat: number }[]>`
      SELECT at, collar_id AS collar, lon, lat FROM fix ORDER BY at, collar_id`;
    const shape = bounds && boxShape(bounds);
    const expected = rows.flatMap(({ at, collar, lon, lat }) => {
      const animal = collar === 7 && at.getTime() >= month(4) ? 'b7' : `a${collar}`;
      const isAsked = animals === undefined || animals.includes(animal);
      const isThen = at.getTime() >= from && at.getTime() < to;
      return isAsked && isThen && (shape?.contains({ lon, lat }) ?? true) ? [`${animal} ${at.toISOString()}`] : [];
    });
    const reader = new PlaceReader(new PlacesStore(test.database));
    const found: string[] = [];
    // One wanted and all taken: the blocks are as small as they get.
    for await (const block of reader.blocks(grant, everyone, { shape, from, to, animals, wanted: 1 }))
      found.push(...block.map(({ animal, at }) => `${animal} ${new Date(at).toISOString()}`));
    expect(found.length).toBeGreaterThan(10);
    expect(found).toEqual(expected);
    const seen = await reader.candidates(grant, everyone, { shape, from, to, animals });
    expect(seen).toEqual(expect.arrayContaining([...new Set(found.map((text) => text.split(' ')[0]))]));
    expect(seen).toEqual([...seen].sort());
  });
});

function names(first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, i) => `a${first + i}`);
}
