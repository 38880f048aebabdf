import { UnreadableFile } from '../import-item.ts';
import type { Saying } from './column-names.ts';
import { columnName, LOOKED_FOR, sayingOf } from './column-names.ts';
import type { Field, ReadingOptions } from './options.ts';
import type { Question } from './recognised.ts';

/** Columns named in a message, at most this many characters of them. */
const NAMED_CHARACTERS = 600;

/** A header, and what was said of it. */
export class Columns {
  /** Movebank's name of each column, whatever the dialect. */
  private readonly own: readonly string[];
  private readonly sayings: readonly (Saying | null)[];

  constructor(
    readonly header: readonly string[],
    private readonly line: number,
    private readonly options: ReadingOptions,
    private readonly questions: Question[],
  ) {
    this.own = header.map(columnName);
    this.sayings = header.map(sayingOf);
  }

  /** The column that was said to be a field; −1: nothing was said. */
  said(field: Field): number {
    const name = this.options.columns?.[field];
    return name === undefined ? -1 : this.named(name, `columns.${field}`);
  }

  /** @throws UnreadableFile when no column, or more than one, is named so */
  named(name: string, option: string): number {
    const numbered = /^#(\d{1,4})$/.exec(name)?.[1];
    const number = Number(numbered ?? 0) - 1;
    if (number >= 0 && number < this.header.length) return number;
    const wanted = columnName(name);
    let found = this.indices((given) => given.trim() === name);
    if (found.length === 0) found = this.indices((given) => columnName(given) === wanted);
    if (found.length === 1) return found[0] ?? -1;
    throw new UnreadableFile(
      found.length === 0
        ? `${option}=${name}: line ${this.line} has no such column; it has ${this.list()}`
        : `${option}=${name}: columns ${found.map((i) => i + 1).join(' and ')} in line ${this.line} are both named so: say #${(found[0] ?? 0) + 1} or #${(found[1] ?? 0) + 1}`,
      { line: this.line, column: name },
    );
  }

  /** The columns of Movebank's names that are there. */
  movebank(names: readonly string[]): number[] {
    return names.flatMap((name) => this.own.flatMap((own, i) => (own === name ? [i] : [])));
  }

  saying(what: Saying): number[] {
    return this.sayings.flatMap((saying, i) => (saying === what ? [i] : []));
  }

  /** The one column of those found; asks where there are more. */
  one(found: readonly number[], field: Field): number {
    if (found.length > 1) {
      const names = found.map((i) => `${this.header[i]} (column ${i + 1})`).join(' and ');
      const [first = 0] = found;
      this.ask(
        'columns',
        `line ${this.line}: ${names} may both be ${WHAT[field] ?? field}: say which, {"${field}":"${this.unique(first)}"}`,
        this.header[first],
      );
    }
    return found[0] ?? -1;
  }

  lacking(field: 'at' | 'lat' | 'lon'): void {
    this.ask(
      'columns',
      `line ${this.line}: no column is ${WHAT[field] ?? field}: looked for ${LOOKED_FOR[field]}; found ${this.list()}; ` +
        `say which it is, {"${field}":"…"}`,
    );
  }

  nobodys(): void {
    this.ask(
      'tag',
      `line ${this.line}: whose fixes are these? No column names a collar or animal: looked for ${LOOKED_FOR.tag}; ` +
        `found ${this.list()}; say tag=…, or which column, {"tag":"…"}`,
    );
  }

  /** A way to name a column that no other is named by. */
  private unique(index: number): string {
    const name = this.header[index] ?? '';
    return this.header.indexOf(name) === this.header.lastIndexOf(name) ? name : `#${index + 1}`;
  }

  private indices(matches: (given: string) => boolean): number[] {
    return this.header.flatMap((given, i) => (matches(given) ? [i] : []));
  }

  private list(): string {
    const names = this.header.join(', ');
    return names.length > NAMED_CHARACTERS
      ? `${names.slice(0, NAMED_CHARACTERS).toWellFormed()}… (${this.header.length} columns)`
      : names;
  }

  private ask(option: Question['option'], message: string, column?: string): void {
    this.questions.push({ option, message, line: this.line, column });
  }
}

const WHAT: Partial<Record<Field, string>> = {
  at: 'the time',
  date: 'the date',
  time: 'the time of day',
  lat: 'the latitude',
  lon: 'the longitude',
  tag: 'the collar',
  animal: 'the animal',
};
