import 'reflect-metadata';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { WebSocketServer, type WebSocket } from 'ws';
import { person } from '../src/access/principal.ts';
import { viewPositions } from '../src/access/visibility.ts';
import type { Batch } from '../src/domain/batch.ts';
import type { Fix } from '../src/domain/fix.ts';
import type { BatchStore } from '../src/ingest/batch.store.ts';
import { CommittedFixes } from '../src/ingest/committed-fixes.ts';
import type { CollarDirectory } from '../src/registry/collar-directory.ts';
import { StreamsMetrics } from '../src/streams/metrics.ts';
import { Outlet } from '../src/streams/outlet.ts';
import { PositionsStream } from '../src/streams/positions.stream.ts';
import { Reader } from '../src/streams/reader.ts';
import type { SnapshotStore } from '../src/streams/snapshot.store.ts';
import { UPGRADE, type Received } from './fanout-readers.ts';
import { compare, markdownRow, type Measured, seeded, TABLE_HEAD } from './measure.ts';

/** As LIVE_MAX_BUFFERED_BYTES. */
const MAX_BUFFERED = 1_048_576;
/** Ticks that may be on their way: fewer than a reader may have waiting, so that nothing is folded. */
const WINDOW = 200;

/** One side: readers in a process of their own, and how a tick gets to all of them. */
interface Side {
  /** Hands out one tick. It is written to every socket when this resolves. */
  tick(fixes: readonly Fix[]): Promise<void> | void;
  readonly port: number;
  close(): Promise<void>;
}

const ranger = person({ id: 'bench', name: 'bench', role: 'ranger', farms: [], until: null });
const named = (fix: Fix) => ({ animal: `animal-${fix.collarId}`, collar: String(30_000 + fix.collarId), fix });

/** The log, naming, rights, frames and sockets of the server; only the database behind the log is missing. */
async function ours(): Promise<Side> {
  const store = { readAfter: async () => [], reach: async () => ({ head: 0, oldest: 0 }) };
  const feed = new CommittedFixes(store as unknown as BatchStore);
  const directory = {
    animalAt: (collarId: number) => `animal-${collarId}`,
    collarById: (collarId: number) => ({ serial: String(30_000 + collarId) }),
  };
  const snapshots = { newestFixes: async () => ({ seq: 0, newest: [] }) };
  const stream = new PositionsStream(
    feed,
    directory as unknown as CollarDirectory,
    snapshots as unknown as SnapshotStore,
    new StreamsMetrics(),
    { LIVE_MAX_BUFFERED_BYTES: MAX_BUFFERED },
  );
  await stream.start('00000000-0000-4000-8000-000000000000');
  const { server, port } = await serve((ws, socket) => {
    const reader = new Reader(ws, ranger, new Outlet(ws, socket, MAX_BUFFERED));
    void stream.open({ id: 'p1', stream: 'positions' }, reader);
  });
  let seq = 0;
  return {
    port,
    tick: async (fixes) => {
      const batch: Batch = { seq: ++seq, committedAt: Date.now(), kind: 'fixes', fixes };
      feed.announce(batch);
      // The log is read when the committer has done what it has to; the next tick comes after that.
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
    },
    close: async () => {
      await stream.stop();
      server.closeAllConnections();
      server.close();
    },
  };
}

/** `ws` as its manual has it: the frame's text made once, `send` for each client. */
async function bareWs(): Promise<Side> {
  const clients = new Set<WebSocket>();
  const { server, port } = await serve((ws) => {
    clients.add(ws);
    // The two frames that ours begin with.
    ws.send('{}');
    ws.send('{}');
  });
  let seq = 0;
  return {
    port,
    tick: async (fixes) => {
      const data = { id: 'p1', cursor: `p-00000000-${++seq}`, positions: viewPositions(ranger, fixes.map(named)) };
      const text = Buffer.from(JSON.stringify({ event: 'positions', data }));
      for (const client of clients) client.send(text, { binary: false });
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
    },
    close: async () => {
      for (const client of clients) client.terminate();
      server.close();
    },
  };
}

async function serve(onOpen: (ws: WebSocket, socket: Socket) => void): Promise<{ server: Server; port: number }> {
  const server = createServer();
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head) =>
    sockets.handleUpgrade(request, socket, head, (ws) => onOpen(ws, socket)),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

