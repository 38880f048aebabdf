import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { Told } from './view.ts';

/** Close codes that we send: of RFC 6455, of its registry, and of our own (4000 and above). */
export const CLOSE = { tooManyFaults: 1008, failure: 1011, restart: 1012, credentialEnded: 4401 } as const;

/**
 * The way out to one reader. Frames are made once for many readers, so they are written to the socket as they are: `ws.send`
 * would frame each of them again (measured in bench/README.md). Nothing is compressed, so `ws` itself never holds back what
 * it writes (pong, close), and whole frames never mix.
 */
export class Outlet {
  private waiting: (() => void)[] = [];

  /** @param maxBufferedBytes with more than that waiting, the reader is not written to; at least what the socket buffers itself */
  constructor(
    private readonly ws: WebSocket,
    private readonly socket: Socket,
    readonly maxBufferedBytes: number,
  ) {
    socket.on('drain', () => this.settle());
    ws.on('close', () => this.settle());
  }

  get isOpen(): boolean {
    return this.ws.readyState === WebSocket.OPEN && !this.socket.destroyed;
  }

  /** Whether there is room for another frame, whatever its size. */
  get hasRoom(): boolean {
    // Without `writableNeedDrain` no `drain` would follow.
    return this.isOpen && !(this.socket.writableNeedDrain && this.socket.writableLength > this.maxBufferedBytes);
  }

  /** Bytes that wait for the reader. */
  get buffered(): number {
    return this.socket.writableLength;
  }

  /** Bytes that the operating system has taken so far. While the socket is full it takes only what the reader has taken. */
  get taken(): number {
    return this.socket.bytesWritten - this.socket.writableLength;
  }

  /** @returns false: the reader has gone, and was not written to */
  write(bytes: Told['bytes']): boolean {
    if (!this.isOpen) return false;
    this.socket.write(bytes);
    return true;
  }

  /** Resolves when there is room, with true; or when the connection has ended, with false. */
  async room(): Promise<boolean> {
    while (this.isOpen && !this.hasRoom) await new Promise<void>((resolve) => this.waiting.push(resolve));
    return this.isOpen;
  }

  onDrain(listener: () => void): void {
    this.socket.on('drain', listener);
  }

  /** Says goodbye behind what is still waiting, and ends the connection after `waitMs` even if nobody answers. */
  close(code: number, reason: string, waitMs: number): void {
    if (this.ws.readyState === WebSocket.CLOSED) return;
    this.ws.close(code, reason);
    const timer = setTimeout(() => this.ws.terminate(), waitMs);
    this.ws.once('close', () => clearTimeout(timer));
    this.settle();
  }

  terminate(): void {
    this.ws.terminate();
  }

  private settle(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }
}
