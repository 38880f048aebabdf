import { closeSync, openSync, writeSync } from 'node:fs';

const BLOCK = 65_536;

/** Writes lines to a file, a block at a time, in bounded memory. */
export class LineFile {
  private readonly descriptor: number;
  private block = '';

  /** Replaces a file that is there. */
  constructor(path: string) {
    this.descriptor = openSync(path, 'w', 0o600); // true positions of animals: for the owner's eyes
  }

  write(line: string): void {
    this.block += `${line}\n`;
    if (this.block.length >= BLOCK) this.flush();
  }

  flush(): void {
    if (this.block !== '') writeSync(this.descriptor, this.block);
    this.block = '';
  }

  close(): void {
    this.flush();
    closeSync(this.descriptor);
  }
}
