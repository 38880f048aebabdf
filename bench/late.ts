import { parseArgs } from 'node:util';
import { quiet } from '../src/database/log.ts';
import { Database } from '../src/database/database.ts';
import type { Fix } from '../src/domain/fix.ts';
import { Animal } from '../simulator/animal.ts';
import { DRAWN_FARMS } from '../simulator/farms/drawn.ts';
import { DAY_MS } from '../simulator/movement/calibration.ts';
import { cleaningUp } from './cleanup.ts';
import { AlertingUnderBench, type Judged } from './alerting-under-bench.ts';
import { round, seeded } from './measure.ts';
import { benchFolder } from './server-under-bench.ts';

const OPTIONS = {
  quick: { type: 'boolean', default: false },
  /** Days of history. */
  days: { type: 'string' },
  /** Minutes between two fixes of a history; one table row each. */
  minutes: { type: 'string' },
  late: { type: 'string' },
  seed: { type: 'string', default: '1' },
  runs: { type: 'string' },
} as const;

const MINUTE_MS = 60_000;
const BATCH = 1_000;
const BURST = 10_000;
/** A late batch ends so long before the present. */
const MONTH_MS = 30 * DAY_MS;

interface Row {
  readonly name: string;
  readonly judged: readonly Judged[];
}

/** What fixes that come late cost: from their commit until the alerts are decided and committed, on a real Postgres. */
export async function run(args: readonly string[] = []): Promise<string> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  const days = Number(values.days ?? (values.quick ? 60 : 365));
  const minutes = (values.minutes ?? (values.quick ? '60' : '60,5')).split(',').map(Number);
  const late = Number(values.late ?? (values.quick ? 20 : 200));
  return cleaningUp(async (cleanup) => {
    const folder = await benchFolder(cleanup);
    const settings = { DATABASE_URL: undefined, DATA_DIR: folder, DATABASE_CONNECTIONS: 5, DATABASE_TIMEOUT_S: 60 };
    tell('starting Postgres');
    const database = await Database.open({ ...settings, ALLOW_UNSAFE_DB: false }, quiet);
    cleanup.add(() => database.stop());
    const seconds = minutes.flatMap((every) => [60 * every, 60 * every]);
    const alerting = await AlertingUnderBench.start(database, DRAWN_FARMS.slice(0, 1), seconds, cleanup);
    const rows: Row[] = [];
    for (const [index, every] of minutes.entries()) {
      const collars = [2 * index + 1, 2 * index + 2] as const;
      rows.push(...(await measure(alerting, collars, { days, every, late, seed: Number(values.seed) })));
    }
    const head =
      '| what | times | fixes judged each: median, most | commit → decided, ms: median | 90 % | most | passes each |';
    return [head, '|---|---|---|---|---|---|---|', ...rows.map(markdown)].join('\n');
  });
}

interface Plan {
  readonly days: number;
  /** Minutes between two fixes. */
  readonly every: number;
  readonly late: number;
  readonly seed: number;
}

async function measure(alerting: AlertingUnderBench, [collar, other]: readonly [number, number], plan: Plan) {
  const { days, every, late, seed } = plan;
  const random = seeded(seed);
  const all = walk(collar, plan);
  // Every second one comes in time; of the rest some come late.
  const [inTime, kept] = [all.filter((_, index) => index % 2 === 0), all.filter((_, index) => index % 2 === 1)];
  const history = `${days} days of a fix every ${every} min (${inTime.length.toLocaleString('en-US')})`;
  tell(`${history}: storing and judging`);
  const before = inTime.splice(-late);
  for (let first = 0; first < inTime.length; first += BATCH) await alerting.hear(inTime.slice(first, first + BATCH));
  const [present, single, batch]: Judged[][] = [[], [], []];
  for (const fix of before) present!.push(await alerting.hear([fix]));
  tell('late fixes, one by one');
  const now = before.at(-1)!.at;
  const month = kept.findLastIndex(({ at }) => at < now - MONTH_MS);
  const inBatch = new Set(kept.slice(Math.max(0, month - BATCH), month));
  const alone = shuffled(
    kept.filter((fix) => !inBatch.has(fix)),
    random,
  ).slice(0, late);
  for (const fix of alone) single!.push(await alerting.hear([fix]));
  tell('a late batch');
  batch!.push(await alerting.hear([...inBatch]));
  tell('a burst in random order');
  const burst = shuffled(walk(other, plan), random).slice(0, BURST);
  const parts = Array.from({ length: Math.ceil(burst.length / BATCH) }, (_, i) =>
    burst.slice(i * BATCH, (i + 1) * BATCH),
  );
  const burstJudged = await alerting.hear(...parts);
  const { changes } = await alerting.counts();
  if (changes === 0) throw new Error('nothing was told of: the animal never came near the farm');
  return [
    { name: `in time, one fix onto ${history}`, judged: present! },
    { name: 'late, one fix anywhere in it', judged: single! },
    { name: `late, ${inBatch.size.toLocaleString('en-US')} fixes a month old, one commit`, judged: batch! },
    {
      name: `${burst.length.toLocaleString('en-US')} fixes of an unknown animal in random order, ${parts.length} commits`,
      judged: [burstJudged],
    },
  ];
}

/**
 * Fixes of an animal that often visits the farm, twice as many as one every so many minutes; the last a moment ago. All are
 * received now: so no silence of the collar gets in between.
 */
function walk(collarId: number, { days, every, seed }: Plan): Fix[] {
  const until = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
  const animal = new Animal({
    ...{
      serial: 'late',
      seed: `late ${seed} ${collarId}`,
      home: { lon: 131.645, lat: 43.315 },
      farms: DRAWN_FARMS.slice(0, 1),
    },
    ...{ from: until - days * DAY_MS, until, intervalMs: (every * MINUTE_MS) / 2, errors: false, visitChance: 0.25 },
    way: 'lorawan',
  });
  const fixes: Fix[] = [];
  const receivedAt = Date.now();
  for (const { attempts } of animal.deliveries(() => undefined)) {
    for (const { report } of attempts) {
      if ('lat' in report) fixes.push({ ...report, collarId, receivedAt, doubts: 0, late: false });
    }
  }
  return fixes;
}

function shuffled<T>(values: readonly T[], random: () => number): T[] {
  const keyed = values.map((value) => ({ value, key: random() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ value }) => value);
}

function markdown({ name, judged }: Row): string {
  const sorted = (of: (one: Judged) => number) => judged.map(of).sort((a, b) => a - b);
  const at = (values: readonly number[], share: number) =>
    round(values[Math.min(values.length - 1, Math.floor(share * values.length))] ?? NaN);
  const [ms, fixes, passes] = [sorted((one) => one.ms), sorted((one) => one.fixes), sorted((one) => one.passes)];
  const cells = [
    ...[name, String(judged.length), `${at(fixes, 0.5)}, ${at(fixes, 1)}`, at(ms, 0.5), at(ms, 0.9), at(ms, 1)],
    at(passes, 0.5),
  ];
  return `| ${cells.join(' | ')} |`;
}

function tell(what: string): void {
  process.stderr.write(`late: ${what}\n`);
}
