import { Readable } from 'node:stream';
import type { Visible } from './visible.ts';

/** Parts of an answer that is made while it is sent. */
export type VisibleChunks = AsyncGenerator<Visible<string | Uint8Array>, void, void>;

/** What is needed of Fastify's reply. */
export interface StreamReply {
  status(code: number): this;
  header(name: string, value: string): this;
  send(stream: Readable): unknown;
}

/** How long a client may take nothing before it is given up, milliseconds. */
export interface Patience {
  readonly stalledMs?: number;
  /** From then on: the server is stopping. */
  readonly stopping?: AbortSignal;
}

const STALLED_MS = 60_000;
const STALLED_AT_STOP_MS = 1_000;

/**
 * Sends parts of an answer, each made when the client has taken those before: memory is that of a part, whatever the length of the
 * whole. Whatever ends it, the client going away as well, the parts' `finally` runs.
 *
 * @param headers `content-type` at least
 * @throws what making the first part throws, before anything is sent; from then on a failure cuts the connection, so that nobody takes
 *   half an answer for the whole
 */
export async function sendChunks(
  reply: StreamReply,
  headers: Readonly<Record<string, string>>,
  chunks: VisibleChunks,
  patience: Patience = {},
): Promise<void> {
  const first = await chunks.next();
  reply.status(200);
  for (const [name, value] of Object.entries(headers)) reply.header(name, value);
  reply.send(streamOf(first, chunks, patience));
}

type Next = IteratorResult<Visible<string | Uint8Array>, void>;

function streamOf(first: Next, chunks: VisibleChunks, { stalledMs = STALLED_MS, stopping }: Patience): Readable {
  let ahead: Next | null = first;
  let stalled = setTimeout(() => stream.destroy(), stalledMs);
  const hurry = () => {
    clearTimeout(stalled);
    stalled = setTimeout(() => stream.destroy(), STALLED_AT_STOP_MS);
  };
  const pull = async () => {
    stalled.refresh();
    const part = ahead ?? (await chunks.next());
    ahead = null;
    if (part.done === true) stream.push(null);
    else if (part.value.length > 0) stream.push(part.value);
    // Nothing pushed, nothing asked for again.
    else await pull();
  };
  const stream = new Readable({
    read: () => void pull().catch((error: Error) => stream.destroy(error)),
    // Not by Readable.from: that leaves parts alone which it has not begun to read.
    destroy: (error, done) => {
      clearTimeout(stalled);
      stopping?.removeEventListener('abort', hurry);
      chunks.return().then(
        () => done(error),
        (other: Error) => done(other),
      );
    },
  });
  if (stopping?.aborted === true) hurry();
  else stopping?.addEventListener('abort', hurry);
  return stream;
}
