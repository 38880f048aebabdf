import path from 'node:path';
import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { CONFIG, type Config } from '../config.ts';
import { Problem } from '../domain/problem.ts';
import { ImportStore } from './import.store.ts';
import { type ImportJob, type ImportOptions, type ImportState, NO_PROGRESS } from './import-job.ts';
import { ImportWork } from './import-work.ts';
import type { RowProblem } from './survey-report.ts';
import { referenceOf, Spool } from './spool.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** How often it is looked whether another process has something for us to do. */
const LOOK_MS = 5_000;
/** Reference data is small. */
const REFERENCE_BYTES = 33_554_432;

/** States in which nothing of an import is stored. */
const WAITING: readonly ImportState[] = ['received', 'checked', 'failed'];

type Running = { readonly abort: AbortController; readonly ended: Promise<void>; rows: number; bytesRead: number };

/** Why work was given up. */
class GivenUp extends Error {
  override readonly name = 'GivenUp';
}

/**
 * Imports as jobs: received, checked, stored one after another. All that a restart needs is in their rows and files, so it goes on
 * from the last group of rows that was committed.
 */
@Injectable()
export class Imports implements OnModuleDestroy {
  private readonly logger = new Logger('imports');
  private readonly spool: Spool;
  private readonly running = new Map<string, Running>();
  private timers: NodeJS.Timeout[] = [];
  private looking: Promise<void> | null = null;
  private again = false;
  private open = false;

  constructor(
    private readonly store: ImportStore,
    private readonly work: ImportWork,
    @Inject(CONFIG)
    private readonly config: Pick<Config, 'DATA_DIR' | 'IMPORT_MAX_BYTES' | 'IMPORT_MAX_RUNNING' | 'IMPORT_KEEP_DAYS'>,
  ) {
    this.spool = new Spool(path.resolve(config.DATA_DIR, 'imports'));
  }

  /** Begins to work on what waits: what was under way when the server stopped goes on. */
  async start(): Promise<void> {
    try {
      await this.spool.open();
    } catch (error) {
      // Everything else works without: a server on another's Postgres may have no folder of its own.
      this.logger.warn(
        `no imports: DATA_DIR cannot be written (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`,
      );
      return;
    }
    this.open = true;
    this.timers = [
      setInterval(() => this.look(), LOOK_MS).unref(),
      setInterval(() => void this.prune().catch((error: unknown) => this.complain(error)), HOUR_MS).unref(),
    ];
    this.look();
  }

  /** Ends with the group of rows in hand; the rest is stored after the next start. */
  async stop(): Promise<void> {
    this.open = false;
    for (const timer of this.timers) clearInterval(timer);
    for (const { abort } of this.running.values()) abort.abort(new GivenUp('the server is stopping'));
    await this.looking;
    await Promise.all([...this.running.values()].map(({ ended }) => ended));
  }

  async onModuleDestroy(): Promise<void> {
    await this.stop();
  }

  /** Takes a file in. @throws Problem as Spool.receive does */
  async receive(body: Readable, name: string, by: string, options: ImportOptions): Promise<ImportJob> {
    if (!this.open)
      throw new Problem(
        503,
        'no-imports',
        'Imports are not taken in now: the server stops, or DATA_DIR cannot be written.',
      );
    const id = randomUUID();
    const bytes = await this.spool.receive(id, body, this.config.IMPORT_MAX_BYTES);
    await this.store
      .create({ id, name, by, options, bytes, progress: NO_PROGRESS }, new Date())
      .catch(async (error) => {
        await this.spool.remove(id);
        throw error;
      });
    this.look();
    return this.find(id);
  }

  /** Takes reference data for an import that has not begun; it is checked again with it. @throws Problem 404, 409 */
  async addReference(id: string, body: Readable): Promise<ImportJob> {
    const job = await this.find(id);
    if (!WAITING.includes(job.state) || job.progress.rows > 0)
      throw new Problem(409, 'import-begun', `The import is ${job.state}: reference data must come before it begins.`);
    await this.demandFile(id);
    // Nobody takes it up until the reference data is whole.
    await this.store.step(id, WAITING, { state: 'received', wanted: false });
    await this.giveUp(id);
    try {
      await this.spool.receive(referenceOf(id), body, Math.min(REFERENCE_BYTES, this.config.IMPORT_MAX_BYTES));
      await this.store.setOptions(id, { ...job.options, reference: true });
    } finally {
      await this.store.step(id, WAITING, { state: 'received', wanted: true, problem: null });
      this.look();
    }
    return this.find(id);
  }

