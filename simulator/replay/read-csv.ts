import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { parse } from 'csv-parse';
import type { Row } from './movebank.ts';
import { rowReader } from './movebank.ts';

/** The first two bytes of a gzip file. */
const GZIP = [0x1f, 0x8b];

/**
 * The rows of a Movebank CSV file, in its order, in constant memory: line ends CR, LF or CRLF, compressed or not.
 *
 * @throws Error naming the line where it is no CSV, or the column that is missing
 */
export async function* readMovebank(path: string): AsyncGenerator<{ readonly row: Row; readonly number: number }> {
  const compressed = await isGzip(path);
  const parser = parse({
    bom: true,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    skip_empty_lines: true,
  });
  const source: Readable = createReadStream(path);
  const streams = compressed ? ([source, createGunzip(), parser] as const) : ([source, parser] as const);
  let broken: Error | undefined;
  pipeline(streams, (error) => (broken = error ?? undefined)); // an error of any of them ends the parser, and the loop below
  let read: ((cells: readonly string[]) => Row) | undefined;
  let number = 1; // of the header
  try {
    for await (const cells of parser as AsyncIterable<string[]>) {
      if (read === undefined) read = rowReader(cells);
      else yield { row: read(cells), number: (number += 1) };
    }
  } catch (error) {
    throw broken ?? error;
  } finally {
    source.destroy();
  }
  if (read === undefined) throw new Error(`${path} is empty`);
}

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === GZIP[0] && buffer[1] === GZIP[1];
  } finally {
    await file.close();
  }
}
