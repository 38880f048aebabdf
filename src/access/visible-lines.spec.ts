import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { withoutPosition } from './visibility.ts';
import { type Patience, sendLines, type VisibleLines } from './visible-lines.ts';

/** What Fastify would be given. */
class Reply {
  stream: Readable | null = null;
  readonly said: unknown[] = [];
  status(code: number): this {
    this.said.push(code);
    return this;
  }
  header(name: string, value: string): this {
    this.said.push(name, value);
    return this;
  }
  send(stream: Readable): void {
    this.stream = stream;
  }
}

/** Lines that tell how many were made, and whether they ended. */
function counted(count: number, failAt = Infinity) {
  const seen = { made: 0, ended: false };
  async function* lines(): VisibleLines {
    try {
      while (seen.made < count) {
        if (seen.made === failAt) throw new Error('cannot go on');
        yield withoutPosition({ line: seen.made++, filling: 'x'.repeat(1_000) });
      }
    } finally {
      seen.ended = true;
    }
  }
  return { seen, lines: lines() };
}

async function sent(lines: VisibleLines, patience?: Patience): Promise<Readable> {
  const reply = new Reply();
  await sendLines(reply, lines, patience);
  expect(reply.said).toEqual([200, 'content-type', 'application/x-ndjson; charset=utf-8']);
  return reply.stream!;
}

async function read(stream: Readable): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}

describe('sendLines', () => {
  it('sends each as one line of JSON, in order, and no more than it was given', async () => {
    const { lines, seen } = counted(3);
    const text = await read(await sent(lines));
    expect(text.split('\n').map((line) => (line ? (JSON.parse(line) as { line: number }).line : line))).toEqual([
      0,
      1,
      2,
      '',
    ]);
    expect(seen.ended).toBe(true);
    expect(await read(await sent(counted(0).lines))).toBe('');
  });

  it('throws what making the first line throws, with nothing sent', async () => {
    const { lines, seen } = counted(3, 0);
    const reply = new Reply();
    await expect(sendLines(reply, lines)).rejects.toThrow('cannot go on');
    expect([reply.said, reply.stream, seen.ended]).toEqual([[], null, true]);
  });

  it('breaks off where a later line cannot be made', async () => {
    const { lines, seen } = counted(30, 2);
    await expect(read(await sent(lines))).rejects.toThrow('cannot go on');
    expect(seen).toEqual({ made: 2, ended: true });
  });

  it('makes no more lines than are taken', async () => {
    const { lines, seen } = counted(1_000_000);
    const stream = await sent(lines);
    stream.read(0);
    await sleep(50);
    expect(seen.made).toBeLessThan(200);
    stream.destroy();
    await sleep(10);
    expect(seen.ended).toBe(true);
  });

  it('ends the lines where the client has gone before it took the first', async () => {
    const { lines, seen } = counted(1_000);
    (await sent(lines)).destroy();
    await sleep(10);
    expect(seen).toEqual({ made: 1, ended: true });
  });

  it('gives up a client that takes nothing, not one that is slow', async () => {
    const { lines, seen } = counted(1_000_000);
    const stream = await sent(lines, { stalledMs: 100 });
    const chunks = stream[Symbol.asyncIterator]();
    for (let taken = 0; taken < 60; taken++, await sleep(10)) await chunks.next();
    expect([stream.destroyed, seen.ended]).toEqual([false, false]);
    await sleep(300);
    expect([stream.destroyed, seen.ended]).toEqual([true, true]);
  });

  it('waits a second at most for such a client when the server stops', async () => {
    const stopping = new AbortController();
    const { lines, seen } = counted(1_000_000);
    const stream = await sent(lines, { stopping: stopping.signal });
    stream.read(0);
    stopping.abort();
    await sleep(1_300);
    expect([stream.destroyed, seen.ended]).toEqual([true, true]);
  });
});
