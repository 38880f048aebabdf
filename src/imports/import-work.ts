import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { isAway } from '../database/failure.ts';
import { Problem } from '../domain/problem.ts';
import { STAMINA } from '../domain/quality/confirm.ts';
import { FixStore } from '../ingest/fix.store.ts';
import { Pipeline } from '../ingest/pipeline.ts';
import { CollarDirectory } from '../registry/collar-directory.ts';
import { RegistryService } from '../registry/registry.service.ts';
import { Check } from './check.ts';
import { ImportStore } from './import.store.ts';
import { type ImportItem, UnreadableFile } from './import-item.ts';
import type { ImportJob, Progress } from './import-job.ts';
import { type ItemGroup, readFile } from './reading/read-file.ts';
import type { Recognised } from './reading/recognised.ts';
import { readReference, type ReferenceData } from './reading/reference.ts';
import { planRegistry } from './registry-plan.ts';
import { referenceOf, type Spool } from './spool.ts';
import { GROUP_ROWS, Storing } from './storing.ts';

const FIRST_RETRY_MS = 200;
const LAST_RETRY_MS = 5_000;
/** Problems of rows kept for one import; dead letters keep the rest. */
const MAX_PROBLEMS = 10_000;

/** Told how far it has come. */
export type OnProgress = (progress: { readonly rows: number; readonly bytesRead: number }) => void;

/** The work of one import: its check, or the storing of its rows. */
@Injectable()
export class ImportWork {
  private readonly logger = new Logger('imports');

  constructor(
    private readonly store: ImportStore,
    private readonly fixes: FixStore,
    private readonly pipeline: Pipeline,
    private readonly directory: CollarDirectory,
    private readonly registry: RegistryService,
  ) {}

  /**
   * Does what an import waits for. While the database is away it waits; what else goes wrong ends the import.
   *
   * @throws what the signal was aborted with
   */
  async go(id: string, spool: Spool, signal: AbortSignal, on: OnProgress): Promise<void> {
    for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(waitMs * 2, LAST_RETRY_MS)) {
      try {
        const job = await this.store.find(id);
        if (job?.wanted && job.state === 'received') await this.check(job, spool, signal, on);
        else if (job?.wanted && job.state === 'running') await this.keep(job, spool, signal, on);
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (!isAway(error)) return this.fail(id, error);
        await sleep(waitMs, undefined, { signal }).catch(() => undefined);
        signal.throwIfAborted();
      }
    }
  }

  private async check(job: ImportJob, spool: Spool, signal: AbortSignal, on: OnProgress): Promise<void> {
    const { id, options } = job;
    const registry = await this.directory.upToDate();
    const reference = await this.referenceOf(job, spool);
    const hasFixes = (collarId: number) => this.store.hasFixes(collarId);
    const stamina = STAMINA;
    const input = { options, reference, registry, fixes: this.fixes, hasFixes, stamina, now: Date.now(), signal, on };
    const { report, picture } = await new Check(input).run(rowsOf(job, spool));
    signal.throwIfAborted();
    if (options.start && report.missing.length > 0) {
      await this.store.step(id, ['received'], { state: 'received', wanted: true, report, picture });
      throw new Problem(409, 'import-incomplete', `nothing was imported: ${report.missing.join('; ')}`);
    }
    const state = options.start ? 'running' : 'checked';
    await this.store.step(id, ['received'], { state, wanted: options.start, report, picture, problem: null });
    if (options.start) await this.keep((await this.store.find(id))!, spool, signal, on);
  }

  /** Stores the rows that are not stored yet, group by group; how far it is, is noted after each. */
  private async keep(job: ImportJob, spool: Spool, signal: AbortSignal, on: OnProgress): Promise<void> {
    const storing = await this.prepared(job, spool);
    const resumed = job.progress.resumed + (job.progress.rows > 0 ? 1 : 0);
    let progress: Progress = { ...job.progress, resumed };
    let problems = 0;
    for await (const group of inGroups(spool, job)) {
      signal.throwIfAborted();
      const { counts, problems: found } = await this.untilStored(storing, group.items, signal);
      if (found.length > 0 && problems < MAX_PROBLEMS)
        await this.store.addProblems(job.id, found.slice(0, MAX_PROBLEMS));
      problems += found.length;
      progress = { ...added(progress, counts), rows: group.rows, bytesRead: group.bytesRead, line: group.line };
      on(progress);
      if (!(await this.store.saveProgress(job.id, progress))) return;
    }
    await this.store.step(job.id, ['running'], { state: 'done', wanted: false, progress, endedAt: new Date() });
  }

  /** Makes what is missing in the registry, all or nothing. @throws Problem when it cannot be */
  private async prepared(job: ImportJob, spool: Spool): Promise<Storing> {
    const { report, options, name } = job;
    const reference = await this.referenceOf(job, spool);
    const registry = await this.directory.upToDate();
    const plan = planRegistry({ ...options, wearings: report?.wearers ?? [], reference, registry });
    if (plan.missing.length > 0)
      throw new Problem(409, 'import-incomplete', `nothing more was imported: ${plan.missing.join('; ')}`);
    const { animals, collars, deployments } = plan;
    if (animals.length + collars.length + deployments.length > 0)
      await this.registry.put({ animals: [...animals], collars: [...collars], deployments: [...deployments] });
    return new Storing({
      name,
      pipeline: this.pipeline,
      collarOf: (tag) => this.directory.collar(plan.names.collar(tag)),
      columns: report?.file?.used ?? {},
    });
  }

  /** A group that the database could not take is tried again until it can, or the server stops. */
  private async untilStored(storing: Storing, items: readonly ImportItem[], signal: AbortSignal) {
    const receivedAt = Date.now();
    for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(waitMs * 2, LAST_RETRY_MS)) {
      try {
        return await storing.store(items, receivedAt);
      } catch (error) {
        if (!isAway(error)) throw error;
        await sleep(waitMs, undefined, { signal }).catch(() => undefined);
        signal.throwIfAborted();
      }
    }
  }

  private async referenceOf(job: ImportJob, spool: Spool): Promise<ReferenceData | null> {
    const { id, options } = job;
    if (!options.reference && !isReference(job)) return null;
    const { zone, dateOrder } = options.reading;
    const reference = await readReference(spool.read(isReference(job) ? id : referenceOf(id)), {
      ...(zone !== undefined && { zone }),
      ...(dateOrder !== undefined && { dateOrder }),
    });
    const [bad] = reference.bad;
    if (bad)
      throw new UnreadableFile(
        `the reference data, line ${bad.line}${bad.column === undefined ? '' : `, ${bad.column}`}: expected ${bad.expected}`,
        bad,
      );
    return reference;
  }

  private async fail(id: string, error: unknown): Promise<void> {
    const known = error instanceof UnreadableFile || error instanceof Problem;
    if (!known) this.logger.error(`an import failed: ${whereFrom(error)}`);
    const problem = known ? error.message : 'something went wrong inside the server; its log says what';
    const ended = { state: 'failed', wanted: false, problem, endedAt: new Date() } as const;
    await this.store.step(id, ['received', 'running'], ended);
  }
}

