import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { CONFIG, type Config } from '../config.ts';
import { CollarDirectory } from '../registry/collar-directory.ts';
import { RegistryService } from '../registry/registry.service.ts';
import { Reserve } from '../registry/reserve.ts';
import { HERD, HISTORY_DAYS, reserveOf, type HerdMember } from './demo-reserve.ts';

/** The simulator as it is built: the demo knows it only as a program that speaks MQTT. */
const SIMULATOR = fileURLToPath(new URL('../../simulator/main.js', import.meta.url));
/** How much faster than life she walks, until she has caught up with the present. */
const LIVE_FACTOR = 180;
/** How far behind the present the live part begins: under the 12 hours from which an alert counts as late. */
const LIVE_LAG = '11h';
const FIX_INTERVAL = '10m';
const STOP_MS = 7_000;

/** DEMO=1: an empty database gets an invented reserve, and its animals walk: their past at once, then live. */
@Injectable()
export class Demo {
  private readonly logger = new Logger('demo');
  private readonly herdFile: string;
  private child: ChildProcess | null = null;

  constructor(
    @Inject(CONFIG) config: Pick<Config, 'DATA_DIR'>,
    private readonly directory: CollarDirectory,
    private readonly registry: RegistryService,
  ) {
    this.herdFile = path.resolve(config.DATA_DIR, 'demo-herd.json');
  }

  /** Registers the reserve where there is none, and lets the animals walk. A reserve of somebody's own is left alone. */
  async start(mqttUrl: string | null): Promise<void> {
    if (mqttUrl === null) return this.logger.warn('the demo needs the embedded door: MQTT_PORT is off');
    const isEmpty = this.directory.animals().length === 0 && this.directory.farms().length === 0;
    const herd = isEmpty ? await this.found() : await this.readHerd();
    if (!herd) return this.logger.warn('the database is not empty: nothing is invented');
    this.walk(mqttUrl, isEmpty);
  }

  async stop(): Promise<void> {
    const { child } = this;
    this.child = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const lastResort = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    child.kill('SIGTERM');
    await ended;
    clearTimeout(lastResort);
  }

  private async found(): Promise<readonly HerdMember[]> {
    const farms = await promisify(execFile)(process.execPath, [SIMULATOR, 'farms']);
    const herd = HERD.map((member) => ({ ...member, secret: randomBytes(32).toString('base64url') }));
    // Kept, so that the same collars walk on at the next start. The secrets open nothing but the demo's collars.
    await mkdir(path.dirname(this.herdFile), { recursive: true });
    await writeFile(this.herdFile, JSON.stringify(herd), { mode: 0o600 });
    await this.registry.put(Reserve.parse(reserveOf(herd, JSON.parse(farms.stdout), Date.now())));
    this.logger.log('the demo reserve is registered: two drawn farms, three invented animals');
    return herd;
  }

  /** The herd of an earlier start; null: the reserve is not the demo's. */
  private async readHerd(): Promise<readonly HerdMember[] | null> {
    try {
      const herd = JSON.parse(await readFile(this.herdFile, 'utf8')) as HerdMember[];
      return herd.every(({ serial }) => this.directory.collar(serial)) ? herd : null;
    } catch {
      return null;
    }
  }

  private walk(mqttUrl: string, fromTheBeginning: boolean): void {
    const history = fromTheBeginning
      ? ['--days', String(HISTORY_DAYS), '--then-live', String(LIVE_FACTOR), '--live-lag', LIVE_LAG, '--soon']
      : [];
    const args = [
      'walk',
      '--herd',
      this.herdFile,
      '--url',
      mqttUrl,
      '--delivery',
      'lorawan',
      '--interval',
      FIX_INTERVAL,
      ...history,
    ];
    const child = spawn(process.execPath, [SIMULATOR, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.child = child;
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      const lines = (said + chunk.toString()).split('\n');
      said = lines.pop() ?? '';
      // It tells its progress every second: for whoever wants to see that.
      for (const line of lines) this.logger[line.startsWith('simulated ') ? 'debug' : 'log'](line);
    });
    child.once('exit', (code) => {
      if (this.child === child) this.logger.warn(`the simulator ended by itself (${code ?? 'by a signal'})`);
    });
  }
}
