import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

const PLACES = [
  process.env['MOSQUITTO'] ?? '',
  '/usr/sbin/mosquitto',
  '/usr/bin/mosquitto',
  '/usr/local/sbin/mosquitto',
  '/opt/homebrew/sbin/mosquitto',
];
const binary = PLACES.find((place) => place !== '' && existsSync(place));

/** Tests that need Mosquitto. Without it they are skipped, and the report says so; where CI_REQUIRE_ALL=1 they fail instead. */
export function describeWithMosquitto(name: string, tests: () => void): void {
  if (binary !== undefined) return describe(name, tests);
  if (process.env['CI_REQUIRE_ALL'] === '1') {
    return describe(name, () => {
      it('has Mosquitto', () => {
        throw new Error('Mosquitto is not installed, and CI_REQUIRE_ALL=1');
      });
    });
  }
  describe.skip(`${name} (skipped: Mosquitto is not installed; MOSQUITTO names its program)`, tests);
}

/** A real broker on a port of its own, which keeps its sessions on disk. */
export class Mosquitto {
  private child: ChildProcess | null = null;

  private constructor(
    private readonly folder: string,
    private readonly port: number,
  ) {}

  static async start(more: readonly string[] = []): Promise<Mosquitto> {
    const folder = await mkdtemp(path.join(tmpdir(), 'collarwatch-mosquitto-'));
    // As root Mosquitto becomes a user of its own, who must be able to write here.
    await chmod(folder, 0o777);
    const port = await freePort();
    const lines = [
      `listener ${port} 127.0.0.1`,
      'allow_anonymous true',
      'persistence true',
      `persistence_location ${folder}/`,
      'autosave_interval 1',
      'autosave_on_changes true',
      'max_queued_messages 0',
      'max_inflight_messages 0',
      ...more,
    ];
    await writeFile(path.join(folder, 'mosquitto.conf'), `${lines.join('\n')}\n`);
    const broker = new Mosquitto(folder, port);
    await broker.up();
    return broker;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`;
  }

  async up(): Promise<void> {
    const child = spawn(binary!, ['-c', path.join(this.folder, 'mosquitto.conf')], { stdio: 'ignore' });
    this.child = child;
    for (let attempt = 0; !(await answers(this.port)); attempt++) {
      if (attempt > 200 || child.exitCode !== null) throw new Error('Mosquitto did not start');
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  async down(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await gone;
  }

  async stop(): Promise<void> {
    await this.down();
    await rm(this.folder, { recursive: true, force: true });
  }
}

export async function freePort(): Promise<number> {
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
