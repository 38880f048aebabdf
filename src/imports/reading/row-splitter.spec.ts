import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { MAX_ROW_CHARACTERS, RowSplitter } from './row-splitter.ts';

type Delimiter = ',' | ';' | '\t';
interface Split {
  readonly rows: string[][];
  readonly lines: number[];
  readonly faults: string[];
}

/** Splits a text that comes in parts. */
function split(parts: readonly string[], delimiter: Delimiter = ','): Split {
  const splitter = new RowSplitter(delimiter);
  const out: Split = { rows: [], lines: [], faults: [] };
  const take = (last: boolean): void => {
    while (splitter.next(last)) {
      out.rows.push(Array.from({ length: splitter.cells }, (_, i) => splitter.cell(i)));
      out.lines.push(splitter.line);
      if (splitter.fault) out.faults.push(`${splitter.line}:${splitter.fault.cell} ${splitter.fault.expected}`);
    }
  };
  for (const part of parts) {
    splitter.push(part);
    take(false);
  }
  take(true);
  return out;
}

const aDelimiter = fc.constantFrom<Delimiter>(',', ';', '\t');
const aCell = fc.string({
  unit: fc.constantFrom('a', '7', ' ', '"', ',', ';', '\t', '\n', '\r', 'ж', '🐆', '-'),
  maxLength: 8,
});
const someRows = fc
  .integer({ min: 2, max: 5 })
  .chain((columns) =>
    fc.array(fc.array(aCell, { minLength: columns, maxLength: columns }), { minLength: 1, maxLength: 8 }),
  );

describe('RowSplitter', () => {
  it('gives back what csv-stringify wrote, as csv-parse does, wherever the text is cut', () => {
    const aLineEnd = fc.constantFrom('\n', '\r\n', '\r');
    const cuts = fc.array(fc.nat(400), { maxLength: 6 });
    fc.assert(
      fc.property(someRows, aDelimiter, aLineEnd, fc.boolean(), cuts, (rows, delimiter, lineEnd, quoted, cut) => {
        const text = stringify(rows, { delimiter, record_delimiter: lineEnd, quoted, quoted_match: /[\r\n]/ });
        const theirs: unknown = parse(text, { delimiter, record_delimiter: lineEnd });
        const ends = [...new Set([0, ...cut.filter((at) => at < text.length), text.length])].sort((a, b) => a - b);
        const parts = ends.slice(1).map((end, i) => text.slice(ends[i], end));
        const ours = split(parts, delimiter);
        expect(ours.rows).toEqual(theirs);
        expect(ours.rows).toEqual(rows);
        expect(ours.faults).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });

  it('knows the line of each row, whatever ends lines and whatever stands in cells', () => {
    expect(split(['a,b\r1,"x\r\ny\rz\n"\r\n\n\r2,3\n4,5']).lines).toEqual([1, 2, 8, 9]);
    fc.assert(
      fc.property(someRows, fc.constantFrom('\n', '\r\n', '\r'), (rows, lineEnd) => {
        const text = stringify(rows, { record_delimiter: lineEnd, quoted: true });
        const before = rows.map((_, i) => stringify(rows.slice(0, i), { record_delimiter: lineEnd, quoted: true }));
        expect(split([text]).lines).toEqual(before.map((part) => part.split(/\r\n|\r|\n/).length));
      }),
    );
  });

  it('takes line ends of every kind, mixed, and empty lines for none', () => {
    expect(split(['a,b\r\n1,2\n3,4\r5,6\n\n7,8']).rows).toEqual([
      ['a', 'b'],
      ['1', '2'],
      ['3', '4'],
      ['5', '6'],
      ['7', '8'],
    ]);
    expect(split(['a\r', '\nb']).lines).toEqual([1, 2]);
  });

  it('keeps a quote that does not begin a cell', () => {
    expect(split(['a,5" rope,b']).rows).toEqual([['a', '5" rope', 'b']]);
  });

  it('says where text follows a closing quote, and goes on in the next line', () => {
    const { rows, faults } = split(['a,"he said "hi" there",c\n1,2,3']);
    expect(rows[1]).toEqual(['1', '2', '3']);
    expect(faults).toEqual([expect.stringMatching(/^1:1 a delimiter or the line's end after a closing quote/)]);
  });

  it('gives up where a quote is never closed, at the line and column where it was opened', () => {
    const open = 'a,b\n1,2\n3,"four\n5,6\n';
    expect(() => split([open])).toThrow('line 3, column number 2: a quoted field begins here and is never closed');
  });

  it('gives up at a NUL byte, in quotes too', () => {
    expect(() => split(['a,b\n1,2\0'])).toThrow('line 2, column number 2: a NUL byte');
    expect(() => split(['a,b\n1,"x\ny\0"'])).toThrow('line 3, column number 2: a NUL byte');
  });

  it('gives up at a line without an end, however it comes', () => {
    const long = 'x'.repeat(MAX_ROW_CHARACTERS + 10);
    const message = `line 2: longer than ${MAX_ROW_CHARACTERS} characters`;
    expect(() => split([`a,b\n${long}`])).toThrow(message);
    expect(() => split(['a,b\n', ...Array.from({ length: 30 }, () => 'y'.repeat(10_000))])).toThrow(message);
    expect(() => split([`a,b\n"${long}`])).toThrow(message);
  });
});
