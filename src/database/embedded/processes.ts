import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import path from 'node:path';

/** A process, told apart from a later one that got the same number by the moment it began. */
export interface ProcessMark {
  readonly pid: number;
  readonly began: string;
}

/** When the process began, in the system's own words; undefined when there is no such process. */
export function processBegan(pid: number): string | undefined {
  try {
    if (process.platform !== 'linux')
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
    // Field 2 is the program's name in brackets and may itself hold blanks and brackets: count from the last one.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const state = fields[0];
    return state === 'Z' || state === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** This process. */
export function ownMark(): ProcessMark {
  return { pid: process.pid, began: processBegan(process.pid) ?? '' };
}

/** Whether the very process of the mark still runs. */
export function isAlive(mark: ProcessMark): boolean {
  return processBegan(mark.pid) === mark.began;
}

/**
 * Numbers of the Postgres processes, postmaster and backends, that work on a data folder. On Linux they are known by their
 * working folder, so that a stale postmaster.pid, one of another process or none at all cannot mislead; elsewhere by
 * postmaster.pid and the program's name.
 */
export function postgresOn(folder: string): number[] {
  return process.platform === 'linux' ? byWorkingFolder(folder) : byPidFile(folder);
}

function byWorkingFolder(folder: string): number[] {
  const wanted = statSync(folder, { throwIfNoEntry: false });
  if (!wanted) return [];
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      try {
        if (!path.basename(readlinkSync(`/proc/${pid}/exe`)).startsWith('postgres')) return false;
        const cwd = statSync(`/proc/${pid}/cwd`);
        return cwd.dev === wanted.dev && cwd.ino === wanted.ino;
      } catch {
        return false; // Gone meanwhile, or another user's: not ours, for the folder is.
      }
    });
}

function byPidFile(folder: string): number[] {
  const pid = postmasterPid(folder);
  if (pid === undefined) return [];
  try {
    const command = execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
    return command.includes('postgres') ? [pid] : [];
  } catch {
    return [];
  }
}

/** The number in postmaster.pid, whoever has it now. */
export function postmasterPid(folder: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(path.join(folder, 'postmaster.pid'), 'utf8'), 10);
    return pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}
