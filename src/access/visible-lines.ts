import { visibleLine } from './visibility.ts';
import type { Visible } from './visible.ts';
import { type Patience, sendChunks, type StreamReply, type VisibleChunks } from './visible-stream.ts';

export type { Patience } from './visible-stream.ts';

/** Lines of an answer that is made while it is sent. */
export type VisibleLines = AsyncGenerator<Visible<object>, void, void>;

/**
 * Sends lines of JSON, each made when the client has taken those before. Whatever ends it, the client going away as well, the
 * lines' `finally` runs.
 *
 * @throws what making the first line throws, before anything is sent
 */
export async function sendLines(reply: StreamReply, lines: VisibleLines, patience: Patience = {}): Promise<void> {
  await sendChunks(reply, { 'content-type': 'application/x-ndjson; charset=utf-8' }, written(lines), patience);
}

async function* written(lines: VisibleLines): VisibleChunks {
  for await (const line of lines) yield visibleLine(line);
}
