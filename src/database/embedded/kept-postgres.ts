import { fork, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Account } from './account.ts';
import { environment, giveToOwner } from './data-folder.ts';

/** The log of Postgres itself holds starts, stops and crashes only; at this size the last one is set aside. */
const LOG_BYTES = 5_000_000;
/** Longer than the keeper's own patience with Postgres. */
const STOP_MS = 30_000;

/** One run of Postgres under its keeper. */
export class KeptPostgres {
  readonly #keeper: ChildProcess;
  readonly #logFile: string;
  readonly #logBegan: number;
  /** Why it ended, once it has: Postgres by itself, or the keeper, which leaves an orphan. */
  ended: string | undefined;
  /** Resolves when this run is over, however it went. */
  readonly end: Promise<void>;

  /**
   * @param command the program postgres, and its arguments
   * @param cwd its data folder
   * @param logFile where Postgres writes, in the folder of the embedded parts
   */
  constructor(command: string, args: string[], cwd: string, account: Account, logFile: string) {
    if ((statSync(logFile, { throwIfNoEntry: false })?.size ?? 0) > LOG_BYTES) renameSync(logFile, `${logFile}.1`);
    const log = openSync(logFile, 'a', 0o600);
    this.#logFile = logFile;
    this.#logBegan = statSync(logFile).size;
    giveToOwner(logFile, path.dirname(logFile));
    this.#keeper = fork(fileURLToPath(new URL('./keeper.mjs', import.meta.url)), [], {
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
      execArgv: ['--max-old-space-size=32', '--max-semi-space-size=1'],
      env: environment,
    });
    closeSync(log);
    this.#keeper.on('message', (message: { event: string; reason?: string }) => {
      if (message.event === 'exited') this.ended ??= message.reason ?? 'no reason given';
    });
    this.#keeper.on('error', (error) => (this.ended ??= error.message));
    this.end = once(this.#keeper, 'exit').then(
      ([code, signal]) => void (this.ended ??= `its keeper ended (${String(signal ?? code)})`),
      () => undefined,
    );
    const [program, ...rest] = [...tie(account), command, ...args];
    this.#keeper.send({ order: 'start', command: program, args: rest, environment, cwd, ...account }, () => undefined);
  }

  /** What Postgres wrote about its end, in one line. */
  lastWords(): string {
    const lines = readFileSync(this.#logFile).subarray(this.#logBegan).toString().trim().split('\n');
    const worst = lines.findLast((line) => /FATAL|PANIC/.test(line)) ?? lines.at(-1) ?? '';
    return worst.replace(/^.*?(FATAL|PANIC|LOG): +/, '');
  }

  /** Stops Postgres by a fast shutdown: sessions end, everything is on disk. */
  async stop(): Promise<void> {
    if (this.#keeper.connected) this.#keeper.send({ order: 'stop' }, () => undefined);
    const late = setTimeout(() => this.#keeper.kill('SIGKILL'), STOP_MS);
    await this.end;
    clearTimeout(late);
  }
}

/**
 * Where the system can, Postgres is also told by the kernel when its keeper dies: then not even a kill -9 of the server and
 * the keeper together leaves an orphan. Elsewhere that one would be found and stopped at the next start.
 */
function tie(account: Account): string[] {
  const tied = ['setpriv', '--pdeathsig', 'INT', '--'];
  const works = process.platform === 'linux' && spawnSync('setpriv', [...tied.slice(1), 'true'], account).status === 0;
  return works ? tied : [];
}
