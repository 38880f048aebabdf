import { Readable } from 'node:stream';
import type { Visible } from './visible.ts';

/** Lines of an answer that is made while it is sent. */
export type VisibleLines = AsyncGenerator<Visible<object>, void, void>;

/** What is needed of Fastify's reply. */
interface StreamReply {
  status(code: number): this;
  header(name: string, value: string): this;
  send(stream: Readable): unknown;
}

/** How long a client may take no line before it is given up, milliseconds. */
export interface Patience {
  readonly stalledMs?: number;
  /** From then on: the server is stopping. */
  readonly stopping?: AbortSignal;
}

const STALLED_MS = 60_000;
const STALLED_AT_STOP_MS = 1_000;

/**
 * Sends lines of JSON, each made when the client has taken those before. Whatever ends it, the client going away as well, the
 * lines' `finally` runs.
 *
 * @throws what making the first line throws, before anything is sent
 */
export async function sendLines(reply: StreamReply, lines: VisibleLines, patience: Patience = {}): Promise<void> {
  const first = await lines.next();
  reply
    .status(200)
    .header('content-type', 'application/x-ndjson; charset=utf-8')
    .send(streamOf(first, lines, patience));
}

function streamOf(
  first: IteratorResult<Visible<object>, void>,
  lines: VisibleLines,
  { stalledMs = STALLED_MS, stopping }: Patience,
): Readable {
  let ahead: typeof first | null = first;
  let stalled = setTimeout(() => stream.destroy(), stalledMs);
  const hurry = () => {
    clearTimeout(stalled);
    stalled = setTimeout(() => stream.destroy(), STALLED_AT_STOP_MS);
  };
  const pull = async () => {
    stalled.refresh();
    const line = ahead ?? (await lines.next());
    ahead = null;
    stream.push(line.done === true ? null : `${JSON.stringify(line.value)}\n`);
  };
  const stream = new Readable({
    read: () => void pull().catch((error: Error) => stream.destroy(error)),
    // Not by Readable.from: that leaves lines alone which it has not begun to read.
    destroy: (error, done) => {
      clearTimeout(stalled);
      stopping?.removeEventListener('abort', hurry);
      lines.return().then(
        () => done(error),
        (other: Error) => done(other),
      );
    },
  });
  if (stopping?.aborted === true) hurry();
  else stopping?.addEventListener('abort', hurry);
  return stream;
}
