import { isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { UnreadableFile } from '../import-item.ts';

/** Encodings that keep a state from byte to byte, or that are none. */
const NOT_READ = new Set(['iso-2022-jp', 'replacement', 'x-user-defined']);
const SEVERAL_BYTES = new Set(['gbk', 'gb18030', 'big5', 'euc-jp', 'shift_jis', 'euc-kr']);
/** More bytes than this without a line end are no lines. */
const MAX_HELD = 2 ** 20;

/** Bytes that are no text in the encoding, after some that are. */
export class NotText extends Error {
  override readonly name = 'NotText';

  constructor(
    /** What came before, decoded. */
    readonly text: string,
    /** The first byte that does not fit. */
    readonly byte: number,
  ) {
    super(`byte 0x${byte.toString(16).toUpperCase().padStart(2, '0')}`);
  }
}

/** What to say of bytes that are no text, at a place that is told before. */
export function saidOf(fault: NotText, encoding: string): string {
  return (
    `${fault.message} is no text in ${encoding}: ` +
    'say which encoding the file is written in (encoding=windows-1251, …); if in several, write it anew in one'
  );
}

/**
 * The name under which an encoding is known: `latin1` and `cp1252` are windows-1252, as browsers have it.
 *
 * @throws UnreadableFile when it is none that we read
 */
export function encodingNamed(label: string): string {
  let encoding: string | undefined;
  try {
    encoding = new TextDecoder(label, { fatal: true }).encoding;
  } catch {
    encoding = undefined;
  }
  if (encoding === undefined || NOT_READ.has(encoding)) {
    throw new UnreadableFile(
      `encoding=${label}: expected an encoding such as utf-8, utf-16le, windows-1251, windows-1252 or koi8-r`,
    );
  }
  return encoding;
}

/** Which encoding the file's first bytes name, and how many of them do. */
export function byteOrderMark(head: Uint8Array): { readonly encoding: string; readonly length: number } | null {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return { encoding: 'utf-8', length: 3 };
  if (head[0] === 0xff && head[1] === 0xfe) return { encoding: 'utf-16le', length: 2 };
  if (head[0] === 0xfe && head[1] === 0xff) return { encoding: 'utf-16be', length: 2 };
  return null;
}

/** Bytes to text, piece by piece, cut anywhere; never a replacement character for what is none. */
export class Decoder {
  private held: Uint8Array = new Uint8Array(0);
  private readonly decoder: TextDecoder;

  constructor(private readonly encoding: string) {
    this.decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  }

  /** @throws NotText */
  push(piece: Uint8Array): string {
    const bytes = this.held.length === 0 ? piece : Buffer.concat([this.held, piece]);
    const end = bytes.length - this.unfinished(bytes);
    this.held = bytes.slice(end);
    if (this.held.length > MAX_HELD) throw new UnreadableFile(`no line end within ${MAX_HELD} bytes`);
    return this.decode(bytes.subarray(0, end));
  }

  /** @throws NotText when the file ends within a character */
  end(): string {
    const last = this.held;
    this.held = new Uint8Array(0);
    return this.decode(last);
  }

  /** Bytes at the end that may belong to a character which the next piece goes on with. */
  private unfinished(bytes: Uint8Array): number {
    if (this.encoding === 'utf-8') return utf8Tail(bytes);
    if (this.encoding.startsWith('utf-16')) return utf16Tail(bytes, this.encoding === 'utf-16be');
    // In these a line end is never part of a character, other bytes may be either half of one.
    if (SEVERAL_BYTES.has(this.encoding)) {
      return bytes.length - 1 - Math.max(bytes.lastIndexOf(0x0a), bytes.lastIndexOf(0x0d));
    }
    return 0;
  }

  private decode(bytes: Uint8Array): string {
    if (this.encoding === 'utf-8' && isUtf8(bytes)) {
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
    }
    try {
      return this.decoder.decode(bytes);
    } catch {
      throw this.firstFault(bytes);
    }
  }

  /** Halves the bytes until the first that does not fit is found. */
  private firstFault(bytes: Uint8Array): NotText {
    let [good, bad] = [0, bytes.length + 1];
    while (bad - good > 1) {
      const middle = (good + bad) >> 1;
      if (this.begins(bytes.subarray(0, middle))) good = middle;
      else bad = middle;
    }
    const text = new TextDecoder(this.encoding, { fatal: true, ignoreBOM: true }).decode(bytes.subarray(0, good), {
      stream: true,
    });
    return new NotText(text, bytes[Math.min(good, bytes.length - 1)] ?? 0);
  }

  private begins(bytes: Uint8Array): boolean {
    try {
      new TextDecoder(this.encoding, { fatal: true }).decode(bytes, { stream: true });
      return true;
    } catch {
      return false;
    }
  }
}

function utf8Tail(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue;
    const needs = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return needs > back ? back : 0;
  }
  return 0;
}

function utf16Tail(bytes: Uint8Array, bigEndian: boolean): number {
  const odd = bytes.length % 2;
  const end = bytes.length - odd;
  const high = bytes[end - (bigEndian ? 2 : 1)] ?? 0;
  return high >= 0xd8 && high < 0xdc ? odd + 2 : odd;
}
