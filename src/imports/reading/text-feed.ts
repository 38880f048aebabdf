import { UnreadableFile } from '../import-item.ts';
import { Decoder, NotText, saidOf } from './decoder.ts';
import type { ItemReader } from './item-reader.ts';
import { BrokenSource, TooLarge } from './unpack.ts';

/** Bytes in, items out. */
export class TextFeed<Item> {
  items: Item[] = [];
  private readonly decoder: Decoder;

  constructor(
    private readonly encoding: string,
    private readonly reader: ItemReader<Item>,
  ) {
    this.decoder = new Decoder(encoding);
  }

  take(): Item[] {
    const { items } = this;
    this.items = [];
    return items;
  }

  /** @throws UnreadableFile, NotText; the items before the fault are there */
  push(piece: Uint8Array): void {
    this.decoded(() => this.decoder.push(piece));
  }

  end(): void {
    this.decoded(() => this.decoder.end());
    this.reader.end(this.items);
  }

  /** An error of the bytes as one of the file, with the place that the text has reached. */
  located(error: unknown): Error {
    const { line, column } = this.reader.where();
    if (error instanceof BrokenSource || error instanceof TooLarge) {
      return new UnreadableFile(`line ${line}: ${error.message}`, { line });
    }
    if (!(error instanceof NotText)) return error instanceof Error ? error : new Error(String(error));
    return new UnreadableFile(
      `line ${line}${column === undefined ? '' : `, column ${column}`}: ${saidOf(error, this.encoding)}`,
      { line, column },
    );
  }

  private decoded(decode: () => string): void {
    try {
      this.reader.push(decode(), this.items);
    } catch (error) {
      if (error instanceof NotText) this.reader.push(error.text, this.items);
      throw error;
    }
  }
}
