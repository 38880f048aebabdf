import type { ImportItem, Place } from '../import-item.ts';
import type { ItemReader } from './item-reader.ts';
import type { Layout } from './layout.ts';
import type { ReadingOptions } from './options.ts';
import { RowReader } from './row-reader.ts';
import { RowSplitter } from './row-splitter.ts';

/** Items of a CSV file whose header is understood. */
export class CsvReader implements ItemReader<ImportItem> {
  private readonly rows: RowSplitter;
  private readonly reader: RowReader;
  private header = true;

  constructor(layout: Layout, delimiter: ',' | ';' | '\t', options: ReadingOptions) {
    this.rows = new RowSplitter(delimiter);
    this.rows.names = layout.header;
    this.reader = new RowReader(layout, this.rows, options);
  }

  push(text: string, items: ImportItem[]): void {
    this.rows.push(text);
    this.take(items, false);
  }

  end(items: ImportItem[]): void {
    this.take(items, true);
  }

  where(): Place {
    return { line: this.rows.openLine, column: this.rows.columnName(this.rows.openCell) };
  }

  private take(items: ImportItem[], last: boolean): void {
    while (this.rows.next(last)) {
      if (this.header) this.header = false;
      else items.push(this.reader.read());
    }
  }
}
