import type { SchemaElement } from 'hyparquet';

/** A value of a row on its way between database and file; times are epoch milliseconds, JSON is text. */
export type Cell = number | bigint | string | boolean | null;

/** How a type of the database is written to Parquet. */
interface Kind {
  /** SQL that gives the value as text which `read` understands; `%` stands for the column. */
  readonly text: string;
  readonly read: (text: string) => Cell;
  readonly element: Omit<SchemaElement, 'name' | 'repetition_type'>;
  /** What the library is given for a value, and what a value is that it gives back. */
  readonly toFile: (cell: Exclude<Cell, null>) => unknown;
  readonly fromFile: (value: unknown) => Cell;
  /** JSON text from which the database reads the value again. */
  readonly toJson: (cell: Exclude<Cell, null>) => string;
}

const same = (value: unknown) => value as Cell;
const plain = (cell: Exclude<Cell, null>) => JSON.stringify(cell);
const number = (element: Kind['element'], read: (text: string) => Cell = Number): Kind => ({
  text: '%::text',
  read,
  element,
  toFile: (cell) => cell,
  fromFile: same,
  toJson: (cell) => (Number.isFinite(cell) ? plain(cell) : `"${String(cell)}"`),
});

const KINDS: Readonly<Record<string, Kind>> = {
  timestamptz: {
    text: '(extract(epoch FROM %) * 1000)::bigint::text',
    read: Number,
    element: { type: 'INT64', converted_type: 'TIMESTAMP_MILLIS' },
    toFile: (cell) => BigInt(cell),
    fromFile: (value) => (value as Date).getTime(),
    toJson: (cell) => `"${new Date(cell as number).toISOString()}"`,
  },
  float8: number({ type: 'DOUBLE' }),
  // The same single as the file gives back.
  float4: number({ type: 'FLOAT' }, (text) => Math.fround(Number(text))),
  int2: number({ type: 'INT32' }),
  int4: number({ type: 'INT32' }),
  int8: {
    ...number({ type: 'INT64' }, BigInt),
    toJson: (cell) => String(cell),
  },
  bool: { ...number({ type: 'BOOLEAN' }, (text) => text === 'true'), toJson: plain },
  text: { ...number({ type: 'BYTE_ARRAY', converted_type: 'UTF8' }, String), toJson: plain },
  jsonb: { ...number({ type: 'BYTE_ARRAY', converted_type: 'UTF8' }, String), toJson: String },
};

/** A column of `fix`, as it is archived. */
export interface Column {
  readonly name: string;
  /** Of the database. */
  readonly type: string;
  readonly kind: Kind;
}

/** @throws Error when a type has no place in the archive: then it needs one, above */
export function columnOf(name: string, type: string): Column {
  const kind = Object.hasOwn(KINDS, type) ? KINDS[type] : undefined;
  if (!kind) throw new Error(`column ${name} of type ${type} cannot be archived`);
  return { name, type, kind };
}

export function schemaOf(columns: readonly Column[]): SchemaElement[] {
  const leaves = columns.map(({ name, kind }): SchemaElement => ({
    name,
    repetition_type: 'OPTIONAL',
    ...kind.element,
  }));
  return [{ name: 'fix', num_children: leaves.length }, ...leaves];
}

/** A row as the digest takes it: its cells in the order of the columns, a line of JSON text. */
export function lineOf(row: readonly Cell[]): string {
  return `[${row.map((cell) => (typeof cell === 'bigint' ? String(cell) : JSON.stringify(cell))).join()}]\n`;
}

/** A row as JSON from which `json_to_recordset` makes it again. */
export function recordOf(columns: readonly Column[], row: readonly Cell[]): string {
  const members = columns.flatMap(({ name, kind }, place) => {
    const cell = row[place] ?? null;
    return cell === null ? [] : [`${JSON.stringify(name)}:${kind.toJson(cell)}`];
  });
  return `{${members.join()}}`;
}
