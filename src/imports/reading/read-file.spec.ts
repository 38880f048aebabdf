import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { inChunks, readAll } from '../../../test/support/import-files.ts';
import type { ReadingOptions } from './options.ts';
import { readFile } from './read-file.ts';

const HEADER = 'tag,at,lat,lon\n';
const row = (i: number): string => `A,${new Date(i * 3_600_000).toISOString()},43.1,${(i % 360) - 180}\n`;

/** Names that break readers: delimiters, quotes, line ends, formulas, other scripts, spaces within. */
const aName = fc
  .string({
    unit: fc.constantFrom('a', '=', '"', ',', ';', '\t', '\n', '\r', 'ж', '🐆', ' ', '\\', "'", '+'),
    minLength: 1,
    maxLength: 12,
  })
  .map((name) => `<${name}>`);
const aRow = fc.record({
  name: aName,
  at: fc.date({ min: new Date('1980-01-06'), max: new Date('2060-01-01'), noInvalidDate: true }),
  lat: fc.integer({ min: -90e6, max: 90e6 }).map((micro) => micro / 1e6),
  lon: fc.integer({ min: -180e6, max: 180e6 }).map((micro) => micro / 1e6),
});

describe('readFile', () => {
  it('gives back what was written, whatever the delimiter, line ends, quotes, encoding and cuts', async () => {
    const form = fc.record({
      delimiter: fc.constantFrom(',', ';', '\t'),
      lineEnd: fc.constantFrom('\n', '\r\n', '\r'),
      quoted: fc.boolean(),
      comma: fc.boolean(),
      encoding: fc.constantFrom('utf8', 'utf16le'),
      pieceBytes: fc.integer({ min: 1, max: 300 }),
      cuts: fc.array(fc.nat(2_000), { maxLength: 10 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(aRow, { minLength: 1, maxLength: 12 }), form, async (given, how) => {
        const decimal = (value: number): string => value.toFixed(6).replace('.', how.comma ? ',' : '.');
        const cells = given.map(({ name, at, lat, lon }) => [name, at.toISOString(), decimal(lat), decimal(lon)]);
        const text = stringify([['tag', 'at', 'lat', 'lon'], ...cells], {
          delimiter: how.delimiter,
          record_delimiter: how.lineEnd,
          quoted: how.quoted,
          quoted_match: /[\r\n]/,
        });
        const bytes = Buffer.from(`\ufeff${text}`, how.encoding as BufferEncoding);
        const options: ReadingOptions = { decimal: how.comma ? ',' : '.' };
        const { items, error } = await readAll(inChunks(bytes, how.cuts), options, { pieceBytes: how.pieceBytes });
        expect(error).toBeUndefined();
        expect(items.map((item) => (item.kind === 'fix' ? [item.tag, item.reading] : item))).toEqual(
          given.map(({ name, at, lat, lon }) => [name, { at: at.getTime(), lat, lon }]),
        );
      }),
      { numRuns: 60 },
    );
  });

  it('changes nothing by where the bytes are cut, good or bad', async () => {
    const file = Buffer.from(
      `${HEADER}"Со""фия",03/04/2021,1,2\r\n\r\nA,x,1\r${row(5)}B,${'9'.repeat(30)},91,1\n"C\r\nD",2021-01-01 00:00:00Z,1,2`,
    );
    const whole = await readAll(file, { dateOrder: 'dmy' });
    expect(whole.items.map(({ line, kind }) => [line, kind])).toEqual([
      [2, 'bad'],
      [4, 'bad'],
      [5, 'fix'],
      [6, 'bad'],
      [7, 'fix'],
    ]);
    for (let at = 1; at < file.length; at += 1) {
      const cut = await readAll(inChunks(file, [at]), { dateOrder: 'dmy' }, { pieceBytes: at });
      expect(cut.items).toEqual(whole.items);
    }
  });

  it('goes on after the items that were read before', async () => {
    const file = HEADER + Array.from({ length: 5_000 }, (_, i) => row(i)).join('');
    const { items } = await readAll(file);
    for (const skip of [0, 1, 2_000, 3_333, 4_999, 5_000, 20_000]) {
      const rest = await readAll(file, {}, { skip });
      expect(rest.items).toEqual(items.slice(skip));
    }
  });

  it('gives groups of some thousand with how far they reach, and takes no more of the source than is asked for', async () => {
    const part = Buffer.from(Array.from({ length: 2_000 }, (_, i) => row(i)).join(''));
    let [given, closed] = [0, false];
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        yield Buffer.from(HEADER);
        for (let i = 0; i < 1_000; i += 1) {
          given += part.length;
          yield part;
        }
      } finally {
        closed = true;
      }
    }
    const groups = readFile(source(), {});
    for (let i = 1; i <= 5; i += 1) {
      const { value } = await groups.next();
      if (value === undefined || !('items' in value)) throw new Error('expected a group');
      expect(value.items.length).toBeGreaterThanOrEqual(2_000);
      expect(value.items.length).toBeLessThan(5_000);
      expect(value.line).toBe(value.itemsRead + 1);
      expect(value.bytesRead).toBeLessThanOrEqual(given + HEADER.length);
    }
    expect(given).toBeLessThan(13 * part.length);
    await groups.return({} as never);
    expect(closed).toBe(true);
  });

  it('passes on what befalls the source', async () => {
    async function* source(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(HEADER + row(1));
      throw new Error('the disk is gone');
    }
    await expect(readAll(source())).rejects.toThrow('the disk is gone');
  });

  it('reads other CSV by what is said of its columns', async () => {
    const text =
      'Collar-Nr;Fecha;Hora;Latitud;Longitud;km/h;mV;Satélite;dudoso\n' +
      '30211;03/04/2021;2:05:00 PM;43,1012;131,487;3,6;3615;GPS;no\n' +
      '30211;25/04/2021;0:05;43,1;131,4;;;gps;yes\n' +
      '30211;03/25/2021;14:05;43,1;131,4;;;gps;\n' +
      '30211;03/04/2021;14:05;;;;;gps;\n' +
      '30211;03/04/2021;14:05;43,1;131,4;;;VHF;\n';
    const columns = {
      tag: 'Collar-Nr',
      date: 'Fecha',
      time: 'Hora',
      lat: 'Latitud',
      lon: 'Longitud',
      speedKmh: 'km/h',
      batteryMv: 'mV',
      sensor: 'Satélite',
      outlier: 'dudoso',
    };
    const { items } = await readAll(text, { columns, dateOrder: 'dmy', zone: '+10:00', decimal: ',', animal: 'Sofia' });
    const row = { tag: '30211', animal: 'Sofia' };
    expect(items).toEqual([
      {
        kind: 'fix',
        line: 2,
        ...row,
        outlier: false,
        reading: { at: Date.parse('2021-04-03T04:05:00Z'), lat: 43.1012, lon: 131.487, speedMps: 1, batteryV: 3.615 },
      },
      {
        kind: 'fix',
        line: 3,
        ...row,
        outlier: true,
        reading: { at: Date.parse('2021-04-24T14:05:00Z'), lat: 43.1, lon: 131.4 },
      },
      {
        kind: 'bad',
        line: 4,
        column: 'Fecha',
        expected: 'a month from 1 to 12, not 25, as dateOrder=dmy was said (are day and month swapped?)',
        raw: '30211;03/25/2021;14:05;43,1;131,4;;;gps;',
      },
      { kind: 'attempt', line: 5, ...row, attempt: { at: Date.parse('2021-04-03T04:05:00Z'), extra: {} } },
      { kind: 'other', line: 6, what: 'vhf' },
    ]);
  });
});
