import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { makeBackup } from '../../../src/database/backup.ts';
import { type Manifest, MANIFEST } from '../../../src/database/backup-manifest.ts';
import { restoreBackup } from '../../../src/database/backup-restore.ts';
import { Database } from '../../../src/database/database.ts';
import { quiet } from '../../../src/database/log.ts';
import { migrationsFolder, readMigrations } from '../../../src/database/migrations.ts';
import { withUpkeep } from '../../../src/database/upkeep.ts';
import type { Fix } from '../../../src/domain/fix.ts';
import { FixStore } from '../../../src/ingest/fix.store.ts';
import { createBareDatabase, createTestDatabase, testConfig, type TestDatabase } from '../../support/database.ts';

const FIRST = Date.parse('2026-03-30T00:00:00Z');
const HOUR = 3_600_000;

describe('a backup', () => {
  let root: string;
  let test: TestDatabase;
  let client: pg.Client;
  let bare: { url: string; drop: () => Promise<void> };
  let to: pg.Client;
  beforeEach(async () => {
    root = mkdtempSync(path.join(tmpdir(), 'collarwatch-backup-'));
    test = await createTestDatabase();
    client = await connected(test.url);
    await client.query(`
      INSERT INTO animal VALUES ('sofia', 'Sofia "the\tfirst"', '{"note": "a\\\\nb", "тигр": null}');
      INSERT INTO collar (serial, format, details) SELECT 'c' || n, 'json-v1', '{}' FROM generate_series(1, 5) AS n;
      INSERT INTO deployment (animal_id, collar_id, starts_at) VALUES ('sofia', 1, '2020-01-01T00:00:00.001Z');
      INSERT INTO farm VALUES ('f', 'F', 2000, 500, '{}', '{}', 1, 2, 3, 4);
      INSERT INTO cursor (name, seq) VALUES ('reader:alerting', 1);
      INSERT INTO dead_letter (received_at, door, serial, reason, detail, payload, digest) VALUES (now(), 'mqtt', 'x', 'r', '', '\\x00ff0a5c', '\\x01')`);
    bare = await createBareDatabase();
    to = await connected(bare.url);
  });
  afterEach(async () => {
    await to.end();
    await client.end();
    await bare.drop();
    await test.drop();
    rmSync(root, { recursive: true, force: true });
  });

  const connected = async (url: string) => {
    const made = new pg.Client({ connectionString: url, options: '-c timezone=UTC' });
    await made.connect();
    return made;
  };
  const folder = () => path.join(root, 'backup');
  const back = () =>
    makeBackup({ url: test.url, archiveFolder: path.join(root, 'archive'), folder: folder(), tell: () => undefined });
  const restore = (url = bare.url) =>
    restoreBackup({
      ...{
        url,
        folder: folder(),
        archiveFolder: path.join(root, 'restored'),
        migrations: readMigrations(migrationsFolder()),
      },
      tell: () => undefined,
    });
  const fixes = (batch: number): Fix[] =>
    Array.from({ length: 50 }, (_, place) => ({
      ...{
        collarId: 1 + (place % 5),
        at: FIRST + (batch * 10 + Math.floor(place / 5)) * HOUR,
        receivedAt: FIRST + batch,
      },
      ...{
        lon: 131 + place / 7,
        lat: 43 + batch / 13,
        doubts: place % 3,
        late: false,
        altM: 12.1,
        extra: { batch, text: 'a\tb\\n' },
      },
    }));
  /** Of every table all rows as text. */
  const contents = async (on: pg.Client) => {
    const { rows } = await on.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace
       AND relname <> 'log_epoch' ORDER BY relname`,
    );
    const found: Record<string, string[]> = {};
    for (const { name } of rows) {
      const table = await on.query<{ text: string }>(`SELECT t::text AS text FROM ${name} AS t ORDER BY 1`);
      found[name] = table.rows.map(({ text }) => text);
    }
    return found;
  };
  const tablesThere = async () => {
    const { rows } = await to.query(`SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace`);
    return rows.length;
  };

  it('made while fixes come in holds whole batches, and comes back row by row', async () => {
    const store = new FixStore(test.database);
    let batch = 0;
    let stop = false;
    const ingest = (async () => {
      while (!stop) await store.commit(fixes(batch++));
    })();
    while (batch < 20) await new Promise((resolve) => setTimeout(resolve, 5));
    const manifest = await back();
    const after = batch;
    while (batch < after + 5) await new Promise((resolve) => setTimeout(resolve, 5));
    stop = true;
    await ingest;
    await restore();
    const [source, copy] = [await contents(client), await contents(to)];
    const batches = copy['batch']!.length;
    expect(batches).toBeGreaterThanOrEqual(20);
    expect(source['batch']!.length).toBeGreaterThan(batches);
    expect(copy['fix']).toHaveLength(batches * 50);
    const known = new Set(source['fix']);
    expect(copy['fix']!.every((row) => known.has(row))).toBe(true);
    expect(copy['batch']!.every((row) => source['batch']!.includes(row))).toBe(true);
    for (const name of Object.keys(source))
      if (name !== 'fix' && name !== 'batch') expect(copy[name]).toEqual(source[name]);
    expect(Object.keys(copy)).toEqual(Object.keys(source));
    expect(manifest.tables.filter(({ bounds }) => bounds !== null).length).toBeGreaterThanOrEqual(2);
  });

  it('gives a database on which a server goes on: numbers, months, migrations, and a history of another name', async () => {
    await new FixStore(test.database).commit(fixes(0));
    await back();
    await restore();
    const epoch = 'SELECT epoch FROM log_epoch';
    expect((await to.query(epoch)).rows).toHaveLength(1);
    expect((await to.query(epoch)).rows).not.toEqual((await client.query(epoch)).rows);
    const database = await Database.open(testConfig(bare.url), quiet);
    try {
      const committed = await new FixStore(database).commit(fixes(1));
      expect(committed).toMatchObject({ seq: 2, known: [] });
      expect((await new FixStore(database).commit(fixes(0))).known).toHaveLength(50);
    } finally {
      await database.stop();
    }
    await to.query(`INSERT INTO collar (serial, format, details) VALUES ('new', 'json-v1', '{}')`);
    const { rows } = await to.query<{ enabled: boolean }>(
      `SELECT bool_and(tgenabled = 'O') AS enabled FROM pg_trigger WHERE NOT tgisinternal`,
    );
    expect(rows[0]!.enabled).toBe(true);
    const rejudging = 'SELECT * FROM rejudging';
    expect((await to.query(rejudging)).rows).toEqual((await client.query(rejudging)).rows);
    const shape = `SELECT indrelid::regclass::text AS table, count(*) AS indexes FROM pg_index
      WHERE indrelid::regclass::text LIKE 'fix%' GROUP BY indrelid ORDER BY 1`;
    expect((await to.query(shape)).rows).toEqual((await client.query(shape)).rows);
  });

  it('takes the archive along', async () => {
    mkdirSync(path.join(root, 'archive'));
    writeFileSync(path.join(root, 'archive/fix-2019-05.parquet'), 'PAR1 of May');
    await client.query(`INSERT INTO archive_file VALUES ('fix-2019-05.parquet', '2019-05', 1, 11, 'd', now())`);
    await back();
    await restore();
    expect(readFileSync(path.join(root, 'restored/fix-2019-05.parquet'), 'utf8')).toBe('PAR1 of May');
  });

  it.each<[string, (backup: string) => void, RegExp]>([
    [
      'a file is cut',
      (at) => truncateSync(path.join(at, 'fix_2026_03.copy.gz'), 300),
      /fix_2026_03.* has 300 bytes .* cut or spoilt/,
    ],
    ['a file is cut to nothing', (at) => truncateSync(path.join(at, 'animal.copy.gz'), 0), /animal.* cut or spoilt/],
    ['a file is missing', (at) => rmSync(path.join(at, 'collar.copy.gz')), /collar\.copy\.gz is missing/],
    ['a byte is another', (at) => flip(path.join(at, 'fix_2026_03.copy.gz')), /spoilt/],
    ['the manifest is missing', (at) => rmSync(path.join(at, MANIFEST)), /no complete backup/],
    ['the manifest is cut', (at) => truncateSync(path.join(at, MANIFEST), 500), /not of a backup/],
    [
      'rows are missing',
      (at) => edit(at, (manifest) => (manifest.tables.find(({ table }) => table === 'fix_2026_03')!.rows += 1)),
      /should have/,
    ],
    [
      'it is of a newer program',
      (at) => edit(at, (manifest) => manifest.migrations.push({ name: '2030_x', checksum: '' })),
      /newer program/,
    ],
    [
      'its manifest is not to be trusted',
      (at) =>
        edit(
          at,
          (manifest) =>
            (manifest.tables.find(({ table }) => table === 'fix_2026_03')!.bounds =
              `FOR VALUES FROM ('a') TO ('b'); DROP TABLE fix`),
        ),
      /not understood/,
    ],
  ])('puts nothing back when %s', async (_, spoil, message) => {
    await new FixStore(test.database).commit(fixes(0));
    await back();
    spoil(folder());
    const restored = restore();
    await expect(restored).rejects.toThrow(message);
    await expect(restored).rejects.toMatchObject({ name: 'BackupRefused' });
    expect(await tablesThere()).toBe(0);
  });

  it('is put into no database that has tables', async () => {
    await back();
    await expect(restore(test.url)).rejects.toThrow('not empty');
    await to.query('CREATE TABLE somebody_elses (n int)');
    await expect(restore()).rejects.toThrow('somebody_elses');
  });

  it('is made into no folder that holds something, and leaves nothing behind when it cannot be made', async () => {
    mkdirSync(folder());
    writeFileSync(path.join(folder(), 'letter'), 'dear');
    await expect(back()).rejects.toThrow('not empty');
    rmSync(folder(), { recursive: true });
    await client.query(`INSERT INTO archive_file VALUES ('gone.parquet', '2019-05', 1, 11, 'd', now())`);
    await expect(back()).rejects.toThrow('ENOENT');
    await withUpkeep(test.url, () => expect(back()).rejects.toThrow('other hands'));
    expect(readdirSync(root)).toEqual([]);
  });
});

function flip(file: string): void {
  const bytes = readFileSync(file);
  bytes[bytes.length >> 1]! ^= 0x10;
  writeFileSync(file, bytes);
}

function edit(backup: string, change: (manifest: Manifest) => unknown): void {
  const file = path.join(backup, MANIFEST);
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as Manifest;
  change(manifest);
  writeFileSync(file, JSON.stringify(manifest));
}
