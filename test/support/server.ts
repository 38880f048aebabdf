import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const MAIN = path.resolve(import.meta.dirname, '../../dist/src/main.js');
const START_MS = 60_000;
export const ADMIN_TOKEN = 'test-administrator-0123456789abcdef';

/** A server in a process of its own, as users run it. */
export interface TestServer {
  readonly http: string;
  readonly mqtt: string | null;
  readonly pid: number;
  /** Everything it has printed so far. */
  output(): string;
  /** Resolves with its exit code when it has ended; null: by a signal. */
  readonly ended: Promise<number | null>;
  kill(signal: NodeJS.Signals): Promise<number | null>;
  /** A call of REST as the administrator, or with another token (null: none). */
  api(method: string, route: string, body?: unknown, token?: string | null): Promise<ApiAnswer>;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // What a test expects of it, it says itself.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly json: any;
}

/** A folder for a server's data; give it to a second start to go on with the same data. */
export async function dataFolder(): Promise<{ path: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'collarwatch-'));
  return { path: folder, remove: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }) };
}

/** Starts the server on free ports. Settings override the tests' own. */
export async function startServer(settings: Record<string, string | undefined>): Promise<TestServer> {
  const child = spawn(process.execPath, ['--enable-source-maps', MAIN], {
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      HTTP_PORT: '0',
      MQTT_PORT: '0',
      ADMIN_TOKEN,
      LOG_LEVEL: 'info',
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // A test that fails half-way must not leave its server behind, nor wait for it.
  const reap = () => child.kill('SIGKILL');
  process.once('exit', reap);
  child.once('exit', () => process.off('exit', reap));
  child.unref();
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const { http, mqtt } = await untilReady(child, () => output, ended);
  return {
    http,
    mqtt,
    pid: child.pid!,
    output: () => output,
    ended,
    kill: (signal) => {
      child.kill(signal);
      return ended;
    },
    api: (method, route, body, token = ADMIN_TOKEN) => call(`${http}/api/v1${route}`, method, body, token),
  };
}

async function untilReady(
  child: ChildProcess,
  output: () => string,
  ended: Promise<unknown>,
): Promise<{ http: string; mqtt: string | null }> {
  let over = false;
  void ended.then(() => (over = true));
  for (const began = Date.now(); ; await new Promise((resolve) => setTimeout(resolve, 20))) {
    const line = /^ready (\{.*\})$/m.exec(output())?.[1];
    if (line !== undefined) return JSON.parse(line) as { http: string; mqtt: string | null };
    if (over) throw new Error(`the server ended at its start:\n${output()}`);
    if (Date.now() - began > START_MS) {
      child.kill('SIGKILL');
      throw new Error(`the server was not ready within ${START_MS} ms:\n${output()}`);
    }
  }
}

async function call(url: string, method: string, body: unknown, token: string | null): Promise<ApiAnswer> {
  const answer = await fetch(url, {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  return { status: answer.status, headers: answer.headers, text, json };
}

/** Asks until the answer is as wanted. */
export async function eventually<T>(
  ask: () => Promise<T>,
  wanted: (answer: T) => boolean,
  withinMs = 10_000,
): Promise<T> {
  for (const began = Date.now(); ; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    if (Date.now() - began > withinMs)
      throw new Error(`not within ${withinMs} ms; last: ${JSON.stringify(answer).slice(0, 2_000)}`);
  }
}
