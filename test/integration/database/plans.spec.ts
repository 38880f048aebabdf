import type pg from 'pg';
import { person } from '../../../src/access/principal.ts';
import { grantPositions } from '../../../src/access/visibility.ts';
import { openPool, prismaOn } from '../../../src/database/connections.ts';
import type { Database } from '../../../src/database/database.ts';
import type { PrismaClient } from '../../../src/database/generated/client.ts';
import { quiet } from '../../../src/database/log.ts';
import { readMonths } from '../../../src/database/months.ts';
import { sealMonth } from '../../../src/database/sealing.ts';
import { withUpkeep } from '../../../src/database/upkeep.ts';
import { FixBlockStore } from '../../../src/history/fix-block.store.ts';
import { FixesStore } from '../../../src/history/fixes.store.ts';
import { cellRanges } from '../../../src/history/places/cells.ts';
import { PlacesStore } from '../../../src/history/places/places.store.ts';
import { PositionsStore } from '../../../src/history/positions.store.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';

/** A node of a plan as auto_explain tells it. */
interface Node {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Heap Fetches'?: number;
  'Actual Loops'?: number;
  'Actual Rows'?: number;
  'Rows Removed by Filter'?: number;
  Plans?: Node[];
}

const COLLARS = 40;
/** In May there are enough that to read them all is dear. */
const HERD = 240;
const FIXES_A_MONTH = 400;
const MONTHS = Array.from({ length: 12 }, (_, month) => Date.UTC(2019, month));
const grant = grantPositions(person({ id: 'a', name: 'a', role: 'ranger', farms: [], until: null }));
const span = (collarId: number, from: number, to: number | null) => ({ collarId, serial: `c${collarId}`, from, to });
const at = (text: string) => Date.parse(text);