/** A side with its readers connected. */
class Run {
  private frames = 0;
  private onFrames: () => void = () => undefined;

  private constructor(
    private readonly side: Side,
    private readonly child: ChildProcess,
    private readonly readers: number,
  ) {
    child.on('message', ({ frames }: Received) => {
      this.frames = frames;
      this.onFrames();
    });
  }

  static async of(side: Side, readers: number): Promise<Run> {
    const program = fileURLToPath(new URL('./fanout-readers.js', import.meta.url));
    const run = new Run(side, fork(program, [String(side.port), String(readers)]), readers);
    await run.untilFrames(readers * 2);
    return run;
  }

  /** @returns positions that readers got */
  async deliver(ticks: readonly (readonly Fix[])[]): Promise<number> {
    const before = this.frames;
    let sent = 0;
    for (const fixes of ticks) {
      if (sent - (this.frames - before) / this.readers > WINDOW)
        await this.untilFrames(before + (sent - WINDOW / 2) * this.readers);
      await this.side.tick(fixes);
      sent++;
    }
    await this.untilFrames(before + sent * this.readers);
    if (this.frames !== before + sent * this.readers) throw new Error('readers got more frames than were sent');
    return ticks.reduce((sum, fixes) => sum + fixes.length, 0) * this.readers;
  }

  async close(): Promise<void> {
    this.child.kill();
    await this.side.close();
  }

  private async untilFrames(count: number): Promise<void> {
    while (this.frames < count) await new Promise<void>((resolve) => (this.onFrames = resolve));
  }
}

/** A reader that subscribes and then takes nothing of what is sent to it. */
async function stall(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.write(UPGRADE);
  await once(socket, 'data');
  socket.pause();
  return socket;
}

function ticksOf(count: number, size: number, random: () => number): Fix[][] {
  const start = Date.UTC(2026, 10, 22);
  return Array.from({ length: count }, (_, tick) =>
    Array.from({ length: size }, (_, place) => ({
      collarId: 1 + ((tick * size + place) % 1_000),
      at: start + tick * 1_000,
      receivedAt: start + tick * 1_000 + 2_000,
      lon: 131 + random(),
      lat: 43 + random(),
      doubts: 0,
      late: false,
      accuracyM: Math.round(random() * 30),
      batteryV: 3.58,
      temperatureC: -4.5,
    })),
  );
}

/** Deliveries a second: one position in one frame at one reader. Beside `ws` alone, in the same run. */
export async function run(args: readonly string[] = []): Promise<readonly Measured[]> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      readers: { type: 'string', default: '100' },
      fixes: { type: 'string', default: '10' },
      ticks: { type: 'string', default: '3000' },
      runs: { type: 'string', default: '5' },
      stalled: { type: 'string', default: '200' },
      seed: { type: 'string', default: '1' },
    },
  });
  const readers = Number(values.readers);
  const ticks = ticksOf(Number(values.ticks), Number(values.fixes), seeded(Number(values.seed)));
  const name = `fan-out, ${readers} readers, ${values.fixes} fixes a tick`;
  const common = { unit: 'deliveries', goal: 1_000_000, runs: Number(values.runs) };
  const [own, bare, beset] = [await ours(), await bareWs(), await ours()];
  const [ownRun, bareRun, besetRun] = [
    await Run.of(own, readers),
    await Run.of(bare, readers),
    await Run.of(beset, readers),
  ];
  const stalled = await Promise.all(Array.from({ length: Number(values.stalled) }, () => stall(beset.port)));
  try {
    return [
      await compare({
        ...common,
        name,
        ours: () => ownRun.deliver(ticks),
        peer: { name: '`ws`, one `send` a reader and tick', work: () => bareRun.deliver(ticks) },
      }),
      await compare({
        ...common,
        name: `the same beside ${stalled.length} readers that take nothing`,
        ours: () => besetRun.deliver(ticks),
        peer: { name: 'without them', work: () => ownRun.deliver(ticks) },
      }),
    ];
  } finally {
    for (const socket of stalled) socket.destroy();
    for (const side of [ownRun, bareRun, besetRun]) await side.close();
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const results = await run(process.argv.slice(2));
  process.stdout.write(`${[TABLE_HEAD, ...results.map(markdownRow)].join('\n')}\n`);
}
