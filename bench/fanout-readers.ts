// The reading side of bench/fanout.ts, in a process of its own: raw sockets that count the websocket frames they get.
import net from 'node:net';
import { fileURLToPath } from 'node:url';

/** What the bench is told: frames of all sockets so far, and the processor time they took, microseconds. */
export interface Received {
  readonly frames: number;
  readonly cpuMicros: number;
}

const REPORT_MS = 5;
/** How a reader asks to be one. */
export const UPGRADE =
  'GET /live HTTP/1.1\r\nHost: bench\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

/** Counts frames in a stream of bytes, by their headers alone. */
class FrameCounter {
  frames = 0;
  private rest: Buffer = Buffer.alloc(0);
  private skip = 0;

  add(chunk: Buffer): void {
    // Where a header was cut, nothing is left to skip.
    const bytes = this.rest.length > 0 ? Buffer.concat([this.rest, chunk]) : chunk;
    let at = Math.min(this.skip, bytes.length);
    this.skip -= at;
    for (;;) {
      const left = bytes.length - at;
      const short = left >= 2 ? bytes[at + 1]! & 0x7f : 0;
      const header = short === 126 ? 4 : short === 127 ? 10 : 2;
      if (left < header) break;
      const length = short === 126 ? bytes.readUInt16BE(at + 2) : short === 127 ? bytes.readUIntBE(at + 4, 6) : short;
      this.frames++;
      this.skip = Math.max(0, header + length - left);
      at += Math.min(left, header + length);
    }
    this.rest = bytes.subarray(at);
  }
}

/** Opens the sockets, and tells the parent process what they get until it goes. */
function main(port: number, sockets: number): void {
  const counters = Array.from({ length: sockets }, () => {
    const counter = new FrameCounter();
    const socket = net.connect(port, '127.0.0.1', () => socket.write(UPGRADE));
    let head = '';
    const onHead = (chunk: Buffer) => {
      head += chunk.toString('latin1');
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      socket.off('data', onHead);
      socket.on('data', (bytes) => counter.add(bytes));
      counter.add(Buffer.from(head.slice(end + 4), 'latin1'));
    };
    socket.on('data', onHead);
    socket.on('error', () => undefined);
    return counter;
  });
  let told = -1;
  setInterval(() => {
    const frames = counters.reduce((sum, counter) => sum + counter.frames, 0);
    if (frames === told) return;
    told = frames;
    const { user, system } = process.cpuUsage();
    process.send!({ frames, cpuMicros: user + system } satisfies Received);
  }, REPORT_MS);
  process.on('disconnect', () => process.exit(0));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(Number(process.argv[2]), Number(process.argv[3]));
