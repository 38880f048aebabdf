import { createHash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type AsyncBuffer, asyncBufferFromFile, parquetMetadataAsync, parquetRead } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { type Cell, type Column, lineOf, schemaOf } from './month-columns.ts';

/** Rows of one group: some ten milliseconds of packing, which hold up the event loop, and some megabyte. */
export const GROUP_ROWS = 4_096;
const TYPES = 'collarwatch.types';

/** How many rows there are, and the SHA-256 of them all: of each a line as `lineOf` writes it. */
export interface Digest {
  readonly rows: number;
  readonly digest: string;
}

/** A file that does not hold what it should. The message is one line. */
export class FileSpoilt extends Error {
  override readonly name = 'FileSpoilt';
}

/**
 * Writes rows to a Parquet file (gzip; R, Python, DuckDB read it), `draft` first, and onto the disk.
 *
 * @param groups rows in the order of the key, at most GROUP_ROWS at once
 * @returns what was written, by the rows that were given
 */
export async function writeMonthFile(
  draft: string,
  columns: readonly Column[],
  groups: AsyncIterable<readonly (readonly Cell[])[]>,
): Promise<Digest> {
  const file = await open(draft, 'w', 0o600);
  const hash = createHash('sha256');
  let rows = 0;
  try {
    const writer = new ByteWriter();
    const types = Object.fromEntries(columns.map(({ name, type }) => [name, type]));
    const parquet = new ParquetWriter({
      writer,
      schema: schemaOf(columns),
      codec: 'GZIP',
      compressors: { GZIP: (bytes) => gzipSync(bytes) },
      kvMetadata: [{ key: TYPES, value: JSON.stringify(types) }],
      createdBy: 'collarwatch',
    });
    const flush = async () => {
      await file.writeFile(new Uint8Array(writer.buffer.slice(0, writer.index)));
      writer.index = 0;
    };
    for await (const group of groups) {
      for (const row of group) hash.update(lineOf(row));
      rows += group.length;
      const columnData = columns.map(({ name, kind }, place) => ({
        name,
        data: group.map((row) => {
          const cell = row[place] ?? null;
          return cell === null ? null : kind.toFile(cell);
        }),
      }));
      await parquet.write({ columnData, rowGroupSize: GROUP_ROWS });
      await flush();
    }
    await parquet.finish();
    await flush();
    await file.sync();
  } finally {
    await file.close();
  }
  return { rows, digest: hash.digest('hex') };
}

/** Gives a file that is on the disk its name; from then on it is there, whatever happens. */
export async function nameMonthFile(draft: string, file: string): Promise<void> {
  await rename(draft, file);
  const folder = await open(path.dirname(file), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

export const removeFile = (file: string): Promise<void> => rm(file, { force: true });

/** A month's file, opened. */
export class MonthFile {
  private constructor(
    private readonly file: string,
    private readonly buffer: AsyncBuffer,
    private readonly metadata: Awaited<ReturnType<typeof parquetMetadataAsync>>,
  ) {}

  /** @throws FileSpoilt when it is not there, is cut, or is no file of ours */
  static async open(file: string): Promise<MonthFile> {
    try {
      const buffer = await asyncBufferFromFile(file);
      return new MonthFile(file, buffer, await parquetMetadataAsync(buffer));
    } catch (error) {
      throw new FileSpoilt(`${file} cannot be read: ${(error as Error).message}`, { cause: error });
    }
  }

  get bytes(): number {
    return this.buffer.byteLength;
  }

  /** Names of its columns in their order, and of each the type that it had in the database. */
  get types(): ReadonlyMap<string, string> {
    const text = this.metadata.key_value_metadata?.find(({ key }) => key === TYPES)?.value;
    if (text === undefined) throw new FileSpoilt(`${this.file} is no file of an archived month`);
    return new Map(Object.entries(JSON.parse(text) as Record<string, string>));
  }

  /** Its rows, a group at a time. @throws FileSpoilt */
  async *groups(columns: readonly Column[]): AsyncGenerator<Cell[][], void, void> {
    let rowStart = 0;
    for (const { num_rows: length } of this.metadata.row_groups) {
      const rowEnd = rowStart + Number(length);
      yield await this.read(columns, rowStart, rowEnd);
      rowStart = rowEnd;
    }
  }

  /** Reads all of it. @throws FileSpoilt when it does not hold what is expected */
  async check(columns: readonly Column[], expected: Digest): Promise<void> {
    const found = digesting();
    for await (const group of this.groups(columns)) found.add(group);
    requireSame(this.file, found.end(), expected);
  }

  private async read(columns: readonly Column[], rowStart: number, rowEnd: number): Promise<Cell[][]> {
    let rows: unknown[][] = [];
    try {
      await parquetRead({
        file: this.buffer,
        metadata: this.metadata,
        columns: columns.map(({ name }) => name),
        compressors: { GZIP: (bytes) => gunzipSync(bytes) },
        ...{ rowStart, rowEnd },
        onComplete: (read) => (rows = read),
      });
    } catch (error) {
      throw new FileSpoilt(`${this.file} cannot be read: ${(error as Error).message}`, { cause: error });
    }
    return rows.map((row) =>
      columns.map(({ kind }, place) => {
        const value = row[place];
        return value === null || value === undefined ? null : kind.fromFile(value);
      }),
    );
  }
}

/** Makes a digest of rows that come in groups. */
export function digesting(): { add(group: readonly (readonly Cell[])[]): void; end(): Digest } {
  const hash = createHash('sha256');
  let rows = 0;
  return {
    add: (group) => {
      for (const row of group) hash.update(lineOf(row));
      rows += group.length;
    },
    end: () => ({ rows, digest: hash.digest('hex') }),
  };
}

/** @throws FileSpoilt */
export function requireSame(file: string, found: Digest, expected: Digest): void {
  if (found.rows === expected.rows && found.digest === expected.digest) return;
  const how = found.rows === expected.rows ? 'other fixes' : `${found.rows} fixes`;
  throw new FileSpoilt(`${file} holds ${how} where ${expected.rows} are expected`);
}
