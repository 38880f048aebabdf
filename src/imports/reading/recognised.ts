import type { Place } from '../import-item.ts';
import type { ReadingOptions } from './options.ts';

/** Something that the file does not say and that is not guessed. */
export interface Question extends Partial<Place> {
  /** The option that answers it. */
  readonly option: keyof ReadingOptions;
  /** One sentence: where, what is unclear, and what to say. */
  readonly message: string;
}

/** What a file is, as far as its beginning tells. */
export interface Recognised {
  readonly format: 'movebank' | 'csv' | 'gpx' | 'reference';
  /** How Movebank's names are joined; null: no file of Movebank's. */
  readonly dialect: 'hyphens' | 'dots' | 'underscores' | null;
  readonly compression: 'gzip' | null;
  /** As TextDecoder names it. */
  readonly encoding: string;
  /** Null: no CSV. */
  readonly delimiter: ',' | ';' | '\t' | null;
  readonly lineEnds: 'LF' | 'CRLF' | 'CR' | 'mixed';
  /** Names of the header, as they stand there; none: GPX. */
  readonly columns: readonly string[];
  /** What is read, by its field's name (`at`, `lat`, `speedMps`, `fixType` …), and the first column that it is read from. */
  readonly used: Readonly<Record<string, string>>;
  /** Columns that nothing is kept of. */
  readonly unused: readonly string[];
  /** What must be said before the file can be read; none: it can be. */
  readonly questions: readonly Question[];
}
