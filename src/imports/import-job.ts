import type { EpochMs } from '../domain/fix.ts';
import type { ReadingOptions } from './reading/options.ts';
import type { Report } from './survey-report.ts';

/**
 * The life of an import.
 *
 * - `received`: its file is here and waits for its check, or is being checked.
 * - `checked`: nothing is stored; it waits to be started, its report says what would happen.
 * - `running`: it is being stored, or waits for its turn.
 * - `done`; `failed`: its `problem` says why; `cancelled`: what was stored stays.
 */
export const IMPORT_STATES = ['received', 'checked', 'running', 'done', 'failed', 'cancelled'] as const;
export type ImportState = (typeof IMPORT_STATES)[number];

/** What the importer says of a file. */
export interface ImportOptions {
  readonly reading: ReadingOptions;
  /** Animals, collars and deployments that are missing are made. */
  readonly create: boolean;
  /** It is stored without asking again, if nothing is missing. */
  readonly start: boolean;
  /** Ids of animals by their names in the file. */
  readonly animals: Readonly<Record<string, string>>;
  /** Serials of collars by the tags' names in the file. */
  readonly collars: Readonly<Record<string, string>>;
  /** Reference data was given beside it. */
  readonly reference: boolean;
}

/** How far the storing of a file is: as of the last group of rows that was committed. */
export interface Progress {
  /** Items of the file, as its reader counts them. */
  readonly rows: number;
  readonly bytesRead: number;
  readonly line: number;
  readonly stored: number;
  readonly duplicates: number;
  readonly conflicts: number;
  readonly attempts: number;
  readonly other: number;
  readonly bad: number;
  /** How often it went on after the server had been stopped. The group in hand then counts as duplicates where it was stored. */
  readonly resumed: number;
}

export const NO_PROGRESS: Progress = {
  rows: 0,
  bytesRead: 0,
  line: 0,
  stored: 0,
  duplicates: 0,
  conflicts: 0,
  attempts: 0,
  other: 0,
  bad: 0,
  resumed: 0,
};

export interface ImportJob {
  readonly id: string;
  /** The file's name, as its sender called it. */
  readonly name: string;
  readonly by: string;
  readonly createdAt: EpochMs;
  readonly state: ImportState;
  /** Its check or its storing is still to be done. */
  readonly wanted: boolean;
  readonly options: ImportOptions;
  readonly bytes: number;
  readonly progress: Progress;
  readonly report: Report | null;
  readonly problem: string | null;
  readonly endedAt: EpochMs | null;
}
