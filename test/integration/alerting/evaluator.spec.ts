import { Logger } from '@nestjs/common';
import type { Fix } from '../../../src/domain/fix.ts';
import { AlertChanges } from '../../../src/alerting/alert-changes.ts';
import { AlertStore } from '../../../src/alerting/alert.store.ts';
import type { Draft } from '../../../src/alerting/draft.ts';
import { Evaluator } from '../../../src/alerting/evaluator.ts';
import { EvaluatorStore } from '../../../src/alerting/evaluator.store.ts';
import { RuleSettings } from '../../../src/alerting/rule-settings.service.ts';
import { RuleSettingsStore } from '../../../src/alerting/rule-settings.store.ts';
import { Judging } from '../../../src/alerting/judging.ts';
import { TellingStore } from '../../../src/alerting/telling.store.ts';
import { TrackStore } from '../../../src/alerting/track.store.ts';
import { AlertingMetrics } from '../../../src/alerting/metrics.ts';
import { BatchStore } from '../../../src/ingest/batch.store.ts';
import { CommittedFixes } from '../../../src/ingest/committed-fixes.ts';
import { FixStore } from '../../../src/ingest/fix.store.ts';
import { CollarDirectory } from '../../../src/registry/collar-directory.ts';
import { RegistryStore } from '../../../src/registry/registry.store.ts';
import { loadRules } from '../../../src/rules/index.ts';
import { seeded } from '../../../bench/measure.ts';
import { aFix } from '../../factories/fixes.ts';
import { aFarm, northOfFarm } from '../../factories/reserve.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { eventually } from '../../support/server.ts';

const ANIMALS = 6;
const STEPS = 60;
const HOUR = 3_600_000;
const START = Date.UTC(2026, 5, 1);

/** Animals that wander in and out of the farm's rings, their fixes in batches of some hours; the same for the same seed. */
function wander(seed: number): Fix[][] {
  const random = seeded(seed);
  const metres = Array.from({ length: ANIMALS }, () => 3_000 * random());
  const batches: Fix[][] = [[]];
  for (let step = 0; step < STEPS; step++) {
    for (let animal = 0; animal < ANIMALS; animal++) {
      metres[animal] = Math.min(6_000, Math.max(-900, metres[animal]! + (random() - 0.5) * 5_000));
      const jump = random() < 0.03 ? 60_000 : 0;
      batches.at(-1)!.push(
        aFix({
          ...northOfFarm(metres[animal]! + jump),
          collarId: animal + 1,
          at: START + step * HOUR + animal,
          accuracyM: 15,
        }),
      );
    }
    if (random() < 0.4) batches.push([]);
  }
  return batches.filter((batch) => batch.length > 0);
}

/** What a process would have: everything from the feed to the evaluator, on one database. */
class Process {
  readonly store: EvaluatorStore;
  readonly feed: CommittedFixes;
  readonly evaluator: Evaluator;

  private constructor(test: TestDatabase, directory: CollarDirectory, rules: Awaited<ReturnType<typeof loadRules>>) {
    this.store = new EvaluatorStore(test.database, new TellingStore());
    this.feed = new CommittedFixes(new BatchStore(test.database));
    this.evaluator = new Evaluator(
      new RuleSettings(rules, new RuleSettingsStore(test.database), directory),
      this.feed,
      new AlertChanges(new AlertStore(test.database), new AlertingMetrics()),
      directory,
      this.store,
      new Judging(this.feed, directory, new TrackStore(test.database), new AlertingMetrics()),
      new AlertingMetrics(),
      { LATE_AFTER_H: 12 },
    );
  }

  static async start(test: TestDatabase, beforeStart: (process: Process) => void = () => undefined): Promise<Process> {
    const directory = new CollarDirectory(new RegistryStore(test.database));
    await directory.refresh();
    const process = new Process(test, directory, await loadRules());
    beforeStart(process);
    process.feed.start();
    process.evaluator.start();
    return process;
  }

