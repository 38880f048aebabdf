import { UnreadableFile } from '../import-item.ts';

/** A row is no longer than this, its quoted line ends included; raw acceleration takes some thousand. */
export const MAX_ROW_CHARACTERS = 262_144;
export const MAX_COLUMNS = 1_000;

const QUOTE = 34;
const LF = 10;
const CR = 13;

/**
 * Splits CSV into rows as RFC 4180 has it, but with line ends LF, CR and CRLF in any mixture. One row at a time stands in
 * `text`, and its cells as places in it, so that a cell which nobody wants costs nothing.
 *
 * A quote within a cell that does not begin with one is a character like any other. Empty lines are no rows.
 */
export class RowSplitter {
  text = '';
  /** Cells of the row. */
  cells = 0;
  readonly starts = new Int32Array(MAX_COLUMNS + 1);
  readonly ends = new Int32Array(MAX_COLUMNS + 1);
  /** Line on which the row begins, from 1. */
  line = 0;
  /** What is wrong with how the row is written, with the cell where; null: nothing. */
  fault: { readonly cell: number; readonly expected: string } | null = null;
  /** Names for messages, once the header is known. */
  names: readonly string[] = [];
  rowStart = 0;
  rowEnd = 0;
  /** Where the text ends that no row has been made of: line and cell. */
  openLine = 1;
  openCell = 0;

  private readonly doubled = new Uint8Array(MAX_COLUMNS + 1);
  private readonly delimiter: number;
  private readonly lastSpecial: number;
  private at = 0;
  private nextLine = 1;
  private quotes = 0;

  constructor(delimiter: ',' | ';' | '\t') {
    this.delimiter = delimiter.charCodeAt(0);
    this.lastSpecial = Math.max(this.delimiter, CR);
  }

  push(text: string): void {
    this.text = this.at >= this.text.length ? text : this.text.slice(this.at) + text;
    this.at = 0;
  }

  /**
   * Goes to the next row; false: what is there of it may not be all yet.
   *
   * @param last whether nothing follows
   * @throws UnreadableFile where rows cannot be told from each other any more
   */
  next(last: boolean): boolean {
    while (this.at < this.text.length) {
      if (!this.split(last)) {
        if (this.text.length - this.at > MAX_ROW_CHARACTERS) throw this.tooLong();
        return false;
      }
      if (this.rowEnd - this.rowStart > MAX_ROW_CHARACTERS) throw this.tooLong();
      if (this.rowEnd > this.rowStart) return true;
    }
    this.openLine = this.nextLine;
    this.openCell = 0;
    return false;
  }

  /** A cell's text, its quotes removed. */
  cell(index: number): string {
    return this.unquoted(index, this.starts[index] ?? 0, this.ends[index] ?? 0);
  }

  /** A part of a cell, from one place of `text` to another. */
  unquoted(index: number, from: number, to: number): string {
    const text = this.text.slice(from, to);
    return this.doubled[index] === 1 ? text.replaceAll('""', '"') : text;
  }

  /** The row as it stands in the file, its first `most` characters. */
  raw(most: number): string {
    return this.text.slice(this.rowStart, Math.min(this.rowEnd, this.rowStart + most)).toWellFormed();
  }

  columnName(cell: number): string {
    const name = this.names[cell];
    return name === undefined || name === '' ? `number ${cell + 1}` : name;
  }

  private split(last: boolean): boolean {
    const { text, starts, ends, doubled } = this;
    const { length } = text;
    let [i, cell] = [this.at, 0];
    this.rowStart = i;
    this.line = this.openLine = this.nextLine;
    this.fault = null;
    for (;;) {
      const kept = Math.min(cell, MAX_COLUMNS);
      let end: number;
      if (text.charCodeAt(i) === QUOTE) {
        this.openCell = cell;
        end = this.closingQuote(i + 1, last);
        if (end < 0) return this.stop(cell);
        starts[kept] = i + 1;
        ends[kept] = end;
        doubled[kept] = this.quotes;
        i = this.cellEnd(end + 1);
        if (i > end + 1) this.fault ??= { cell, expected: AFTER_QUOTE };
      } else {
        starts[kept] = i;
        ends[kept] = i = this.cellEnd(i);
        doubled[kept] = 0;
      }
      const code = i < length ? text.charCodeAt(i) : -1;
      if (code === -1 && !last) return this.stop(cell);
      if (code === 0) throw this.nul(cell, this.openLine);
      cell += 1;
      if (code === this.delimiter) {
        i += 1;
        continue;
      }
      if (code === CR && i + 1 >= length && !last) return this.stop(cell - 1);
      this.cells = cell;
      this.rowEnd = i;
      this.at = code === -1 ? i : code === CR && text.charCodeAt(i + 1) === LF ? i + 2 : i + 1;
      this.nextLine = code === -1 ? this.openLine : this.openLine + 1;
      return true;
    }
  }

  /** Where a cell ends that is not quoted, or what follows a closing quote: at a delimiter, line end, NUL or the text's end. */
  private cellEnd(from: number): number {
    const { text, delimiter, lastSpecial } = this;
    const { length } = text;
    let i = from;
    for (; i < length; i += 1) {
      const code = text.charCodeAt(i);
      if (code <= lastSpecial && (code === delimiter || code === LF || code === CR || code === 0)) break;
    }
    return i;
  }

  /** Where the quote is that ends a cell, or −1: not in this text. Counts the line ends before it. */
  private closingQuote(from: number, last: boolean): number {
    const { text } = this;
    const { length } = text;
    const openedOn = this.openLine;
    this.quotes = 0;
    for (let i = from; i < length; i += 1) {
      const code = text.charCodeAt(i);
      if (code > QUOTE) continue;
      if (code === QUOTE) {
        if (i + 1 >= length && !last) return -1;
        if (text.charCodeAt(i + 1) !== QUOTE) return i;
        this.quotes = 1;
        i += 1;
      } else if (code === LF || code === CR) {
        if (code === CR && text.charCodeAt(i + 1) === LF) i += 1;
        this.openLine += 1;
      } else if (code === 0) throw this.nul(this.openCell, this.openLine);
    }
    if (last) {
      const column = this.columnName(this.openCell);
      throw new UnreadableFile(
        `line ${openedOn}, column ${column}: a quoted field begins here and is never closed: expected its closing quote before the file's end`,
        { line: openedOn, column },
      );
    }
    return -1;
  }

  private stop(cell: number): false {
    this.openCell = cell;
    return false;
  }

  private nul(cell: number, line: number): UnreadableFile {
    const column = this.columnName(cell);
    return new UnreadableFile(
      `line ${line}, column ${column}: a NUL byte, which no text has (UTF-16 without its mark? then say encoding=utf-16le)`,
      { line, column },
    );
  }

  private tooLong(): UnreadableFile {
    return new UnreadableFile(
      `line ${this.line}: longer than ${MAX_ROW_CHARACTERS} characters (is a quote missing, or another line end meant?)`,
      { line: this.line },
    );
  }
}

const AFTER_QUOTE = 'a delimiter or the line\'s end after a closing quote (a quote within quotes is written twice: "")';
