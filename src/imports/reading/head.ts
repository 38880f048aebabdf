import { UnreadableFile } from '../import-item.ts';
import { byteOrderMark, Decoder, encodingNamed, NotText, saidOf } from './decoder.ts';
import type { ReadingOptions } from './options.ts';
import { isGzip } from './unpack.ts';

/** A file's beginning as text. */
export interface HeadText {
  readonly text: string;
  readonly encoding: string;
  /** Bytes before the text. */
  readonly markBytes: number;
  /** The head ends where bytes follow that are no text: they are told where they are read. */
  readonly broken: boolean;
}

/** What other files begin with that people try to import. */
const OTHERS = [
  { begins: [0x50, 0x4b, 0x03, 0x04], what: 'a zip archive or a spreadsheet (.xlsx): unpack it, or save it as CSV' },
  { begins: [0xd0, 0xcf, 0x11, 0xe0], what: 'an old spreadsheet (.xls): save it as CSV' },
  { begins: [0x25, 0x50, 0x44, 0x46], what: 'a PDF' },
  { begins: [0x50, 0x41, 0x52, 0x31], what: 'a Parquet file: write it as CSV' },
  { begins: [0x42, 0x5a, 0x68], what: 'packed with bzip2: unpack it, or pack it with gzip' },
  { begins: [0x28, 0xb5, 0x2f, 0xfd], what: 'packed with zstd: unpack it, or pack it with gzip' },
  { begins: [0xfd, 0x37, 0x7a, 0x58, 0x5a], what: 'packed with xz: unpack it, or pack it with gzip' },
];

/**
 * @param head unpacked
 * @throws UnreadableFile when it is no text, or another than was said
 */
export function headText(head: Uint8Array, options: ReadingOptions): HeadText {
  if (head.length === 0) throw new UnreadableFile('the file is empty: expected CSV or GPX');
  if (isGzip(head)) throw new UnreadableFile('the file is packed with gzip twice: unpack it once');
  const other = OTHERS.find(({ begins }) => begins.every((byte, i) => head[i] === byte));
  if (other) throw new UnreadableFile(`the file is ${other.what}`);
  const mark = byteOrderMark(head);
  const encoding = encodingOf(head, mark?.encoding, options);
  const decoder = new Decoder(encoding);
  const markBytes = mark?.encoding === encoding ? mark.length : 0;
  try {
    return { text: decoder.push(head.subarray(markBytes)), encoding, markBytes, broken: false };
  } catch (error) {
    if (!(error instanceof NotText)) throw error;
    // Of a header that cannot be read nothing is said but that.
    if (!/\S[^\r\n]*[\r\n]/.test(error.text))
      throw new UnreadableFile(`line 1: ${saidOf(error, encoding)}`, { line: 1 });
    return { text: error.text, encoding, markBytes, broken: true };
  }
}

function encodingOf(head: Uint8Array, marked: string | undefined, options: ReadingOptions): string {
  const said = options.encoding === undefined ? undefined : encodingNamed(options.encoding);
  if (marked !== undefined && said !== undefined && marked !== said) {
    throw new UnreadableFile(`encoding=${options.encoding} was said, but the file begins with the mark of ${marked}`);
  }
  return said ?? marked ?? declaredOf(head) ?? 'utf-8';
}

/** What an XML declaration says of its encoding. */
function declaredOf(head: Uint8Array): string | undefined {
  const start = Buffer.from(head.subarray(0, 200)).toString('latin1');
  const label = /^\s*<\?xml[^>]*?\sencoding=["']([\w.:-]{1,40})["']/.exec(start)?.[1];
  return label === undefined ? undefined : encodingNamed(label);
}
