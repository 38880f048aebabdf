// The keeper owns the embedded Postgres for the server: a process of its own, so that a kill -9 of the server cannot leave
// Postgres behind. It hears of the server's death by the closing of their channel, whatever the death was.
// It has its own session (the server starts it detached): Ctrl-C in a terminal reaches the server only, which drains first.
// Plain JavaScript on purpose: it runs by file name, from src in tests and from dist in production.
import { spawn } from 'node:child_process';

/** Fast shutdown ends sessions and writes a checkpoint; on a slow disk that takes a while. Less would end in crash recovery. */
const FAST_SHUTDOWN_MS = 20_000;
/** Immediate shutdown only has to leave; the next start replays the log. */
const IMMEDIATE_SHUTDOWN_MS = 3_000;

/** @type {import('node:child_process').ChildProcess | undefined} */
let postgres;
let stopping = false;

/** @param {Record<string, unknown>} message */
function tell(message) {
  // The server may be gone in the same moment: then nobody is left to tell.
  if (process.connected) process.send?.(message, () => undefined);
}

/** @param {{ command: string, args: string[], environment: NodeJS.ProcessEnv, cwd: string, uid?: number, gid?: number }} order */
function start({ command, args, environment, cwd, uid, gid }) {
  if (stopping) return;
  postgres = spawn(command, args, { cwd, uid, gid, env: environment, stdio: 'inherit' });
  postgres.on('error', (error) => {
    tell({ event: 'exited', reason: error.message });
    process.exitCode = 1;
    if (process.connected) process.disconnect();
  });
  postgres.on('spawn', () => tell({ event: 'started', pid: postgres?.pid }));
  postgres.on('exit', (code, signal) => {
    tell({ event: 'exited', reason: signal ? `signal ${signal}` : `exit code ${code}` });
    if (process.connected) process.disconnect();
  });
}

function stop() {
  if (stopping) return;
  stopping = true;
  if (!postgres || postgres.exitCode !== null || postgres.signalCode !== null) {
    if (process.connected) process.disconnect();
    return;
  }
  postgres.kill('SIGINT');
  setTimeout(() => postgres?.kill('SIGQUIT'), FAST_SHUTDOWN_MS).unref();
  setTimeout(() => postgres?.kill('SIGKILL'), FAST_SHUTDOWN_MS + IMMEDIATE_SHUTDOWN_MS).unref();
}

process.on('message', (/** @type {any} */ order) => {
  if (order.order === 'start') start(order);
  if (order.order === 'stop') stop();
});
process.on('disconnect', stop);
// A service manager may signal every process of the service at once. The server drains on that and needs its database to.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);
