import type { EpochMs } from '../../domain/fix.ts';
import type { ImportItem, Place } from '../import-item.ts';
import type { ItemReader } from './item-reader.ts';
import type { ReferenceColumn, ReferenceLayout } from './reference-columns.ts';
import { referenceColumns } from './reference-columns.ts';
import { RAW_CHARACTERS } from './row-reader.ts';
import { RowSplitter } from './row-splitter.ts';
import { TimeReader } from './time-reader.ts';
import { zoneNamed } from './zone.ts';

type Bad = Extract<ImportItem, { kind: 'bad' }>;

/** A row of reference data, or one that cannot be read. */
export type ReferenceRow =
  | Bad
  | {
      readonly line: number;
      readonly raw: string;
      readonly tag: string;
      readonly animal: string;
      readonly taxon: string | null;
      readonly sex: 'female' | 'male' | null;
      readonly maker: string | null;
      readonly model: string | null;
      readonly from: EpochMs | null;
      readonly to: EpochMs | null;
    };

const SEXES = new Map<string, 'female' | 'male' | null>([
  ['f', 'female'],
  ['female', 'female'],
  ['m', 'male'],
  ['male', 'male'],
  ['u', null],
  ['unknown', null],
]);
const EMPTY = new Set(['', 'NA', 'N/A']);

/** Rows of reference data; its times are UTC, as Movebank has them. */
export class ReferenceReader implements ItemReader<ReferenceRow> {
  private readonly rows: RowSplitter;
  private readonly times = new TimeReader(zoneNamed('UTC', undefined), undefined);
  private layout: ReferenceLayout | null = null;

  constructor(delimiter: ',' | ';' | '\t') {
    this.rows = new RowSplitter(delimiter);
  }

  push(text: string, items: ReferenceRow[]): void {
    this.rows.push(text);
    this.take(items, false);
  }

  end(items: ReferenceRow[]): void {
    this.take(items, true);
  }

  where(): Place {
    return { line: this.rows.openLine, column: this.rows.columnName(this.rows.openCell) };
  }

  private take(items: ReferenceRow[], last: boolean): void {
    const { rows } = this;
    while (rows.next(last)) {
      if (this.layout !== null) {
        items.push(this.row(this.layout));
        continue;
      }
      const header = Array.from({ length: rows.cells }, (_, i) => rows.cell(i).trim());
      rows.names = header;
      this.layout = referenceColumns(header, rows.line);
    }
  }

  private row(layout: ReferenceLayout): ReferenceRow {
    const { rows } = this;
    const { line } = rows;
    const raw = rows.raw(RAW_CHARACTERS);
    const bad = (column: string | undefined, expected: string): Bad => ({ kind: 'bad', line, column, expected, raw });
    if (rows.fault !== null) return bad(rows.columnName(rows.fault.cell), rows.fault.expected);
    if (rows.cells !== rows.names.length)
      return bad(undefined, `${rows.names.length} fields as in the header, not ${rows.cells}`);
    const { tag, animal } = { tag: this.text(layout, 'tag'), animal: this.text(layout, 'animal') };
    if (tag === null) return bad(layout.used['tag'], 'the name of a tag');
    if (animal === null) return bad(layout.used['animal'], 'the name of an animal');
    const [from, to] = [this.time(layout, 'from'), this.time(layout, 'to')];
    if (Number.isNaN(from)) return bad(layout.used['from'], this.times.expected);
    if (Number.isNaN(to)) return bad(layout.used['to'], this.times.expected);
    if (from !== null && to !== null && to <= from) return bad(layout.used['to'], 'an end after the beginning');
    const sex = SEXES.get(this.text(layout, 'sex')?.toLowerCase() ?? 'u');
    if (sex === undefined) return bad(layout.used['sex'], 'f, m or nothing');
    const [taxon, maker, model] = [this.text(layout, 'taxon'), this.text(layout, 'maker'), this.text(layout, 'model')];
    return { line, raw, tag, animal, taxon, sex, maker, model, from, to };
  }

  /** Null: the row does not say; NaN: it is no time. */
  private time(layout: ReferenceLayout, column: 'from' | 'to'): number | null {
    const text = this.text(layout, column);
    if (text === null) return null;
    // Movebank's own dates have a time; those of spreadsheets may be days.
    const whole = /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text} 00:00:00` : text;
    return this.times.read(whole, 0, whole.length);
  }

  private text(layout: ReferenceLayout, column: ReferenceColumn): string | null {
    const index = layout.places[column];
    const text = index < 0 ? '' : this.rows.cell(index).trim();
    return EMPTY.has(text) ? null : text;
  }
}
