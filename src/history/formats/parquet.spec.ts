import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { Compression, readParquet, writeParquet, WriterPropertiesBuilder } from 'parquet-wasm';
import { aBlock, anAnswer, type Answer, rowsOf, written } from '../../../test/factories/track-parts.ts';
import { doubtNames } from '../../domain/quality/doubt.ts';
import { COLUMN_NAMES, type ColumnName } from '../fix-block.ts';
import { PARQUET } from './parquet.ts';

type Row = Record<string, unknown>;

async function read(bytes: Uint8Array): Promise<Row[]> {
  const file = new Uint8Array(bytes).buffer;
  return parquetReadObjects({ file, compressors: { GZIP: (input) => new Uint8Array(gunzipSync(input)) } });
}

/** Read by Arrow's own implementation, in Rust, and written by it anew, so that what it had understood can be looked at. */
function throughArrow(bytes: Uint8Array): Uint8Array {
  const plain = new WriterPropertiesBuilder().setCompression(Compression.UNCOMPRESSED).build();
  return writeParquet(readParquet(bytes), plain);
}

function expectedOf(answer: Answer): Row[] {
  const value = (name: ColumnName, number: number) => {
    if (Number.isNaN(number)) return null;
    if (name === 'receivedAt') return new Date(number);
    if (name === 'late') return number === 1;
    return name === 'seq' ? BigInt(number) : number;
  };
  return rowsOf(answer).map((row) => ({
    animal: row.animal.id,
    name: Buffer.from(row.animal.name).toString(),
    species: row.animal.species === undefined ? null : Buffer.from(row.animal.species).toString(),
    collar: row.collar,
    segment: row.segment,
    at: new Date(row.at),
    lon: row.lon,
    lat: row.lat,
    doubts: row.doubts === 0 ? null : doubtNames(row.doubts).join(' '),
    ...Object.fromEntries(COLUMN_NAMES.map((name) => [name, value(name, row.sensor(name))])),
  }));
}

describe('Parquet', () => {
  it('is read back by two other readers: every column with its type, and nulls', async () => {
    await fc.assert(
      fc.asyncProperty(anAnswer(), async (answer) => {
        const bytes = await written(PARQUET, answer);
        const expected = expectedOf(answer);
        expect(await read(bytes)).toEqual(expected);
        expect(await read(throughArrow(bytes))).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });

  it('has its schema without a fix too', async () => {
    const bytes = await written(PARQUET, {
      about: { animals: [{ id: 'sofia', name: 'Sofia' }], several: false },
      parts: [],
    });
    const { schema, num_rows: rows } = parquetMetadata(new Uint8Array(throughArrow(bytes)).buffer);
    expect(rows).toBe(0n);
    expect(schema.slice(1).map(({ name, type }) => `${name} ${type}`)).toEqual([
      'animal BYTE_ARRAY',
      'name BYTE_ARRAY',
      'species BYTE_ARRAY',
      'collar BYTE_ARRAY',
      'segment INT32',
      'at INT64',
      'lon DOUBLE',
      'lat DOUBLE',
      'doubts BYTE_ARRAY',
      'receivedAt INT64',
      'late BOOLEAN',
      'altM DOUBLE',
      'accuracyM DOUBLE',
      'hdop DOUBLE',
      'satellites INT32',
      'speedMps DOUBLE',
      'headingDeg DOUBLE',
      'temperatureC DOUBLE',
      'batteryV DOUBLE',
      'activity DOUBLE',
      'seq INT64',
    ]);
    expect(schema.find(({ name }) => name === 'at')).toMatchObject({
      logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
    });
  });

  it('fills row groups across parts, and says of each from when to when it is', async () => {
    const animal = { id: 'sofia', name: 'Sofia' };
    const rows = Array.from({ length: 7_001 }, (_, i) => ({
      at: i * 300_000,
      lon: -122.4,
      lat: 43,
      doubts: 0,
      sensors: {},
    }));
    const part = (segment: number) => ({
      animal,
      segment,
      block: aBlock(rows.map((row) => ({ ...row, at: row.at + segment * 3e9 }))),
    });
    const answer = { about: { animals: [animal], several: false }, parts: [0, 1, 2, 3].map(part) };
    const bytes = await written(PARQUET, answer);
    const { row_groups: groups } = parquetMetadata(new Uint8Array(bytes).buffer);
    expect(groups.map(({ num_rows }) => num_rows)).toEqual([6_000n, 6_000n, 6_000n, 6_000n, 4_004n]);
    expect(groups[1]!.columns[5]!.meta_data!.statistics).toMatchObject({
      min_value: new Date(rowsOf(answer)[6_000]!.at),
      max_value: new Date(rowsOf(answer)[11_999]!.at),
    });
    expect((await read(throughArrow(bytes))).map(({ at }) => (at as Date).getTime())).toEqual(
      rowsOf(answer).map(({ at }) => at),
    );
  });
});
