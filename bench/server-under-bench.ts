import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { Cleanup } from './cleanup.ts';
import { childrenOf } from './processes.ts';

const MAIN = fileURLToPath(new URL('../src/main.js', import.meta.url));
const START_MS = 120_000;
const STOP_MS = 60_000;
/** Of nobody's: the server listens on this machine alone, and its data is removed afterwards. */
export const ADMIN_TOKEN = 'bench-administrator-0123456789abcdef';

/** A folder for the data of a server, removed with everything else. */
export async function benchFolder(cleanup: Cleanup): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'collarwatch-bench-'));
  cleanup.add(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** The real server in a process of its own, with its embedded Postgres, on free ports. */
export class ServerUnderBench {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    readonly http: string,
    readonly mqtt: string,
    /** From its start to its `ready`, milliseconds. */
    readonly startMs: number,
  ) {}

  /** @param settings of the server, besides those that every bench has */
  static async start(
    folder: string,
    settings: Readonly<Record<string, string>>,
    cleanup: Cleanup,
  ): Promise<ServerUnderBench> {
    const began = performance.now();
    // Its own group: Ctrl-C reaches the bench, which ends the server in its turn. BENCH_NODE_OPTIONS: for a profile of it.
    const options = (process.env['BENCH_NODE_OPTIONS'] ?? '').split(' ').filter(Boolean);
    const child = spawn(process.execPath, [...options, MAIN], {
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        DATA_DIR: folder,
        HTTP_PORT: '0',
        MQTT_PORT: '0',
        ADMIN_TOKEN,
        LOG_LEVEL: 'warn',
        ...settings,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    cleanup.add(() => stopProcess(child));
    const { http, mqtt } = await untilReady(child);
    return new ServerUnderBench(child, folder, http, mqtt, performance.now() - began);
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** The process that keeps Postgres for the server, if one is seen. */
  get keeperPid(): number | undefined {
    return childrenOf(this.pid)[0];
  }

  /** The first process of the embedded Postgres, whose children are the others. */
  get postmasterPid(): number {
    return Number(readFileSync(path.join(this.folder, 'postgres/postmaster.pid'), 'utf8').split('\n', 1)[0]);
  }

  stop(): Promise<void> {
    return stopProcess(this.child);
  }

  /** A connection to its database. */
  async database(cleanup: Cleanup): Promise<pg.Client> {
    const address = JSON.parse(readFileSync(path.join(this.folder, 'postgres.json'), 'utf8')) as pg.ClientConfig;
    const client = new pg.Client({ ...address, host: '127.0.0.1' });
    client.on('error', () => undefined);
    await client.connect();
    cleanup.add(() => client.end());
    return client;
  }

  /** @throws Error with the answer of the server, unless it is as wanted */
  async put(route: string, body: unknown): Promise<void> {
    const answer = await fetch(`${this.http}/api/v1${route}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`PUT ${route}: ${answer.status} ${await answer.text()}`);
  }

  /** Resolves when the server says that everything of it works: also its subscription at an external broker. */
  async untilHealthy(): Promise<void> {
    for (const began = Date.now(); Date.now() - began < START_MS; await sleep(50)) {
      const answer = await fetch(`${this.http}/api/v1/health/ready`);
      await answer.text();
      if (answer.ok) return;
    }
    throw new Error('the server does not get ready');
  }

  /** Fixes that it has stored since its start, by its own count. */
  async fixesStored(): Promise<number> {
    const text = await (await fetch(`${this.http}/api/v1/metrics`)).text();
    const found = /^collarwatch_ingest_fixes_total (\d+)/m.exec(text)?.[1];
    if (found === undefined) throw new Error('the server does not count its fixes');
    return Number(found);
  }
}

async function untilReady(child: ChildProcess): Promise<{ http: string; mqtt: string }> {
  let output = '';
  const ready = new Promise<{ http: string; mqtt: string }>((resolve) => {
    child.stdout!.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const line = /^ready (\{.*\})$/m.exec(output)?.[1];
      if (line !== undefined) resolve(JSON.parse(line) as { http: string; mqtt: string });
    });
  });
  const late = sleep(START_MS, undefined, { ref: false }).then(() => 'was not ready in time');
  const ended = once(child, 'exit').then(() => 'ended at its start');
  const result = await Promise.race([ready, late, ended]);
  if (typeof result === 'string') throw new Error(`the server ${result}`);
  return result;
}

/** Ends a process in its own good time, and after that at once. */
export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await gone;
  clearTimeout(late);
}
