import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { frame, PING, textFrame } from './websocket-frame.ts';

const END = textFrame('end');

/** What a client of the `ws` package makes of bytes that were written to its socket. */
async function received(bytes: Buffer): Promise<{ texts: string[]; pings: number }> {
  const server = new WebSocketServer({ port: 0 });
  server.on('connection', (_: WebSocket, { socket }: IncomingMessage) => socket.write(Buffer.concat([bytes, END])));
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const texts: string[] = [];
  let pings = 0;
  client.on('ping', () => pings++);
  client.on('message', (data: Buffer, isBinary) => {
    if (!isBinary && data.toString() === 'end') return client.close();
    texts.push(isBinary ? 'binary' : data.toString());
  });
  await once(client, 'close');
  server.close();
  return { texts, pings };
}

describe('a websocket frame', () => {
  it.each([0, 1, 125, 126, 65_535, 65_536, 200_000])('of %p bytes is read by a client', async (length) => {
    const text = 'x'.repeat(length);
    expect((await received(textFrame(text))).texts).toEqual([text]);
  });

  it('counts bytes, not characters', async () => {
    const text = 'леопард 🐆'.repeat(20);
    expect((await received(textFrame(text))).texts).toEqual([text]);
  });

  it('follows another one without a seam', async () => {
    const bytes = Buffer.concat([frame('gap', { id: 'p1', dropped: 3 }), PING, frame('heartbeat', { at: 'now' })]);
    expect(await received(bytes)).toEqual({
      texts: ['{"event":"gap","data":{"id":"p1","dropped":3}}', '{"event":"heartbeat","data":{"at":"now"}}'],
      pings: 1,
    });
  });
});
