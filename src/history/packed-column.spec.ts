import fc from 'fast-check';
import { evenly } from '../../test/support/shapes.ts';
import { readPacked } from './packed-column.ts';

/** What `array_send` writes of an array of one dimension: PostgreSQL, src/backend/utils/adt/arrayfuncs.c. */
function sent(
  values: readonly (number | null)[],
  bytes: 4 | 8,
  write: (buffer: Buffer, value: number) => unknown,
): Uint8Array {
  const header = Buffer.alloc(20);
  header.writeInt32BE(1, 0);
  header.writeInt32BE(values.length, 12);
  header.writeInt32BE(1, 16);
  const elements = values.map((value) => {
    const element = Buffer.alloc(value === null ? 4 : 4 + bytes);
    element.writeInt32BE(value === null ? -1 : bytes);
    if (value !== null) write(element.subarray(4), value);
    return element;
  });
  return Buffer.concat([header, ...elements]);
}

describe('readPacked', () => {
  it('reads singles as the shortest decimal that is one', () => {
    const decimals = fc.oneof(
      fc
        .tuple(fc.integer({ min: -9_999_999, max: 9_999_999 }), fc.integer({ min: 0, max: 6 }))
        .map(([n, places]) => n / 10 ** places),
      evenly(-1e5, 1e5).map((value) => Number(value.toPrecision(6))),
      fc.constantFrom(0, 1e-7, 1e30, 16_777_216, -273.15, 3.4028235e38, 1.17549e-38),
    );
    fc.assert(
      fc.property(fc.array(fc.option(decimals)), (values) => {
        const read = readPacked(
          sent(values, 4, (buffer, value) => buffer.writeFloatBE(value)),
          'float4',
        );
        // A single holds seven digits of these, so the decimal that was written is among those that it may be read as.
        expect([...read].map((value) => (Number.isNaN(value) ? null : Math.fround(value)))).toEqual(
          values.map((value) => value && Math.fround(value)).map((value) => value ?? null),
        );
        for (const [place, value] of values.entries())
          if (value !== null) expect(String(read[place]).length).toBeLessThanOrEqual(String(value).length + 1);
      }),
    );
  });

  it('reads what collars report to the letter', () => {
    const values = [12.1, -40.05, 3.583, 0.1, 359.99, 1.4, 212, 0.001, 4_321.5];
    expect([
      ...readPacked(
        sent(values, 4, (buffer, value) => buffer.writeFloatBE(value)),
        'float4',
      ),
    ]).toEqual(values);
  });

  it('reads doubles and times as they are, to the millisecond', () => {
    const at = fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 });
    fc.assert(
      fc.property(fc.array(fc.option(at)), (times) => {
        const micros = (buffer: Buffer, value: number) =>
          buffer.writeBigInt64BE(BigInt(value - Date.UTC(2000, 0)) * 1_000n);
        const expected = times.map((time) => time ?? NaN);
        expect([...readPacked(sent(times, 8, micros), 'time')]).toEqual(expected);
        expect([
          ...readPacked(
            sent(times, 8, (buffer, value) => buffer.writeDoubleBE(value)),
            'float8',
          ),
        ]).toEqual(expected);
      }),
    );
  });

  it('reads an aggregate of no rows as nothing', () => {
    expect(readPacked(null, 'float8')).toHaveLength(0);
  });
});