  async stop(): Promise<void> {
    this.feed.stop();
    await this.evaluator.stop();
  }
}

async function populated(): Promise<TestDatabase> {
  const test = await createTestDatabase();
  const { client } = test.database;
  const { geometry } = aFarm();
  await client.$executeRaw`
    INSERT INTO farm (id, name, near_m, close_m, boundary, details, west, south, east, north)
    VALUES ('olenevod', 'Olenevod', 2000, 500, ${JSON.stringify(geometry)}::jsonb, '{}', 131.6, 43.2, 131.8, 43.4)`;
  await client.$executeRaw`INSERT INTO animal SELECT 'a' || n, 'a' || n, '{}' FROM generate_series(1, ${ANIMALS}::int) AS n`;
  await client.$executeRaw`INSERT INTO collar (serial, format, details) SELECT 'c' || n, 'json-v1', '{}' FROM generate_series(1, ${ANIMALS}::int) AS n`;
  await client.$executeRaw`INSERT INTO deployment (animal_id, collar_id, starts_at) SELECT 'a' || id, id, '2020-01-01Z' FROM collar`;
  await client.$executeRaw`UPDATE registry_version SET version = version + 1`;
  return test;
}

const judged = async (test: TestDatabase) => {
  const [row] = await test.database.client.$queryRaw<{ behind: bigint }[]>`
    SELECT (SELECT max(seq) FROM batch WHERE kind = 'fixes') - seq AS behind FROM cursor WHERE name = 'reader:alerting'`;
  return Number(row?.behind ?? Infinity);
};

/** Everything that was decided, without what differs from run to run: ids, and when it was learned. */
async function decisions(test: TestDatabase): Promise<unknown> {
  const changes = await test.database.client.$queryRaw<unknown[]>`
    SELECT alert.animal_id, opened_at, change, at, alert_change.alert - 'id' - 'learnedAt' - 'late' AS alert
    FROM alert_change JOIN alert ON alert.id = alert_id ORDER BY alert.animal_id, opened_at, (alert_change.alert->>'revision')::int`;
  const doubts = await test.database.client.$queryRaw<
    unknown[]
  >`SELECT collar_id, at, doubts FROM fix WHERE doubts <> 0 ORDER BY collar_id, at`;
  return { changes, doubts };
}

beforeAll(() => {
  Logger.overrideLogger(false);
});

