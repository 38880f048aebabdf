import { Logger } from '@nestjs/common';
import { AlertChanges } from '../src/alerting/alert-changes.ts';
import { AlertStore } from '../src/alerting/alert.store.ts';
import type { Draft } from '../src/alerting/draft.ts';
import { Evaluator } from '../src/alerting/evaluator.ts';
import { type CommittedDraft, EvaluatorStore } from '../src/alerting/evaluator.store.ts';
import { Judging } from '../src/alerting/judging.ts';
import { AlertingMetrics } from '../src/alerting/metrics.ts';
import { RuleSettings } from '../src/alerting/rule-settings.service.ts';
import { RuleSettingsStore } from '../src/alerting/rule-settings.store.ts';
import { TellingStore } from '../src/alerting/telling.store.ts';
import { TrackStore } from '../src/alerting/track.store.ts';
import type { Database } from '../src/database/database.ts';
import type { Farm } from '../src/domain/farm.ts';
import type { Fix } from '../src/domain/fix.ts';
import { BatchStore } from '../src/ingest/batch.store.ts';
import { CommittedFixes } from '../src/ingest/committed-fixes.ts';
import { FixStore } from '../src/ingest/fix.store.ts';
import { CollarDirectory } from '../src/registry/collar-directory.ts';
import { RegistryStore } from '../src/registry/registry.store.ts';
import { loadRules } from '../src/rules/index.ts';
import type { Cleanup } from './cleanup.ts';

const LATE_AFTER_H = 12;
const TIMEOUT_MS = 300_000;

/** What became of fixes that were committed. */
export interface Judged {
  /** From their last commit until all that follows was decided and committed. */
  readonly ms: number;
  /** How many fixes were judged for them. */
  readonly fixes: number;
  /** Commits of the evaluator. */
  readonly passes: number;
}

/** Notes how far the log has been judged. */
class WatchedStore extends EvaluatorStore {
  seq = 0;
  passes = 0;
  onCommit: () => void = () => undefined;

  override async commit(draft: Draft): Promise<CommittedDraft> {
    const committed = await super.commit(draft);
    this.seq = draft.cursor.to;
    this.passes++;
    this.onCommit();
    return committed;
  }
}

/** The evaluator and all that it needs on a real database, without doors. */
export class AlertingUnderBench {
  private readonly store: WatchedStore;
  private readonly fixes: FixStore;
  private readonly feed: CommittedFixes;
  private readonly metrics = new AlertingMetrics();

  private constructor(private readonly database: Database) {
    this.store = new WatchedStore(database, new TellingStore());
    this.fixes = new FixStore(database);
    this.feed = new CommittedFixes(new BatchStore(database));
  }

  /** @param collars the seconds between two fixes of each; numbered from 1, each worn by an animal of its own */
  static async start(
    database: Database,
    farms: readonly Farm[],
    collars: readonly number[],
    cleanup: Cleanup,
  ): Promise<AlertingUnderBench> {
    Logger.overrideLogger(['error']);
    const bench = new AlertingUnderBench(database);
    await bench.register(farms, collars);
    const { store, feed, metrics } = bench;
    const directory = new CollarDirectory(new RegistryStore(database));
    await directory.refresh();
    const settings = new RuleSettings(await loadRules(), new RuleSettingsStore(database), directory);
    const changes = new AlertChanges(new AlertStore(database), metrics);
    const judging = new Judging(feed, directory, new TrackStore(database), metrics);
    const evaluator = new Evaluator(settings, feed, changes, directory, store, judging, metrics, { LATE_AFTER_H });
    feed.start();
    evaluator.start();
    cleanup.add(async () => {
      feed.stop();
      await evaluator.stop();
    });
    return bench;
  }

  /** Commits fixes, each part in a commit of its own, as ingest does, and waits until they are judged. */
  async hear(...parts: readonly (readonly Fix[])[]): Promise<Judged> {
    const { store, feed } = this;
    const [judgedBefore, passesBefore] = [await this.judged(), store.passes];
    let last = 0;
    let began = performance.now();
    for (const part of parts) {
      const { seq, committedAt } = await this.fixes.commit(part);
      began = performance.now();
      if (seq === null) throw new Error('all of these fixes are stored already');
      feed.announce({ seq, committedAt, kind: 'fixes', fixes: part });
      last = seq;
    }
    await this.untilJudged(last);
    const ms = performance.now() - began;
    return { ms, fixes: (await this.judged()) - judgedBefore, passes: store.passes - passesBefore };
  }

  async counts(): Promise<{ readonly changes: number }> {
    const [row] = await this.database.client.$queryRaw<{ changes: number }[]>`
      SELECT count(*)::int AS changes FROM alert_change`;
    return row!;
  }

  private untilJudged(seq: number): Promise<void> {
    const { store } = this;
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error('alerting does not catch up with the log')), TIMEOUT_MS);
      const look = () => {
        if (store.seq < seq) return;
        clearTimeout(late);
        store.onCommit = () => undefined;
        resolve();
      };
      store.onCommit = look;
      look();
    });
  }

  private async judged(): Promise<number> {
    return (await this.metrics.judged.get()).values[0]?.value ?? 0;
  }

  private async register(farms: readonly Farm[], collars: readonly number[]): Promise<void> {
    const { client } = this.database;
    for (const { id, name, nearM, closeM, boundary } of farms) {
      const places = (boundary.type === 'Polygon' ? [boundary.coordinates] : boundary.coordinates).flat(2);
      const [lons, lats] = [places.map(([lon = 0]) => lon), places.map(([, lat = 0]) => lat)];
      await client.$executeRaw`
        INSERT INTO farm (id, name, near_m, close_m, boundary, details, west, south, east, north)
        VALUES (${id}, ${name}, ${nearM}, ${closeM}, ${JSON.stringify(boundary)}::jsonb, '{}',
                ${Math.min(...lons)}, ${Math.min(...lats)}, ${Math.max(...lons)}, ${Math.max(...lats)})`;
    }
    await client.$executeRaw`INSERT INTO animal SELECT 'a' || n, 'a' || n, '{}' FROM generate_series(1, ${collars.length}::int) AS n`;
    await client.$executeRaw`
      INSERT INTO collar (serial, format, fix_interval_s, details)
      SELECT 'c' || n, 'json-v1', seconds, '{}' FROM unnest(${[...collars]}::int[]) WITH ORDINALITY AS given(seconds, n)`;
    await client.$executeRaw`
      INSERT INTO deployment (animal_id, collar_id, starts_at) SELECT 'a' || id, id, '2020-01-01Z' FROM collar`;
    await client.$executeRaw`UPDATE registry_version SET version = version + 1`;
  }
}
