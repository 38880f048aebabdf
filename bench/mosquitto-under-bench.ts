import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cleanup } from './cleanup.ts';
import { benchFolder, stopProcess } from './server-under-bench.ts';

const PLACES = [
  process.env['MOSQUITTO'] ?? '',
  '/usr/sbin/mosquitto',
  '/usr/bin/mosquitto',
  '/usr/local/sbin/mosquitto',
  '/opt/homebrew/sbin/mosquitto',
];

/** A broker that runs. */
export interface RunningMosquitto {
  readonly url: string;
  readonly pid: number;
}

/**
 * Starts a broker as docker/mosquitto has it, but for two things: nobody needs an account, and the store is written every
 * second instead of after every change, which no broker can do thousands of times a second.
 *
 * @returns null when Mosquitto is not here; MOSQUITTO names its program
 */
export async function startMosquitto(cleanup: Cleanup): Promise<RunningMosquitto | null> {
  const binary = PLACES.find((place) => place !== '' && existsSync(place));
  if (binary === undefined) return null;
  const folder = await benchFolder(cleanup);
  // As root Mosquitto becomes a user of its own, who must be able to write here.
  await chmod(folder, 0o777);
  const port = await freePort();
  const lines = [
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    'persistence true',
    `persistence_location ${folder}/`,
    'autosave_interval 1',
    'max_queued_messages 0',
    'max_queued_bytes 1073741824',
    'max_inflight_messages 1000',
    'set_tcp_nodelay true',
    'log_type none',
  ];
  const file = path.join(folder, 'mosquitto.conf');
  await writeFile(file, `${lines.join('\n')}\n`);
  const child = spawn(binary, ['-c', file], { stdio: 'ignore', detached: true });
  cleanup.add(() => stopProcess(child));
  for (let attempt = 0; !(await answers(port)); attempt++) {
    if (attempt > 200 || child.exitCode !== null) throw new Error('Mosquitto did not start');
    await sleep(25);
  }
  return { url: `mqtt://127.0.0.1:${port}`, pid: child.pid! };
}

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