/** An error by its name and its way through the code: its message may quote a position. */
function whereFrom(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const way = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return [error.name, ...way].join('\n');
}

/** Whether its file is reference data alone: it has no rows of tracks. */
const isReference = ({ options }: ImportJob): boolean => options.reading.format === 'reference';

async function* rowsOf(job: ImportJob, spool: Spool): AsyncGenerator<ItemGroup, Recognised | null> {
  if (isReference(job)) return null;
  const { id, options, progress } = job;
  return yield* readFile(spool.read(id), options.reading, { skip: progress.rows });
}

/** Rows that are committed together, and how far they reach. */
interface RowGroup {
  readonly items: readonly ImportItem[];
  readonly rows: number;
  readonly line: number;
  readonly bytesRead: number;
}

/** A file's rows in groups of what is committed at once; the next ones are read while a group is being committed. */
async function* inGroups(spool: Spool, job: ImportJob): AsyncGenerator<RowGroup> {
  const groups = rowsOf(job, spool);
  const read = () => {
    const next = groups.next();
    // What went wrong is told when its turn comes.
    next.catch(() => undefined);
    return next;
  };
  try {
    for (let ahead = read(); ;) {
      const next = await ahead;
      if (next.done === true) return;
      ahead = read();
      const { items, itemsRead, bytesRead } = next.value;
      const before = itemsRead - items.length;
      for (let first = 0; first < items.length; first += GROUP_ROWS) {
        const some = items.slice(first, first + GROUP_ROWS);
        yield { items: some, rows: before + first + some.length, line: some.at(-1)!.line, bytesRead };
      }
    }
  } finally {
    await groups.return(undefined as never);
  }
}

type Counts = Pick<Progress, 'stored' | 'duplicates' | 'conflicts' | 'attempts' | 'other' | 'bad'>;

function added(progress: Progress, counts: Counts): Progress {
  return {
    ...progress,
    stored: progress.stored + counts.stored,
    duplicates: progress.duplicates + counts.duplicates,
    conflicts: progress.conflicts + counts.conflicts,
    attempts: progress.attempts + counts.attempts,
    other: progress.other + counts.other,
    bad: progress.bad + counts.bad,
  };
}
