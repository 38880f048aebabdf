import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { isAlive, ownMark, type ProcessMark } from './processes.ts';

/** The data folder belongs to another living server. The message is one line. */
export class FolderInUse extends Error {
  override readonly name = 'FolderInUse';
  constructor(folder: string, pid: number) {
    super(`data folder ${folder} is in use by process ${pid}: stop it first, or set DATA_DIR to another folder`);
  }
}

/**
 * Takes the data folder for this process until `release` or its death. A lock of a dead process counts for nothing: it
 * names its owner with the moment it began, as numbers are used again (in a container nearly always).
 *
 * @param file the lock file, in an existing folder
 * @param folder the folder to name in the error
 * @throws FolderInUse
 */
export function lockFolder(file: string, folder: string): { release(): void } {
  const own = JSON.stringify(ownMark());
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, own, { mode: 0o600 });
  try {
    // link fails when the name exists, and the file appears with its content: of two starters one wins.
    for (let attempt = 0; attempt < 10; attempt++) {
      if (tryLink(draft, file)) return { release: () => release(file, own) };
      const owner = readOwner(file);
      if (owner && isAlive(owner)) throw new FolderInUse(folder, owner.pid);
      if (owner) removeStale(file, owner);
    }
    throw new FolderInUse(folder, readOwner(file)?.pid ?? 0);
  } finally {
    rmSync(draft, { force: true });
  }
}

function tryLink(draft: string, file: string): boolean {
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function readOwner(file: string): ProcessMark | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessMark;
  } catch {
    return undefined; // Released meanwhile.
  }
}

/** Between our reading and our removing, another starter may have removed the stale lock and put its own: give that back. */
function removeStale(file: string, stale: ProcessMark): void {
  const aside = `${file}.${randomUUID()}`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  const taken = readOwner(aside);
  if (taken && (taken.pid !== stale.pid || taken.began !== stale.began)) tryLink(aside, file);
  rmSync(aside, { force: true });
}

function release(file: string, own: string): void {
  try {
    if (readFileSync(file, 'utf8') === own) rmSync(file, { force: true });
  } catch {
    // Already gone with the folder.
  }
}
