import { existsSync, mkdirSync } from 'node:fs';
import { loadavg } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Client } from 'pg';
import { cleaningUp, type Cleanup } from './cleanup.ts';
import { HelperProcess } from './helper-process.ts';
import { DAY } from './history-fixes.ts';
import { exportTable } from './history-export.ts';
import { questions } from './history-questions.ts';
import { collarIds, fillStore, historyDisk, type HistoryDisk, storedFixes, tableOf, YEARS } from './history-store.ts';
import { timeAll, TIMED_HEAD, timedRow } from './history-timing.ts';
import type { TrafficCount, TrafficOrder } from './history-traffic.ts';
import { round } from './measure.ts';
import { benchReserve, GATEWAY } from './reserve-under-bench.ts';
import { benchFolder, ServerUnderBench } from './server-under-bench.ts';

const OPTIONS = {
  quick: { type: 'boolean', default: false },
  animals: { type: 'string' },
  runs: { type: 'string' },
  seed: { type: 'string', default: '1' },
  rate: { type: 'string', default: '2000' },
  /** A folder whose store is used again, or made and left there. */
  keep: { type: 'string' },
} as const;

const FARMS = 50;
const SEALING_MS = 3_600_000;
const UNSEALED = { SEAL_AFTER_DAYS: 'off' };

interface Stage {
  readonly name: string;
  readonly rows: readonly string[];
  readonly load: number;
}

/** What five years of a herd cost to ask, and to keep; over HTTP, of the real server. */
export async function run(args: readonly string[] = []): Promise<string> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  const animals = Number(values.animals ?? (values.quick ? 50 : 500));
  const runs = Number(values.runs ?? (values.quick ? 10 : 100));
  return cleaningUp(async (cleanup) => {
    const folder = values.keep === undefined ? await benchFolder(cleanup) : path.resolve(values.keep);
    mkdirSync(folder, { recursive: true });
    const stages: Stage[] = [];
    const exports: string[] = [];
    const open = async (settings: Readonly<Record<string, string>>) => {
      const server = await ServerUnderBench.start(folder, settings, cleanup);
      return { server, database: await server.database(cleanup) };
    };
    const fresh = !existsSync(path.join(folder, 'postgres'));
    const { server, database } = await open(UNSEALED);
    const made = await prepared(server, database, animals, Number(values.seed), fresh);
    const herd = { collarIds: await collarIds(database), to: YEARS.to };
    const ask = async (name: string, of: { server: ServerUnderBench; database: Client }) => {
      tell(name);
      const rows = await timeAll(of.server.http, of.database, questions(herd), runs);
      stages.push({ name, rows: rows.map(timedRow), load: loadavg()[0]! });
      tell(shown(stages.at(-1)!));
    };
    const exported = async (name: string, of: { server: ServerUnderBench; database: Client }) => {
      tell(`${name}: export`);
      const table = await exportTable(of.server.http, of.database, herd, runs < 100 ? 1 : 3);
      exports.push(`**${name}** (load ${round(loadavg()[0]!)})\n\n${table}`);
      tell(exports.at(-1)!);
    };
    await ask('as it came', { server, database });
    await exported('as it came', { server, database });
    const disk = await historyDisk(database, YEARS.to);
    tell(diskTable([['as it came', disk]]));
    const beside: string[] = [];
    const withTraffic = async (what: string, of: ServerUnderBench, work: () => Promise<void>) => {
      const count = await besides(of, Number(values.rate), animals, cleanup, work);
      beside.push(besideRow(what, count));
      tell(beside.at(-1)!);
    };
    const busy = `${values.rate} fixes/s coming in beside`;
    await withTraffic('questions, as it came', server, () => ask(`as it came, ${busy}`, { server, database }));
    await database.end();
    await server.stop();
    const again = await open({ SEAL_AFTER_DAYS: '1', UPKEEP_EVERY_S: '2' });
    let sealed = '';
    await withTraffic('sealing', again.server, async () => {
      sealed = await untilSealed(again.database, disk.fixes);
    });
    const packed = await historyDisk(again.database, YEARS.to);
    tell(diskTable([['sealed', packed]]));
    tell(sealed);
    await ask('sealed', again);
    await exported('sealed', again);
    await withTraffic('questions, sealed', again.server, () => ask(`sealed, ${busy}`, again));
    await again.server.stop();
    const disks = diskTable([
      ['as it came', disk],
      ['sealed', packed],
    ]);
    return [made, ...stages.map(shown), ...exports, sealed, [BESIDE_HEAD, ...beside].join('\n'), disks].join('\n\n');
  });
}

