import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { parquetReadObjects } from 'hyparquet';
import { Compression, readParquet, writeParquet, WriterPropertiesBuilder } from 'parquet-wasm';
import { quiet } from '../../../src/database/log.ts';
import { withUpkeep } from '../../../src/database/upkeep.ts';
import { ArchiveStore, isPast } from '../../../src/history/archive/archive.store.ts';
import { Archiving } from '../../../src/history/archive/archiving.ts';
import { ArchiveModule } from '../../../src/history/archive/archive.module.ts';
import { runArchiveCommand } from '../../../src/history/archive/archive-cli.ts';
import { ARCHIVED_HEADER } from '../../../src/history/archive/archived-notice.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { startRestApp } from '../../support/rest-app.ts';

interface Stored {
  at: Date;
  alt_m: number;
  hdop: number;
  battery_v: number;
  device_seq: string | null;
}

const ROWS = 4_500;
const NOW = Date.parse('2019-09-15T00:00:00Z');

describe('the archive', () => {
  let test: TestDatabase;
  let client: pg.Client;
  let folder: string;
  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'collarwatch-archive-'));
    test = await createTestDatabase();
    client = new pg.Client({ connectionString: test.url, options: '-c timezone=UTC' });
    await client.connect();
    await test.database.ensureMonths(['2019-05', '2019-06', '2019-07'].map((month) => Date.parse(`${month}-01`)));
    // Cleaning holds a table, and archiving gives way to it: another time.
    for (const month of ['05', '06', '07'])
      await client.query(`ALTER TABLE fix_2019_${month} SET (autovacuum_enabled = off)`);
    await client.query(
      `INSERT INTO fix SELECT '2019-05-01T00:00:00.123Z'::timestamptz + n * interval '620 seconds', now() - n * interval '1 ms', random() * 360 - 180,
         random() * 180 - 90, n % 20, n % 3, n % 9 = 0, CASE WHEN n % 2 = 0 THEN n % 12 END, random() * 100, NULL, random()::real, 'NaN',
         NULL, -4.5, 3.58, n, CASE WHEN n % 5 = 0 THEN 9007199254740993 + n END,
         CASE WHEN n % 4 = 0 THEN '{"note": "\\"тигр\\", a\\nline", "n": 1.10}'::jsonb END, CASE WHEN n % 50 = 0 THEN now() END
       FROM generate_series(1, ${ROWS}) AS n`,
    );
  });
  afterEach(async () => {
    await client.end();
    await test.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  const all = async (where = 'true') => {
    const { rows } = await client.query<{ text: string }>(
      `SELECT fix::text AS text FROM fix WHERE ${where} ORDER BY collar_id, at`,
    );
    return rows.map(({ text }) => text);
  };
  const archiving = <T>(work: (archiving: Archiving, store: ArchiveStore) => Promise<T>) =>
    withUpkeep(test.url, (own) => {
      const store = new ArchiveStore(own);
      return work(new Archiving(store, folder), store);
    });
  const retain = (months: number, now = NOW) =>
    archiving((one) => one.retain({ now, months, stopping: new AbortController().signal, log: quiet }));
  const files = () => archiving((_, store) => store.files());
  const late = (at: string) =>
    client.query(
      `INSERT INTO fix (collar_id, at, received_at, lon, lat, doubts, late) VALUES (77, $1, now(), 131, 43, 0, true)`,
      [at],
    );

  it('takes months that are older than the retention, and no others', async () => {
    const before = await all();
    await retain(3); // June, July and August are whole months that stay.
    expect(readdirSync(folder)).toEqual(['fix-2019-05.parquet']);
    expect(await all()).toEqual(await all(`at >= '2019-06-01'`));
    const [may] = await files();
    expect(may).toMatchObject({ month: '2019-05', rows: before.length - (await all()).length, restoredAt: null });
    expect(isPast({ month: '2019-05' }, Date.parse('2019-08-31T23:59:59Z'), 3)).toBe(false);
    expect(isPast({ month: '2019-05' }, Date.parse('2019-09-01T00:00:00Z'), 3)).toBe(true);
  });

  it('gives a month back to the last bit, once', async () => {
    const before = await all();
    await retain(3);
    const { rows, added } = await archiving((one) => one.restore('2019-05'));
    expect(added).toBe(rows);
    expect(await all()).toEqual(before);
    expect(await archiving((one) => one.restore('2019-05'))).toEqual({ rows, added: 0 });
    expect(await all()).toEqual(before);
  });

  it('writes files that another reader of Parquet understands', async () => {
    const expected = await client.query<Stored>(`SELECT * FROM fix WHERE at < '2019-06-01' ORDER BY collar_id, at`);
    await retain(3);
    const read = await throughArrow(path.join(folder, 'fix-2019-05.parquet'));
    expect(read).toHaveLength(expected.rows.length);
    const time = (date: Date) => date.toISOString();
    for (const [place, row] of expected.rows.entries()) {
      const found = read[place]!;
      expect({
        ...found,
        extra: JSON.parse((found['extra'] ?? 'null') as string) as unknown,
        at: time(found['at'] as Date),
      }).toEqual({
        ...row,
        at: time(row.at),
        alt_m: Math.fround(row.alt_m),
        hdop: Math.fround(row.hdop),
        battery_v: Math.fround(row.battery_v),
        device_seq: row.device_seq === null ? null : BigInt(row.device_seq),
      });
    }
  });

  it('leaves a place for late fixes, archives them beside, and gives both back', async () => {
    const before = await all();
    await retain(3);
    await late('2019-05-20T10:00:00Z');
    await retain(3);
    expect((await files()).map(({ file }) => file)).toEqual(['fix-2019-05-2.parquet', 'fix-2019-05.parquet']);
    await late('2019-05-20T11:00:00Z');
    await archiving((one) => one.restore('2019-05'));
    expect(await all()).toHaveLength(before.length + 2);
    expect((await all()).filter((row) => !row.includes('131,43,77'))).toEqual(before);
  });

  it('keeps what was put back for a month, then takes it again into one file', async () => {
    await retain(3);
    await late('2019-05-20T10:00:00Z');
    await archiving((one) => one.restore('2019-05'));
    const before = await all();
    await retain(3, Date.now());
    expect(await all(`at < '2019-06-01'`)).toEqual(before.filter((row) => row.startsWith('("2019-05')));
    await retain(3, Date.now() + 31 * 86_400_000);
    expect(await all()).toEqual([]);
    expect(readdirSync(folder).filter((file) => file.includes('2019-05'))).toEqual(['fix-2019-05-2.parquet']);
    await archiving((one) => one.restore('2019-05'));
    expect(await all()).toEqual(before.filter((row) => row.startsWith('("2019-05')));
  });

  it('takes nothing away that was written to while it was read', async () => {
    const before = await all();
    await archiving(async (one, store) => {
      const [may] = (await store.months()).filter(({ month }) => month === '2019-05');
      const leave = store.leave.bind(store);
      store.leave = async (...args) => {
        await client.query(`UPDATE fix SET doubts = 32 WHERE at = (SELECT min(at) FROM fix)`);
        return leave(...args);
      };
      await expect(one.archive(may!)).rejects.toThrow('written to');
    });
    expect(await all()).toHaveLength(before.length);
    expect(await files()).toEqual([]);
  });

  it('takes nothing away when the file does not hold every fix', async () => {
    const before = await all();
    await archiving(async (one, store) => {
      const [may] = (await store.months()).filter(({ month }) => month === '2019-05');
      const read = store.read.bind(store);
      store.read = async (month, columns, write) => {
        const done = await read(month, columns, write);
        truncateSync(path.join(folder, 'fix-2019-05.parquet.draft'), 20_000);
        return done;
      };
      await expect(one.archive(may!)).rejects.toThrow('cannot be read');
    });
    expect(await all()).toEqual(before);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('killed before the database knows the file, writes it again', async () => {
    const before = await all();
    writeFileSync(path.join(folder, 'fix-2019-05.parquet'), 'half of it');
    writeFileSync(path.join(folder, 'fix-2019-05.parquet.draft'), 'more');
    await retain(3);
    expect(readdirSync(folder)).toEqual(['fix-2019-05.parquet']);
    await archiving((one) => one.restore('2019-05'));
    expect(await all()).toEqual(before);
  });

  it('is told of by a header where an answer lacks what is in it', async () => {
    await retain(3);
    const app = await startRestApp({}, [ArchiveModule], test);
    try {
      await app.ask('PUT', '/api/v1/reserve', {
        body: {
          ...{ animals: [{ id: 'sofia', name: 'Sofia' }], collars: [{ serial: 'c', format: 'json-v1' }] },
          deployments: [{ animal: 'sofia', collar: 'c', from: '2019-01-01T00:00:00Z', to: null }],
        },
      });
      const told = async (path: string) => {
        const { status, headers } = await app.ask('GET', `/api/v1/animals/sofia/${path}`);
        return [status, headers[ARCHIVED_HEADER]];
      };
      expect(await told('fixes')).toEqual([200, '2019-05']);
      expect(await told('track')).toEqual([200, '2019-05']);
      expect(await told('fixes?from=2019-05-31T23:59:59Z&to=2019-06-10T00:00:00Z')).toEqual([200, '2019-05']);
      expect(await told('fixes?from=2019-06-01T00:00:00Z')).toEqual([200, undefined]);
      expect((await app.ask('GET', '/api/v1/positions')).headers[ARCHIVED_HEADER]).toBeUndefined();
    } finally {
      await app.close();
    }
  });

  it('is listed, checked, filled and emptied by a command', async () => {
    const before = await all();
    const run = async (...args: string[]) => {
      const lines: string[] = [];
      const ensureMonth = (at: number) => test.database.ensureMonths([at]);
      await archiving((one, store) =>
        runArchiveCommand(args, { store, archiving: one, ensureMonth, now: NOW, out: (line) => void lines.push(line) }),
      );
      return lines.join('\n');
    };
    await expect(run('put', '2019-09')).rejects.toThrow('no fixes');
    await expect(run('put', '2019-5')).rejects.toThrow('2019-05');
    await expect(run('restore', '2018-01')).rejects.toThrow('not in the archive');
    await expect(run('burn')).rejects.toThrow('npm run archive');
    expect(await run('list')).toBe('');
    expect(await run('put', '2019-05')).toMatch(/^2019-05: \d+ fixes are in .*fix-2019-05\.parquet, \d+ bytes$/);
    expect(await run('check')).toContain('as written');
    writeFileSync(path.join(folder, 'fix-2001-01.parquet'), '');
    expect(await run('list')).toMatch(
      /^2019-05\tfix-2019-05\.parquet\t\d+ fixes.*\n-\tfix-2001-01\.parquet\tis not known/,
    );
    expect(await run('restore', '2019-05')).toMatch(/^2019-05: (\d+) of \1 fixes were put back$/);
    expect(await all()).toEqual(before);
    expect(await run('list')).toContain('put back');
  });

  it.each([
    ['cut', (file: string) => truncateSync(file, 30_000), 'cannot be read'],
    ['of other fixes', (file: string) => copyFileSync(path.join(folder, 'fix-2019-06.parquet'), file), 'holds'],
    ['gone', (file: string) => rmSync(file), 'cannot be read'],
    ['changed in one byte', (file: string) => writeFileSync(file, flipped(readFileSync(file))), ''],
  ])('puts nothing back from a file that is %s', async (_, spoil, message) => {
    await retain(2);
    await client.query('TRUNCATE fix');
    spoil(path.join(folder, 'fix-2019-05.parquet'));
    const restored = archiving((one) => one.restore('2019-05'));
    await expect(restored).rejects.toThrow(message);
    await expect(restored).rejects.toMatchObject({ name: 'FileSpoilt' });
    expect(await all()).toEqual([]);
    expect((await files()).every(({ restoredAt }) => restoredAt === null)).toBe(true);
  });
});

/** Read by Arrow's own implementation, in Rust, and written by it anew, so that what it had understood can be looked at. */
async function throughArrow(file: string): Promise<Record<string, unknown>[]> {
  const plain = new WriterPropertiesBuilder().setCompression(Compression.UNCOMPRESSED).build();
  const bytes = writeParquet(readParquet(readFileSync(file)), plain);
  return parquetReadObjects({ file: new Uint8Array(bytes).buffer });
}

/** In the middle of a packed page. */
function flipped(bytes: Buffer): Buffer {
  bytes[20_000]! ^= 0xff;
  return bytes;
}
