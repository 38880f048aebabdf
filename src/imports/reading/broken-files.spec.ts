import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createGzip, gzipSync } from 'node:zlib';
import { inChunks, readAll } from '../../../test/support/import-files.ts';

const HEADER = 'tag,at,lat,lon,name\n';
const row = (i: number, name = 'x'): string => `A,${new Date(i * 3_600_000).toISOString()},43.1,131.4,${name}\n`;
const rows = (count: number): string => Array.from({ length: count }, (_, i) => row(i)).join('');
const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le');
const swapped = (bytes: Buffer): Buffer => Buffer.from(bytes).swap16();

describe('encodings', () => {
  const file = HEADER + row(0, 'София 🐆') + row(1, 'Ёж');
  const names = (items: readonly object[]): unknown[] =>
    items.map((item) => ('reading' in item ? (item.reading as { extra: { name: string } }).extra.name : item));

  it.each([
    ['UTF-8', Buffer.from(file), {}],
    ['UTF-8 with its mark', Buffer.from(`\ufeff${file}`), {}],
    ['UTF-16LE with its mark', utf16(`\ufeff${file}`), {}],
    ['UTF-16BE with its mark', swapped(utf16(`\ufeff${file}`)), {}],
    ['UTF-16LE that was said', utf16(file), { encoding: 'utf-16le' }],
    ['gzip', gzipSync(file), {}],
    ['two gzip files in one', Buffer.concat([gzipSync(file.slice(0, 50)), gzipSync(file.slice(50))]), {}],
  ])('reads %s, cut anywhere', async (_, bytes, options) => {
    const cuts = [1, 2, 3, ...Array.from({ length: 30 }, (_one, i) => 7 * i + 5)];
    const { items, error } = await readAll(inChunks(bytes, cuts), { ...options, keep: ['name'] }, { pieceBytes: 3 });
    expect(error).toBeUndefined();
    expect(names(items)).toEqual(['София 🐆', 'Ёж']);
  });

  it('reads what a spreadsheet writes that was told its encoding', async () => {
    const bytes = readFileSync(
      path.resolve(import.meta.dirname, '../../../test/fixtures/imports/spreadsheet-windows-1251.csv'),
    );
    const options = {
      encoding: 'cp1251',
      columns: { tag: 'Ошейник', animal: 'Животное', altM: 'Высота, м' },
      decimal: ',' as const,
      zone: 'Asia/Vladivostok',
      dateOrder: 'dmy' as const,
    };
    const { items, recognised } = await readAll(bytes, options);
    expect(recognised).toMatchObject({ encoding: 'windows-1251', delimiter: ';', lineEnds: 'CRLF' });
    expect(items).toEqual([
      {
        kind: 'fix',
        line: 2,
        tag: '30211',
        animal: 'София',
        outlier: false,
        reading: { at: Date.parse('2021-04-03T04:05:00Z'), lat: 43.1012, lon: 131.487, altM: 212 },
      },
      expect.objectContaining({
        line: 3,
        reading: { at: Date.parse('2021-04-04T04:05:00Z'), lat: 43.1013, lon: 131.4871 },
      }),
    ]);
    const { error } = await readAll(bytes, { ...options, encoding: undefined });
    expect(error?.message).toMatch(/^line 1: byte 0xF8 is no text in utf-8: say which encoding/);
  });

  it.each(['shift_jis', 'gb18030', 'euc-kr'])('reads %s, cut anywhere', async (encoding) => {
    // The byte 0x41 is the second half of a character in the first two, and a letter in the third.
    const bytes = Buffer.concat([
      Buffer.from(HEADER + row(0).replace('x\n', '')),
      Buffer.of(0x95, 0x41),
      Buffer.from(`\n${row(1)}`),
    ]);
    const whole = await readAll(bytes, { encoding, keep: ['name'] });
    for (const pieceBytes of [1, 2, 3, 50]) {
      const cut = await readAll(bytes, { encoding, keep: ['name'] }, { pieceBytes });
      expect(cut.items).toEqual(whole.items);
      expect(cut.error?.message).toBe(whole.error?.message);
    }
  });

  it('stops at a byte that is no UTF-8, with its line and column, and never replaces it', async () => {
    const cp1251 = Buffer.from([0xd1, 0xee, 0xf4, 0xe8, 0xff]);
    const bytes = Buffer.concat([
      Buffer.from(HEADER + rows(5_000) + row(0).trimEnd()),
      cp1251,
      Buffer.from(`\n${rows(10)}`),
    ]);
    const { items, error } = await readAll(bytes);
    expect(items).toHaveLength(5_000);
    expect(error?.message).toBe(
      'line 5002, column name: byte 0xEE is no text in utf-8: say which encoding the file is written in ' +
        '(encoding=windows-1251, …); if in several, write it anew in one',
    );
    expect(error?.place).toEqual({ line: 5_002, column: 'name' });
  });

  it('stops where the file ends within a character', async () => {
    const { items, error } = await readAll(Buffer.concat([Buffer.from(HEADER + rows(2)), Buffer.of(0xd0)]));
    expect(items).toHaveLength(2);
    expect(error?.message).toMatch(/^line 4, column tag: byte 0xD0 is no text in utf-8/);
  });

  it.each([
    [{ encoding: 'klingon' }, Buffer.from(file), /^encoding=klingon: expected an encoding such as utf-8/],
    [{ encoding: 'iso-2022-jp' }, Buffer.from(file), /^encoding=iso-2022-jp: expected an encoding/],
    [
      { encoding: 'latin1' },
      utf16(`\ufeff${file}`),
      /^encoding=latin1 was said, but the file begins with the mark of utf-16le/,
    ],
    [{}, utf16(file), /^line 1, column number 1: a NUL byte, .*say encoding=utf-16le/],
  ])('%j refuses', async (options, bytes, message) => {
    expect((await readAll(bytes, options)).error?.message).toMatch(message);
  });
});

