import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../log.ts';
import type { Account } from './account.ts';
import { postgresOn, postmasterPid } from './processes.ts';
import type { Programs } from './programs.ts';

export const OWNER_ROLE = 'collarwatch';
/** The major version whose folder these programs can open. */
const MAJOR = '18';

/** How long an orphan may take to stop: it writes a checkpoint first. Then it is made to leave at once, and at last killed. */
const ORPHAN_STOPS_MS = 20_000;
const ORPHAN_LEAVES_MS = 5_000;

/** What Postgres needs in its environment, and nothing of ours: no secret of the server's settings. */
export const environment: NodeJS.ProcessEnv = { PATH: process.env['PATH'], LC_ALL: 'C' };

/**
 * The folder as the account can name it. Below a folder that it may not enter (root's home) the only way in is the working
 * folder, which root opens for it.
 */
export function folderFor(folder: string, account: Account): string {
  if (account.uid === undefined) return folder;
  const enters = spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { ...account, cwd: '/' }).status === 0;
  if (enters) return folder;
  if (existsSync('/proc/self/cwd')) return '/proc/self/cwd';
  throw new Error(`the account of Postgres may not enter ${folder}: set DATA_DIR to a folder that it may`);
}

/**
 * Makes the database cluster where there is none. Made aside and then renamed: a start that was cut short leaves no half one.
 *
 * @throws Error of one line when it cannot be made, or was made by another major version
 */
export function ensureCluster(folder: string, programs: Programs, account: Account, password: string, log: Log): void {
  if (existsSync(path.join(folder, 'PG_VERSION'))) {
    const version = readFileSync(path.join(folder, 'PG_VERSION'), 'utf8').trim();
    if (version !== MAJOR) throw new Error(`data folder ${folder} is of Postgres ${version}, and this one is ${MAJOR}`);
    return;
  }
  log.info(`first start: making a database in ${folder}`);
  const draft = `${folder}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  if (account.uid !== undefined && account.gid !== undefined) chownSync(draft, account.uid, account.gid);
  const passwordFile = path.join(tmpdir(), `collarwatch-${randomUUID()}`);
  const args = [
    ...['-D', folderFor(draft, account), '--username', OWNER_ROLE, '--auth', 'scram-sha-256', '--pwfile', passwordFile],
    ...['--encoding', 'UTF8', '--locale', 'C', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8'],
    '--no-instructions',
  ];
  try {
    writeFileSync(passwordFile, `${password}\n`, { mode: 0o600, flag: 'wx' });
    if (account.uid !== undefined && account.gid !== undefined) chownSync(passwordFile, account.uid, account.gid);
    const made = spawnSync(programs.initdb, args, { ...account, cwd: draft, env: environment, encoding: 'utf8' });
    if (made.status !== 0) throw new Error(`the database could not be made: ${lastLine(made.stderr)}`);
  } finally {
    rmSync(passwordFile, { force: true });
  }
  renameSync(draft, folder);
}

/**
 * Ends every Postgres that still works on the folder (its server is gone: we hold the lock), then removes a stale
 * postmaster.pid, which may name a process that is somebody else's by now.
 *
 * @throws Error of one line when one does not go
 */
export async function clearFolder(folder: string, log: Log): Promise<void> {
  const began = Date.now();
  let told = '';
  for (let left = postgresOn(folder); left.length > 0; left = postgresOn(folder)) {
    const postmaster = postmasterPid(folder);
    const waited = Date.now() - began;
    if (waited > ORPHAN_STOPS_MS + 2 * ORPHAN_LEAVES_MS)
      throw new Error(`data folder ${folder} is in use by Postgres process ${left[0]}, which does not stop`);
    const step =
      waited > ORPHAN_STOPS_MS + ORPHAN_LEAVES_MS ? 'SIGKILL' : waited > ORPHAN_STOPS_MS ? 'SIGQUIT' : 'SIGINT';
    if (step !== told) {
      log.warn(`stopping a Postgres that its server left behind in ${folder} (process ${postmaster ?? left[0]})`);
      for (const pid of left)
        if (step === 'SIGKILL' || pid === postmaster || !left.includes(postmaster ?? 0)) end(pid, step);
      told = step;
    }
    await sleep(25);
  }
  rmSync(path.join(folder, 'postmaster.pid'), { force: true });
}

function end(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone meanwhile.
  }
}

/** What another command of ours on this machine needs to reach the embedded Postgres; for the server's account alone. */
export interface Address {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

export const addressFile = (dataDir: string) => path.join(dataDir, 'postgres.json');

/** The address as it was last written, if ever. */
export function readAddress(dataDir: string): Address | undefined {
  const file = addressFile(dataDir);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Address) : undefined;
}

export function writeAddress(dataDir: string, address: Address): void {
  const draft = `${addressFile(dataDir)}.new`;
  rmSync(draft, { force: true });
  writeFileSync(draft, JSON.stringify(address), { mode: 0o600, flush: true });
  giveToOwner(draft, dataDir);
  renameSync(draft, addressFile(dataDir));
}

/** Root may run a user's data folder for once: that user needs to get in afterwards. */
export function giveToOwner(file: string, dataDir: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(dataDir);
  chownSync(file, uid, gid);
}

export function addressUrl({ port, user, password, database }: Address): string {
  return `postgresql://${user}:${password}@127.0.0.1:${port}/${database}`;
}

export function lastLine(text: string | undefined): string {
  return text?.trim().split('\n').at(-1) ?? 'no reason given';
}
