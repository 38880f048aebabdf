import { jest } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { postgresOn, postmasterPid } from '../../../src/database/embedded/processes.ts';
import { startDatabaseOwner, until, type DatabaseOwner } from '../../support/database-owner.ts';

// Processes are started and ended here, on machines that may be slow.
jest.setTimeout(60_000);

const insert = (name: string) => `INSERT INTO cursor (name, seq) VALUES ('${name}', 1)`;
const names = 'SELECT name FROM cursor ORDER BY name';

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** The keeper is Postgres' parent. */
function keeperOf(postmaster: number): number {
  const stat = readFileSync(`/proc/${postmaster}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

describe('the embedded Postgres', () => {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'collarwatch-embedded-'));
  const folder = path.join(dataDir, 'postgres');
  let owner: DatabaseOwner;
  const running = () => postgresOn(folder).length > 0;
  const gone = () => until(() => !running(), 10_000, 'no Postgres is left');
  const postmaster = () => postmasterPid(folder) ?? 0;

  beforeEach(async () => {
    owner = await startDatabaseOwner(dataDir);
  });
  afterEach(async () => {
    if (owner.child.exitCode === null && owner.child.signalCode === null) await owner.stop();
    await gone();
  });
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

  it('says what the first start does, and keeps its password to its account', async () => {
    expect(owner.said()).toContain(`first start: making a database in ${folder}`);
    expect(owner.said()).toContain('applying migration');
    expect(statSync(path.join(dataDir, 'postgres.json')).mode & 0o777).toBe(0o600);
    const wrong = new URL(owner.url);
    wrong.password = 'guess';
    await expect(ask(wrong.href, 'SELECT')).rejects.toThrow('password authentication');
    const [settings] = await ask(
      owner.url,
      `SELECT current_setting('listen_addresses') AS listens, current_setting('unix_socket_directories') AS sockets,
              current_setting('server_encoding') AS encoding, current_setting('data_checksums') AS checksums`,
    );
    expect(settings).toEqual({ listens: '127.0.0.1', sockets: '', encoding: 'UTF8', checksums: 'on' });
  });

  it('is there again with its data after a kill -9 of Postgres, at the same address', async () => {
    await ask(owner.url, insert('before'));
    process.kill(postmaster(), 'SIGKILL');
    await until(() => owner.said().includes('Postgres answers again'), 20_000, 'Postgres answers again');
    expect(await ask(owner.url, names)).toEqual([{ name: 'before' }]);
    // The owner's own connections have recovered as well: it drains with queries.
    await owner.stop();
    expect(owner.said()).toContain('drained');
  });

  it('is there again after a kill -9 of its keeper', async () => {
    process.kill(keeperOf(postmaster()), 'SIGKILL');
    await until(() => owner.said().includes('Postgres answers again'), 20_000, 'Postgres answers again');
    expect(await ask(owner.url, names)).toEqual([{ name: 'before' }]);
  });

  it('ends with its server, by whatever death, and the next start finds the data', async () => {
    await ask(owner.url, insert('killed'));
    owner.child.kill('SIGKILL');
    await gone();
    owner = await startDatabaseOwner(dataDir);
    expect(await ask(owner.url, names)).toEqual([{ name: 'before' }, { name: 'killed' }]);
  });

  it('leaves no orphan when server and keeper are killed together', async () => {
    const keeper = keeperOf(postmaster());
    process.kill(keeper, 'SIGKILL');
    owner.child.kill('SIGKILL');
    await gone();
  });

  it('does not wait for an old Postgres that is still ending', async () => {
    owner.child.kill('SIGKILL');
    owner = await startDatabaseOwner(dataDir);
    expect(await ask(owner.url, names)).toHaveLength(2);
  });

  it('outlives Ctrl-C until its server has drained', async () => {
    process.kill(-(owner.child.pid ?? 0), 'SIGINT');
    await until(() => owner.said().includes('drained'), 10_000, 'drained');
  });

  it('is refused to a second server, in a line that names the folder and the process', async () => {
    const second = startDatabaseOwner(dataDir);
    await expect(second).rejects.toThrow(`data folder ${dataDir} is in use by process ${owner.child.pid}`);
    await expect(second).rejects.toThrow(/^refused: [^\n]*$/);
    expect(await ask(owner.url, names)).toHaveLength(2);
  });

  it('starts over a stale postmaster.pid, also of a number that another process has now', async () => {
    const pidFile = readFileSync(path.join(folder, 'postmaster.pid'), 'utf8');
    await owner.stop();
    for (const pid of [process.pid, 4_194_303]) {
      writeFileSync(path.join(folder, 'postmaster.pid'), pidFile.replace(/^\d+/, String(pid)));
      owner = await startDatabaseOwner(dataDir);
      expect(await ask(owner.url, names)).toHaveLength(2);
      await owner.stop();
    }
  });

  it('starts over a lock that a dead server left', async () => {
    await owner.stop();
    const lock = path.join(dataDir, 'postgres.lock');
    for (const stale of [
      { pid: process.pid, began: '1' },
      { pid: 4_194_303, began: '1' },
    ]) {
      writeFileSync(lock, JSON.stringify(stale));
      owner = await startDatabaseOwner(dataDir);
      await owner.stop();
    }
  });

  it('comes up once when servers start at once on an empty folder', async () => {
    const empty = mkdtempSync(path.join(tmpdir(), 'collarwatch-embedded-'));
    const starts = await Promise.allSettled(Array.from({ length: 4 }, () => startDatabaseOwner(empty)));
    const opened = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
    const refused = starts.flatMap((start) => (start.status === 'rejected' ? [String(start.reason)] : []));
    expect(opened).toHaveLength(1);
    for (const reason of refused) expect(reason).toContain(`in use by process ${opened[0]?.child.pid}`);
    await opened[0]?.stop();
    rmSync(empty, { recursive: true, force: true });
  });
});