describe('files that are cut off or damaged', () => {
  it('gives what came before a gzip file is cut off, and says where', async () => {
    const packed = gzipSync(HEADER + rows(20_000));
    const { items, error } = await readAll(packed.subarray(0, packed.length >> 1));
    expect(items.length).toBeGreaterThan(5_000);
    expect(items.every(({ kind }) => kind === 'fix')).toBe(true);
    expect(error?.message).toBe(`line ${items.length + 2}: the gzip file is cut off: expected its end`);
    expect(error?.place).toEqual({ line: items.length + 2 });
    const { items: few, error: early } = await readAll(packed.subarray(0, 12));
    expect(few).toEqual([]);
    expect(early?.message).toMatch(/the gzip file is cut off/);
  });

  it('says where a gzip file is damaged', async () => {
    const packed = gzipSync(HEADER + rows(20_000));
    packed[packed.length - 6] = (packed[packed.length - 6] ?? 0) ^ 0xff;
    const { items, error } = await readAll(packed);
    expect(items.length).toBeGreaterThan(19_000);
    expect(error?.message).toBe(`line ${items.length + 2}: the gzip file is damaged (incorrect data check)`);
  });

  it('takes a last row without all its fields for a bad row, and any other', async () => {
    const { items, error } = await readAll(
      `${HEADER}${row(1)}A,1970-01-01T02:00:00Z,43.1\n${row(3)}A,1970-01-01T04:00:00Z,43.1`,
    );
    expect(error).toBeUndefined();
    const expected = '5 fields as in the header, not 3 (is the row cut off?)';
    expect(items.map((item) => [item.kind, item.line])).toEqual([
      ['fix', 2],
      ['bad', 3],
      ['fix', 4],
      ['bad', 5],
    ]);
    expect(items[3]).toEqual({ kind: 'bad', line: 5, column: undefined, expected, raw: 'A,1970-01-01T04:00:00Z,43.1' });
  });

  it('takes a row with more fields for a bad row, unless they are empty', async () => {
    const { items } = await readAll(`${HEADER}${row(1, 'x,,')}${row(2, 'x,y')}`);
    expect(items.map(({ kind }) => kind)).toEqual(['fix', 'bad']);
    expect(items[1]).toMatchObject({
      expected: expect.stringMatching(/^5 fields as in the header, not 6 \(is a delimiter/),
    });
  });

  it('gives what came before a quote that is never closed', async () => {
    const { items, error } = await readAll(`${HEADER}${rows(3_000)}${row(0, '"never closed')}${rows(10)}`);
    expect(items).toHaveLength(3_000);
    expect(error?.message).toMatch(/^line 3002, column name: a quoted field begins here and is never closed/);
  });

  it('cuts what it keeps of a bad row', async () => {
    const { items } = await readAll(`${HEADER}${row(1, 'ж'.repeat(5_000)).replace('43.1', 'north')}`);
    expect(items[0]).toMatchObject({ kind: 'bad', column: 'lat' });
    expect((items[0] as { raw: string }).raw).toHaveLength(1_000);
  });
});

describe('gzip bombs', () => {
  /** Zeros that pack to about 10 MB, and how many of their bytes were asked for. */
  function bomb(): { source: AsyncIterable<Uint8Array>; asked: () => number } {
    let asked = 0;
    const zeros = Buffer.alloc(1_048_576);
    async function* source(): AsyncGenerator<Uint8Array> {
      const gzip = createGzip();
      void (async () => {
        for (let i = 0; i < 10_000 && !gzip.destroyed; i += 1) await new Promise((done) => gzip.write(zeros, done));
        gzip.end();
      })();
      try {
        for await (const chunk of gzip) {
          asked += (chunk as Buffer).length;
          yield chunk as Buffer;
        }
      } finally {
        gzip.destroy();
      }
    }
    return { source: source(), asked: () => asked };
  }

  it('are not unpacked further than tells what they are', async () => {
    const { source, asked } = bomb();
    const { items, error } = await readAll(source);
    expect(items).toEqual([]);
    expect(error?.message).toMatch(/^the gzip file unpacks to more than 200 times its size, which no track does/);
    expect(asked()).toBeLessThan(200_000);
  });

  it('that begin as a track are stopped where they begin to be none', async () => {
    const file = gzipSync(HEADER + rows(5_000) + row(0, 'x'.repeat(60)).repeat(200_000));
    const { items, error } = await readAll(file, {}, { limits: { maxBytes: 1e12, maxRatio: 50 } });
    expect(items.length).toBeGreaterThanOrEqual(5_000);
    expect(items.length).toBeLessThan(100_000);
    expect(error?.message).toMatch(/^line \d+: the gzip file unpacks to more than 50 times its size/);
  });

  it('may be no larger than allowed', async () => {
    const file = gzipSync(HEADER + rows(10_000));
    const { error } = await readAll(file, {}, { limits: { maxBytes: 200_000, maxRatio: 200 } });
    expect(error?.message).toMatch(/unpacked the file is larger than 200000 bytes/);
  });
});