/** Resolves when the server has sealed every month of the herd. */
async function untilSealed(database: Client, fixes: number): Promise<string> {
  tell('sealing');
  const began = performance.now();
  for (let told = 0; ; await sleep(500)) {
    const { rows } = await database.query<{ sealed: number; months: number }>(
      `SELECT (SELECT count(*)::int FROM month_seal) AS sealed, count(*)::int AS months FROM pg_inherits
       JOIN pg_class ON pg_class.oid = inhrelid WHERE inhparent = 'fix'::regclass AND relname < $1`,
      [tableOf(new Date(YEARS.to))],
    );
    const { sealed, months } = rows[0]!;
    if (sealed >= months) break;
    if (sealed >= told + 10) tell(`${(told = sealed)} months sealed`);
    if (performance.now() - began > SEALING_MS) throw new Error(`only ${sealed} months were sealed`);
  }
  const seconds = (performance.now() - began) / 1_000;
  return `Sealed in ${round(seconds)} s: ${round(fixes / seconds)} fixes a second, with ingest beside.`;
}

async function prepared(
  server: ServerUnderBench,
  database: Client,
  animals: number,
  seed: number,
  fresh: boolean,
): Promise<string> {
  if (fresh) await server.put('/reserve', benchReserve(animals, FARMS, seed));
  const ids = await collarIds(database);
  if (ids.length !== animals) throw new Error(`the store that is kept has ${ids.length} animals, not ${animals}`);
  const stored = await storedFixes(database);
  if (stored > 0) return `${stored.toLocaleString('en-US')} fixes, from an earlier run.`;
  tell('making the fixes');
  const { fixes, seconds } = await fillStore(database, { collarIds: ids, ...YEARS, seed }, tell);
  const counted = await storedFixes(database);
  if (counted !== fixes) throw new Error(`of ${fixes} fixes ${counted} are stored`);
  return `${fixes.toLocaleString('en-US')} fixes of ${animals} animals over five years, made and stored by \`COPY\` in ${round(seconds)} s (${round(fixes / seconds)} fixes/s).`;
}

/** Does something while fixes come in. @throws Error when one of them was not acknowledged */
async function besides(
  server: ServerUnderBench,
  rate: number,
  collars: number,
  cleanup: Cleanup,
  work: () => Promise<void>,
): Promise<TrafficCount> {
  const traffic = HelperProcess.start('./history-traffic.js', cleanup);
  const order: TrafficOrder = {
    ...{ url: server.mqtt, username: GATEWAY.id, password: GATEWAY.secret },
    ...{ collars, rate, from: Date.now() - 15 * DAY, seed: Date.now() % 1_000_000 },
  };
  await traffic.ask('begin', order);
  await work();
  const count = await traffic.ask<TrafficCount>('end');
  await traffic.end();
  if (count.acknowledged !== count.sent)
    throw new Error(`of ${count.sent} messages beside ${count.acknowledged} were acknowledged`);
  return count;
}

function shown({ name, rows, load }: Stage): string {
  return `**${name}** (load ${round(load)})\n\n${[TIMED_HEAD, ...rows].join('\n')}`;
}

const BESIDE_HEAD = [
  '| fixes coming in beside | sent = acknowledged | a second | publish→PUBACK p50, ms | p99 | max |',
  '|---|---|---|---|---|---|',
].join('\n');

function besideRow(what: string, { sent, seconds, p50, p99, max }: TrafficCount): string {
  return `| ${what} | ${sent.toLocaleString('en-US')} | ${[sent / seconds, p50, p99, max].map(round).join(' | ')} |`;
}

function diskTable(found: readonly (readonly [string, HistoryDisk])[]): string {
  const head =
    '| bytes a fix | row | key | cells | times of receipt | in all, with maps | goal |\n|---|---|---|---|---|---|---|';
  const rows = found.map(([name, { fixes, row, key, cell, received, total }]) => {
    const each = [row, key, cell, received, total].map((bytes) => round(bytes / fixes));
    return `| ${name} | ${each.join(' | ')} | 90 |`;
  });
  return [head, ...rows].join('\n');
}

function tell(line: string): void {
  process.stderr.write(`history: ${line}\n`);
}
