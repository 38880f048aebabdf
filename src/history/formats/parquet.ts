import { gzipSync } from 'node:zlib';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { RowGroup, ROWS, SCHEMA } from './parquet-rows.ts';
import type { TrackFormat } from './track-format.ts';
import { COLUMN_NAMES } from '../fix-block.ts';

/** Fastest, and with its dictionaries still a third of the CSV; ten times as fast as Snappy in JavaScript. */
const GZIP_LEVEL = 1;

/**
 * Apache Parquet: one row a fix, row group by row group as they fill. Times are `TIMESTAMP` in milliseconds UTC; what was not reported
 * is null. Columns are compressed by gzip, which every reader knows.
 *
 * The end of a Parquet file names all of its row groups, so memory grows with the answer after all: by one or two bytes a fix.
 */
export const PARQUET: TrackFormat = {
  name: 'parquet',
  type: 'application/vnd.apache.parquet',
  asked: ['application/vnd.apache.parquet', 'application/x-parquet'],
  extension: 'parquet',
  columns: COLUMN_NAMES,

  async *write(parts) {
    const bytes = new ByteWriter();
    const writer = new ParquetWriter({
      writer: bytes,
      schema: SCHEMA,
      codec: 'GZIP',
      compressors: { GZIP: (input) => gzipSync(input, { level: GZIP_LEVEL }) },
      statistics: false,
      createdBy: 'Collarwatch',
    });
    const group = new RowGroup();
    const written = (): Uint8Array => {
      void writer.write({ columnData: group.take(), rowGroupSize: ROWS });
      return drained(bytes);
    };
    for await (const part of parts)
      for (let from = 0; from < part.block.length;) {
        from = group.add(part, from);
        if (group.isFull) yield written();
      }
    if (group.length > 0) yield written();
    void writer.finish();
    const end = drained(bytes);
    yield writer.row_groups.length === 0 ? withEmptyListOfGroups(end) : end;
  },
};

/** Takes out what was written so far. The writer goes on counting from the file's beginning. */
function drained(writer: ByteWriter): Uint8Array {
  const bytes = writer.getBytes().slice();
  writer.index = 0;
  return bytes;
}

/** Of the footer of a file without rows: `num_rows` 0, then the list `row_groups`, empty, as the library writes it: without a type. */
const EMPTY = Buffer.of(0x16, 0x00, 0x19, 0x00);
const LIST_OF_STRUCTS = 0x0c;

/** An empty list has a type too, and readers in Rust refuse one that is not said to be of structs. */
function withEmptyListOfGroups(end: Uint8Array): Uint8Array {
  const place = Buffer.from(end.buffer, end.byteOffset, end.length).lastIndexOf(EMPTY);
  if (place < 0) throw new Error('the end of a Parquet file without rows is not as it was known');
  end[place + EMPTY.length - 1] = LIST_OF_STRUCTS;
  return end;
}
