// The readers of the ingest bench, in a process of their own: websockets that subscribe to everything and only count it.
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { answerQuestions } from './helper-process.ts';

export interface ReadersOrder {
  readonly http: string;
  readonly token: string;
  readonly readers: number;
}

/** What all of them got so far. */
export interface Read {
  readonly frames: number;
  readonly bytes: number;
  /** Frames that say that a reader was too slow, and how many fixes they say were folded. */
  readonly gaps: number;
  readonly folded: number;
}

const GAP = Buffer.from('{"event":"gap"');
let read: Read = { frames: 0, bytes: 0, gaps: 0, folded: 0 };

function count(frame: Buffer): void {
  const isGap = frame.subarray(0, GAP.length).equals(GAP);
  const dropped = isGap ? (JSON.parse(frame.toString()) as { data: { dropped: number } }).data.dropped : 0;
  read = {
    frames: read.frames + 1,
    bytes: read.bytes + frame.length,
    gaps: read.gaps + (isGap ? 1 : 0),
    folded: read.folded + dropped,
  };
}

async function subscribe({ http, token, readers }: ReadersOrder): Promise<void> {
  const url = `${http.replace(/^http/, 'ws')}/live`;
  for (let reader = 0; reader < readers; reader++) {
    const socket = new WebSocket(url, { headers: { authorization: `Bearer ${token}` }, skipUTF8Validation: true });
    socket.on('message', count);
    await once(socket, 'open');
    for (const stream of ['positions', 'alerts'])
      socket.send(JSON.stringify({ event: 'subscribe', data: { id: stream, stream } }));
  }
  while (read.frames < readers * 4) await new Promise((resolve) => setTimeout(resolve, 10));
}

answerQuestions({ subscribe, read: () => read });
