import type { SchemaElement } from 'hyparquet';
import type { ColumnSource } from 'hyparquet-writer';
import { doubtNames } from '../../domain/quality/doubt.ts';
import { COLUMN_NAMES, type ColumnName } from '../fix-block.ts';
import type { TrackPart } from './track-format.ts';

/** Fixes of one row group: some twenty milliseconds of writing, a megabyte. */
export const ROWS = 6_000;

/** How a column of numbers is stored; all others are doubles. */
const TYPES: Readonly<Partial<Record<ColumnName, Partial<SchemaElement>>>> = {
  receivedAt: { type: 'INT64', converted_type: 'TIMESTAMP_MILLIS' },
  late: { type: 'BOOLEAN' },
  satellites: { type: 'INT32' },
  seq: { type: 'INT64' },
};

const text = (name: string, repetition_type: SchemaElement['repetition_type']): SchemaElement => ({
  name,
  type: 'BYTE_ARRAY',
  converted_type: 'UTF8',
  ...(repetition_type && { repetition_type }),
});

const COLUMNS: readonly SchemaElement[] = [
  text('animal', 'REQUIRED'),
  text('name', 'REQUIRED'),
  text('species', 'OPTIONAL'),
  text('collar', 'REQUIRED'),
  { name: 'segment', type: 'INT32', repetition_type: 'REQUIRED' },
  { name: 'at', type: 'INT64', converted_type: 'TIMESTAMP_MILLIS', repetition_type: 'REQUIRED' },
  { name: 'lon', type: 'DOUBLE', repetition_type: 'REQUIRED' },
  { name: 'lat', type: 'DOUBLE', repetition_type: 'REQUIRED' },
  text('doubts', 'OPTIONAL'),
  ...COLUMN_NAMES.map((name): SchemaElement => ({ name, type: 'DOUBLE', ...TYPES[name], repetition_type: 'OPTIONAL' })),
];

/** The columns of a file, in order. `doubts`: their names, a space between; null: trusted. */
export const SCHEMA: SchemaElement[] = [{ name: 'fixes', num_children: COLUMNS.length }, ...COLUMNS];

type Value = string | number | bigint | boolean | null;

const FROM_NUMBER: Readonly<Partial<Record<ColumnName, (value: number) => Value>>> = {
  late: (value) => value !== 0,
  seq: (value) => BigInt(value),
};

/** Columns whose values are all different: a dictionary of them would be larger than they are. */
const PLAIN = new Set(['at', 'lon', 'lat', 'receivedAt', 'seq']);

/** Rows that wait until they are worth a row group: parts of a track may be as short as one fix. */
export class RowGroup {
  private columns = emptyColumns();

  get length(): number {
    return this.columns.at.length;
  }

  get isFull(): boolean {
    return this.length >= ROWS;
  }

  /** Adds rows of a part as far as there is room. @returns the first that was not added */
  add({ animal, segment, block }: TrackPart, from: number): number {
    const to = Math.min(block.length, from + ROWS - this.length);
    const { columns } = this;
    for (let i = from; i < to; i++) {
      columns.animal.push(animal.id);
      columns.name.push(animal.name);
      columns.species.push(animal.species ?? null);
      columns.collar.push(block.collar);
      columns.segment.push(segment);
      columns.at.push(block.at[i]!);
      columns.lon.push(block.lon[i]!);
      columns.lat.push(block.lat[i]!);
      columns.doubts.push(block.doubts[i] === 0 ? null : doubtNames(block.doubts[i]!).join(' '));
    }
    for (const name of COLUMN_NAMES) {
      const column = columns[name];
      const values = block.columns[name];
      const convert = FROM_NUMBER[name];
      for (let i = from; i < to; i++) {
        const value = values?.[i] ?? NaN;
        column.push(Number.isNaN(value) ? null : convert === undefined ? value : convert(value));
      }
    }
    return to;
  }

  /** The rows, as the writer wants them; from then on there are none. */
  take(): ColumnSource[] {
    const { columns } = this;
    this.columns = emptyColumns();
    return Object.entries(columns).map(([name, data]) => ({
      name,
      data,
      ...(PLAIN.has(name) && { encoding: 'PLAIN' as const }),
      // By time alone: readers skip row groups by it.
      statistics: name === 'at',
    }));
  }
}

type Columns = Record<
  'animal' | 'name' | 'species' | 'collar' | 'segment' | 'at' | 'lon' | 'lat' | 'doubts' | ColumnName,
  Value[]
>;

function emptyColumns(): Columns {
  return Object.fromEntries(COLUMNS.map(({ name }) => [name, []])) as unknown as Columns;
}