describe('Evaluator', () => {
  it('decides the same whether one process judges undisturbed, or several at once that fail and start again', async () => {
    const batches = wander(7);
    const calm = await populated();
    const alone = await Process.start(calm);
    for (const batch of batches) await new FixStore(calm.database).commit(batch);
    await eventually(
      () => judged(calm),
      (behind) => behind <= 0,
    );
    await alone.stop();

    const rough = await populated();
    const random = seeded(11);
    /** Commits that do not happen, and commits that happen but of which nobody hears. */
    const fail = ({ store }: Process) => {
      const commit = store.commit.bind(store);
      store.commit = async (draft: Draft) => {
        if (random() < 0.2) throw new Error('before the commit');
        const committed = await commit(draft);
        if (random() < 0.2) throw new Error('after the commit');
        return committed;
      };
    };
    let processes = [await Process.start(rough, fail), await Process.start(rough, fail)];
    for (const [index, batch] of batches.entries()) {
      await new FixStore(rough.database).commit(batch);
      if (index % 8 !== 7) continue;
      await processes[0]!.stop();
      processes = [processes[1]!, await Process.start(rough, fail)];
    }
    await eventually(
      () => judged(rough),
      (behind) => behind <= 0,
      25_000,
    );
    for (const process of processes) await process.stop();

    const expected = (await decisions(calm)) as { changes: { change: string }[]; doubts: unknown[] };
    expect(new Set(expected.changes.map(({ change }) => change))).toEqual(
      new Set(['opened', 'escalated', 'eased', 'closed']),
    );
    expect(expected.doubts.length).toBeGreaterThan(3);
    expect(await decisions(rough)).toEqual(expected);
    await calm.drop();
    await rough.drop();
  }, 60_000);

  it('judges a late fix in its place, and none whose collar no animal wore', async () => {
    const test = await populated();
    const process = await Process.start(test);
    const store = new FixStore(test.database);
    const hear = async (...fixes: readonly Fix[]) => {
      await store.commit(fixes);
      await eventually(
        () => judged(test),
        (behind) => behind <= 0,
      );
    };
    await hear(
      aFix({ ...northOfFarm(5_000), collarId: 1, at: START }),
      aFix({ ...northOfFarm(5_000), collarId: 1, at: START + 2 * HOUR }),
      aFix({ ...northOfFarm(6_000), collarId: 1, at: START + 3 * HOUR }),
    );
    await hear(
      aFix({ ...northOfFarm(100), collarId: 1, at: START + HOUR }),
      aFix({ ...northOfFarm(100), collarId: 1, at: Date.UTC(2019, 1, 1) }),
      aFix({ ...northOfFarm(100), collarId: 999, at: START }),
    );
    const expected = ['opened close', 'closed close'];
    const told = async () => {
      const { changes } = (await decisions(test)) as { changes: { change: string; alert: { level: string } }[] };
      return changes.map(({ change, alert }) => `${change} ${alert.level}`);
    };
    expect(await told()).toEqual(expected);
    await process.stop();
    await test.drop();
  });

  it('tells again what an edit made otherwise, also when nobody was there when it was made', async () => {
    const test = await populated();
    const { client } = test.database;
    const first = await Process.start(test);
    await new FixStore(test.database).commit([
      aFix({ ...northOfFarm(5_000), collarId: 1, at: START }),
      aFix({ ...northOfFarm(100), collarId: 1, at: START + HOUR }),
    ]);
    await eventually(
      () => judged(test),
      (behind) => behind <= 0,
    );
    await first.stop();
    await client.$executeRaw`UPDATE registry_version SET version = version + 1`;
    await client.$executeRaw`UPDATE deployment SET ends_at = ${new Date(START)} WHERE collar_id = 1`;
    await client.$executeRaw`INSERT INTO animal VALUES ('heir', 'Heir', '{}')`;
    await client.$executeRaw`INSERT INTO deployment (animal_id, collar_id, starts_at) VALUES ('heir', 1, ${new Date(START)})`;
    const second = await Process.start(test);
    const states = () => client.$queryRaw<{ animal_id: string; state: string; reason: string | null }[]>`
      SELECT animal_id, state, reason FROM alert ORDER BY animal_id`;
    const expected = [
      { animal_id: 'a1', state: 'retracted', reason: 'deployment-edited' },
      { animal_id: 'heir', state: 'open', reason: null },
    ];
    expect(await eventually(states, (found) => found.length === 2)).toEqual(expected);
    expect(await client.$queryRaw`SELECT count(*)::int AS left FROM rejudging`).toEqual([{ left: 0 }]);
    await second.stop();
    await test.drop();
  });

  it('rests when a collar that was never heard again has come off', async () => {
    const test = await populated();
    const { client } = test.database;
    await client.$executeRaw`UPDATE collar SET fix_interval_s = 60`;
    await client.$executeRaw`UPDATE deployment SET ends_at = ${new Date(Date.now() - HOUR)}`;
    const fix = aFix({ ...northOfFarm(9_000), collarId: 1, at: START });
    await new FixStore(test.database).commit([{ ...fix, receivedAt: Date.now() - HOUR - 30_000 }]);
    const process = await Process.start(test);
    await eventually(
      () => judged(test),
      (behind) => behind <= 0,
    );
    const turn = async () => (await client.$queryRaw<{ turn: bigint }[]>`SELECT turn FROM cursor`)[0]!.turn;
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    const before = await turn();
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(await turn()).toBe(before);
    await process.stop();
    await test.drop();
  });
});
