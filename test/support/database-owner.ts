import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** A process that owns an embedded Postgres, as a server does. */
export interface DatabaseOwner {
  readonly child: ChildProcess;
  readonly url: string;
  /** What it has said so far. */
  said(): string;
  /** Asks it to end, as an operator does, and waits for that. */
  stop(): Promise<void>;
}

const SCRIPT = path.resolve(import.meta.dirname, 'database-owner.mjs');

/**
 * Resolves when it has its database open.
 *
 * @param options whom it runs as, and what its environment has besides
 * @throws Error with what it said when it refuses
 */
export async function startDatabaseOwner(
  dataDir: string,
  options: { uid?: number; gid?: number; environment?: NodeJS.ProcessEnv; script?: string } = {},
): Promise<DatabaseOwner> {
  const { environment, script = SCRIPT, ...account } = options;
  const child = spawn(process.execPath, [script, dataDir], {
    ...account,
    cwd: '/',
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // A process group of its own, as a terminal's job has.
  });
  let said = '';
  child.stderr?.on('data', (text: Buffer) => (said += text.toString()));
  const exited = once(child, 'exit');
  const line = once(createInterface(child.stdout), 'line') as Promise<[string]>;
  const opened = await Promise.race([line, exited.then(() => undefined)]);
  if (!opened) throw new Error(said.trim());
  const { url } = JSON.parse(opened[0]) as { url: string };
  return {
    child,
    url,
    said: () => said,
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** Resolves when the condition holds; at latest in `withinMs`, then it throws what was waited for. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  withinMs: number,
  what: string,
): Promise<void> {
  for (const began = Date.now(); !(await condition());) {
    if (Date.now() - began > withinMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