/** The statements that the stores send, and how the database goes about them: two years of fixes, sealed but for the last months. */
describe('the plan', () => {
  let test: TestDatabase;
  let pool: pg.Pool;
  let client: PrismaClient;
  let database: Database;
  let told: string[] = [];
  beforeAll(async () => {
    test = await createTestDatabase();
    await test.database.ensureMonths(MONTHS);
    await test.database.client.$executeRaw`
      INSERT INTO fix (collar_id, at, received_at, lon, lat, doubts, late)
      SELECT c, m + n * interval '1 hour', m + n * interval '1 hour', 131 + (c * 7 % 80) / 16.0 + n / 8000.0, 43 + (c * 3 % 80) / 20.0, 0, false
      FROM generate_series('2019-01-01Z'::timestamptz, '2019-12-01Z', '1 month') AS m, generate_series(1, ${FIXES_A_MONTH}::int) AS n,
        generate_series(1, CASE WHEN m = '2019-05-01Z' THEN ${HERD} ELSE ${COLLARS} END::int) AS c`;
    await withUpkeep(test.url, async (own) => {
      for (const month of await readMonths(own)) if (month.month < '2019-11') await sealMonth(own, month);
      await own.query('VACUUM (ANALYZE) fix');
      // Every statement of the sessions to come is told with its plan.
      const name = new URL(test.url).pathname.slice(1);
      for (const setting of [
        `session_preload_libraries = 'auto_explain'`,
        `auto_explain.log_min_duration = 0`,
        `auto_explain.log_analyze = on`,
        `auto_explain.log_timing = off`,
        `auto_explain.log_format = json`,
        `client_min_messages = log`,
      ])
        await own.query(`ALTER DATABASE ${name} SET ${setting}`);
    });
    pool = openPool(test.url, 1, 15_000, quiet);
    pool.on('connect', (one) => one.on('notice', ({ message }) => told.push(message ?? '')));
    client = prismaOn(pool);
    const transaction = (work: Parameters<Database['transaction']>[0]) => client.$transaction(work);
    database = { client, transaction } as unknown as Database;
  });
  afterAll(async () => {
    await client.$disconnect();
    await pool.end();
    await test.drop();
  });

  /** Every node of the one statement that asks for fixes; prepared statements are asked often enough to be planned for good. */
  const planOf = async (ask: () => Promise<unknown>): Promise<Node[]> => {
    for (let turn = 0; turn < 7; turn++) {
      told = [];
      await ask();
    }
    const plans = told.flatMap((message) => {
      const begin = message.indexOf('{');
      return begin < 0 ? [] : [(JSON.parse(message.slice(begin)) as { Plan: Node }).Plan];
    });
    const nodes = plans.map(flat).find((found) => tablesOf(found).length > 0);
    if (!nodes) throw new Error(`no plan of fixes was told: ${told.join('\n')}`);
    return nodes;
  };
  const flat = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(flat)];
  const tablesOf = (nodes: readonly Node[]) => [
    ...new Set(nodes.flatMap((node) => (node['Relation Name']?.startsWith('fix_') ? [node['Relation Name']] : []))),
  ];
  const visited = (nodes: readonly Node[]) =>
    nodes.filter((node) => node['Relation Name'] && (node['Actual Loops'] ?? 1) > 0);
  const kinds = (nodes: readonly Node[]) => [...new Set(visited(nodes).map((node) => node['Node Type']))];
  const heapFetches = (nodes: readonly Node[]) => nodes.reduce((sum, node) => sum + (node['Heap Fetches'] ?? 0), 0);

  it('of a track reads the key alone, of no month but those asked for', async () => {
    const query = {
      span: span(7, at('2019-03-10T00:00Z'), at('2019-06-20T00:00Z')),
      limit: 10_000,
      doubted: false,
      columns: [],
    };
    const nodes = await planOf(() => new FixBlockStore(database).first(grant, query));
    expect(kinds(nodes)).toEqual(['Index Only Scan']);
    expect(tablesOf(visited(nodes))).toEqual(['fix_2019_03', 'fix_2019_04', 'fix_2019_05', 'fix_2019_06']);
    expect(heapFetches(nodes)).toBe(0);
  });

  it('of what came after a time looks into no page that was filled before', async () => {
    const asked = span(7, at('2019-01-01T00:00Z'), null);
    const [moment, before] = [at('2019-06-01T00:00Z'), at('2019-06-01T00:10Z')];
    const nodes = await planOf(() => new FixBlockStore(database).firstReceivedAfter([asked], moment, before));
    const months = visited(nodes).filter((node) => node['Relation Name'] !== 'fix_2019_06');
    expect(kinds(months)).toEqual(['Bitmap Heap Scan']);
    expect(months).toHaveLength(5);
    expect(months.every((node) => (node['Actual Rows'] ?? 0) === 0)).toBe(true);
  });

  it('of newest positions takes one row of the key for each animal', async () => {
    const spans = Array.from({ length: COLLARS }, (_, place) => ({
      ...span(place + 1, at('2018-01-01T00:00Z'), null),
      ...{ animal: `a${place}`, name: 'A' },
    }));
    const nodes = await planOf(() => new PositionsStore(database).newest(grant, spans, null));
    expect(kinds(nodes)).toEqual(['Index Scan']);
    expect(new Set(visited(nodes).map((node) => node['Index Name']))).toEqual(
      new Set(tablesOf(visited(nodes)).map((table) => `${table}_pkey`)),
    );
    // The months before the one with the newest fix are never looked into, this month's and the next are empty.
    expect(tablesOf(visited(nodes)).filter((table) => table < 'fix_2019_12')).toEqual([]);
  });

  it('of a page deep inside begins where the page before ended', async () => {
    const query = {
      ...{ span: span(7, at('2019-01-01T00:00Z'), null), after: { at: at('2019-08-05T00:00Z'), isAttempt: false } },
      ...{ limit: 100, doubted: true, attempts: false },
    };
    const nodes = await planOf(() => new FixesStore(database).fixes(grant, query));
    expect(kinds(nodes)).toEqual(['Index Scan']);
    expect(tablesOf(visited(nodes))).toEqual(['fix_2019_08']);
    expect(visited(nodes).reduce((sum, node) => sum + (node['Rows Removed by Filter'] ?? 0), 0)).toBe(0);
  });

  it('of a box over a month looks up its cells', async () => {
    const bounds = { west: 132, south: 43.5, east: 132.3, north: 43.8 };
    const window = { from: at('2019-05-01T00:00Z'), to: at('2019-06-01T00:00Z') };
    const query = { window, bounds, after: null, doubted: false, receivedBy: null, limit: 1_000 };
    const nodes = await planOf(() => new PlacesStore(database).byCells(grant, cellRanges(bounds), query));

    expect(kinds(nodes)).not.toContain('Seq Scan');
    expect(tablesOf(visited(nodes))).toEqual(['fix_2019_05']);
    const names = nodes.flatMap((node) => node['Index Name'] ?? []);
    expect(new Set(names)).toEqual(new Set(['fix_2019_05_cell']));
  });
});
