import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Log } from '../../database/log.ts';
import { isBusy } from '../../database/upkeep-round.ts';
import type { FixMonth } from '../../database/months.ts';
import { type ArchivedFile, type ArchiveStore, isPast, MonthChanged } from './archive.store.ts';
import { type Cell, columnOf } from './month-columns.ts';
import { digesting, MonthFile, nameMonthFile, removeFile, requireSame, writeMonthFile } from './month-file.ts';

const DAY_MS = 86_400_000;
/** A month that was put back stays for so long, whatever its age. */
const STAYS_DAYS = 30;

/** Which months are to go. */
export interface Retention {
  /** Epoch milliseconds. */
  readonly now: number;
  /** Whole months that stay. */
  readonly months: number;
  readonly stopping: AbortSignal;
  readonly log: Log;
}

/** Takes months of fixes to files and puts them back. */
export class Archiving {
  constructor(
    private readonly store: ArchiveStore,
    private readonly folder: string,
  ) {}

  /** Archives what is older than the retention, oldest first. */
  async retain({ now, months, stopping, log }: Retention): Promise<void> {
    for (const month of await this.store.months()) {
      if (stopping.aborted) return;
      if (!isPast(month, now, months) || (await this.store.isEmpty(month))) continue;
      const files = await this.store.files(month.month);
      if (files.some(({ restoredAt }) => restoredAt !== null && restoredAt > now - STAYS_DAYS * DAY_MS)) continue;
      try {
        const { file, rows } = await this.archive(month);
        log.info(`archived ${month.month}: ${rows} fixes are in ${file}`);
      } catch (error) {
        if (!(error instanceof MonthChanged) && !isBusy(error)) throw error;
        log.info(
          `${month.month} was not archived yet: ${error instanceof MonthChanged ? error.message : 'it is being read'}`,
        );
      }
    }
  }

  /**
   * Writes a month to a file, reads the file back, and only when it holds every fix takes them out of the database. Killed at any moment,
   * every fix is in the database or in a file that the database names, or in both.
   *
   * @throws MonthChanged, FileSpoilt, or Error with SQLSTATE 55P03 when the month is being read for long: it stays
   */
  async archive(month: FixMonth): Promise<{ file: string; rows: number; bytes: number }> {
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    const draft = path.join(this.folder, `fix-${month.month}.parquet.draft`);
    const known = await this.store.files(month.month);
    // Whoever was killed between naming its file and telling the database has left one that nobody knows of: it is written over.
    const name = freeName(month.month, known);
    const columns = await this.store.columns();
    try {
      const read = await this.store.read(month, columns, (groups) => writeMonthFile(draft, columns, groups));
      const written = await MonthFile.open(draft);
      await written.check(columns, read.written);
      await nameMonthFile(draft, path.join(this.folder, name));
      const replaced = known.filter(({ restoredAt }) => restoredAt !== null).map(({ file }) => file);
      await this.store.leave(month, read, name, written.bytes, replaced);
      for (const file of replaced) await removeFile(path.join(this.folder, file));
      return { file: path.join(this.folder, name), rows: read.written.rows, bytes: written.bytes };
    } catch (error) {
      await removeFile(draft);
      throw error;
    }
  }

  /**
   * Puts an archived month back into the database. Fixes that came since, and are there, stay.
   *
   * @returns how many fixes its files hold, and how many of them were put back
   * @throws FileSpoilt: nothing was put back
   */
  async restore(month: string): Promise<{ rows: number; added: number }> {
    const files = await this.store.files(month);
    const opened = await Promise.all(files.map((file) => this.open(file)));
    const added = await this.store.putBack(month, opened);
    return { rows: files.reduce((sum, { rows }) => sum + rows, 0), added };
  }

  /** Reads a file of the archive. @throws FileSpoilt */
  async check(file: ArchivedFile): Promise<void> {
    const { groups } = await this.open(file);
    for await (const group of groups) void group;
  }

  /** Names of files in the folder that the database does not know. */
  async strangers(): Promise<string[]> {
    const known = new Set((await this.store.files()).map(({ file }) => file));
    if (!existsSync(this.folder)) return [];
    return readdirSync(this.folder).filter((file) => file.endsWith('.parquet') && !known.has(file));
  }

  private async open(expected: ArchivedFile) {
    const file = path.join(this.folder, expected.file);
    const opened = await MonthFile.open(file);
    const columns = [...opened.types].map(([name, type]) => columnOf(name, type));
    const groups = async function* (): AsyncGenerator<Cell[][], void, void> {
      const found = digesting();
      for await (const group of opened.groups(columns)) {
        found.add(group);
        yield group;
      }
      requireSame(file, found.end(), expected);
    };
    return { file: expected.file, columns, groups: groups() };
  }
}

/** The second file of a month is of late fixes that came when the first was written. */
function freeName(month: string, known: readonly ArchivedFile[]): string {
  const taken = new Set(known.map(({ file }) => file));
  for (let number = 1; ; number++) {
    const name = `fix-${month}${number === 1 ? '' : `-${number}`}.parquet`;
    if (!taken.has(name)) return name;
  }
}
