import { Terminal } from '../../../simulator/terminal.ts';

/** A terminal whose lines can be read; no TTY. */
export class TestTerminal {
  readonly out: string[] = [];
  readonly errors: string[] = [];
  readonly terminal = new Terminal(collector(this.out), collector(this.errors));
}

function collector(lines: string[]) {
  return {
    write: (text: string, written?: () => void): boolean => {
      lines.push(text.replace(/\n$/, ''));
      written?.();
      return true;
    },
  };
}
