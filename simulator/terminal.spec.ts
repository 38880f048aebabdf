import { Terminal } from './terminal.ts';
import type { TextStream } from './terminal.ts';

function stream(options: Partial<TextStream> = {}): TextStream & { text: string } {
  return {
    text: '',
    ...options,
    write(text: string, written?: () => void) {
      this.text += text;
      written?.();
      return true;
    },
  };
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('Terminal', () => {
  it('renews one line of progress on a terminal, no longer than it is wide, and clears it at the end', async () => {
    const errors = stream({ isTTY: true, columns: 10 });
    const terminal = new Terminal(stream(), errors);
    const end = terminal.progress(() => 'sent 123456 of 7');
    await wait(250);
    expect(errors.text).toBe('\r\u001b[Ksent 1234');
    terminal.tell('lost');
    expect(errors.text).toBe('\r\u001b[Ksent 1234\r\u001b[Klost\n\r\u001b[Ksent 1234');
    end();
    expect(errors.text.endsWith('\r\u001b[K')).toBe(true);
    const { length } = errors.text;
    await wait(250);
    expect(errors.text).toHaveLength(length);
  });

  it('writes results to the one stream and what goes on to the other', async () => {
    const [out, errors] = [stream(), stream()];
    const terminal = new Terminal(out, errors);
    await terminal.print('{"a":1}');
    terminal.tell('done');
    expect([out.text, errors.text]).toEqual(['{"a":1}\n', 'done\n']);
  });
});