  /** Stores what was checked. @throws Problem 404, 409 */
  async begin(id: string): Promise<ImportJob> {
    const job = await this.find(id);
    const { missing = [] } = job.report ?? {};
    if (job.state === 'checked' && missing.length > 0)
      throw new Problem(
        409,
        'import-incomplete',
        `Nothing was imported: ${missing[0]}.`,
        missing.slice(0, 20).map(asError),
      );
    if (job.state === 'checked') await this.demandFile(id);
    if (job.state !== 'checked' || !(await this.store.step(id, ['checked'], { state: 'running', wanted: true })))
      throw new Problem(
        409,
        'import-not-checked',
        `The import is ${job.state}; only one that is checked can be started.`,
      );
    this.look();
    return this.find(id);
  }

  /** Ends an import. What it has stored stays. @throws Problem 404, 409 */
  async cancel(id: string): Promise<ImportJob> {
    const { state } = await this.find(id);
    const ended = { state: 'cancelled', wanted: false, problem: 'cancelled', endedAt: new Date() } as const;
    if (!(await this.store.step(id, ['received', 'checked', 'running'], ended)))
      throw new Problem(409, 'import-over', `The import is ${state}: there is nothing to cancel.`);
    await this.giveUp(id);
    const { stored, line } = (await this.find(id)).progress;
    const problem =
      stored === 0
        ? 'cancelled; nothing was stored'
        : `cancelled after line ${line}; the ${stored} fixes that were stored stay`;
    await this.store.step(id, ['cancelled'], { ...ended, problem });
    return this.find(id);
  }

  /** Forgets an import and its file; what it has stored stays. @throws Problem 404, 409 */
  async remove(id: string): Promise<void> {
    await this.find(id);
    if (this.running.has(id) || !(await this.store.remove(id)))
      throw new Problem(409, 'import-running', 'The import is at work: cancel it first.');
    await this.spool.remove(id);
  }

  /** @throws Problem 404 */
  async find(id: string): Promise<ImportJob> {
    const job = await this.store.find(id);
    if (!job) throw new Problem(404, 'unknown-import', 'There is no such import.');
    return this.withPresent(job);
  }

  async list(before: string | null, limit: number): Promise<ImportJob[]> {
    return (await this.store.list(before, limit)).map((job) => this.withPresent(job));
  }

  /** @throws Problem 404 */
  async picture(id: string): Promise<string> {
    await this.find(id);
    const picture = await this.store.picture(id);
    if (picture === null) throw new Problem(404, 'no-picture', 'There is no picture: the file has not been checked.');
    return picture;
  }

  /** @throws Problem 404 */
  async problems(id: string, after: { line: number; kind: string }, limit: number): Promise<RowProblem[]> {
    await this.find(id);
    return this.store.problems(id, after, limit);
  }

  /** Whether an import is at work here, or waits. */
  isAtWork(id: string): boolean {
    return this.running.has(id);
  }

  /** A check keeps no progress of its own: it shows how far it is. */
  private withPresent(job: ImportJob): ImportJob {
    const present = this.running.get(job.id);
    if (!present || job.state !== 'received') return job;
    return { ...job, progress: { ...job.progress, rows: present.rows, bytesRead: present.bytesRead } };
  }

  private async demandFile(id: string): Promise<void> {
    if (!(await this.spool.has(id)))
      throw new Problem(409, 'file-gone', 'Its file is not here any more: send it again.');
  }

  private async giveUp(id: string): Promise<void> {
    const running = this.running.get(id);
    running?.abort.abort(new GivenUp('given up by its owner'));
    await running?.ended;
  }

  private look(): void {
    this.again = true;
    this.looking ??= this.takeUp().finally(() => (this.looking = null));
  }

  private async takeUp(): Promise<void> {
    while (this.again && this.open) {
      this.again = false;
      try {
        for (const { id } of await this.store.wanted()) {
          if (this.running.size >= this.config.IMPORT_MAX_RUNNING || !this.open) break;
          if (!this.running.has(id) && (await this.spool.has(id))) this.run(id);
        }
      } catch (error) {
        this.complain(error);
      }
    }
  }

  private run(id: string): void {
    const abort = new AbortController();
    const running: Running = { abort, ended: Promise.resolve(), rows: 0, bytesRead: 0 };
    this.running.set(id, running);
    const on = (progress: { rows: number; bytesRead: number }) => void Object.assign(running, progress);
    const ended = this.work
      .go(id, this.spool, abort.signal, on)
      .catch((error: unknown) => {
        if (!(error instanceof GivenUp)) this.complain(error);
      })
      .finally(() => {
        this.running.delete(id);
        // What could not go on for want of the database is looked for again by the clock.
        if (this.open) setImmediate(() => this.look());
      });
    Object.assign(running, { ended });
  }

  private async prune(): Promise<void> {
    for (const id of await this.store.endedBefore(new Date(Date.now() - this.config.IMPORT_KEEP_DAYS * DAY_MS)))
      await this.spool.remove(id);
  }

  private complain(error: unknown): void {
    this.logger.warn(`an import could not go on: ${error instanceof Error ? error.name : 'unknown'}`);
  }
}

const asError = (expected: string) => ({ field: 'registry', expected });
