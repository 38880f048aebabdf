import type { Event, Frames } from './messages.ts';

const FINAL_TEXT = 0x81;
/** A ping without a payload, as a server sends it (RFC 6455, 5.5.2). */
export const PING: Buffer = Buffer.of(0x89, 0);

/**
 * An event as the bytes of one websocket text frame, ready to be written to any number of sockets: unmasked, as a server sends it,
 * unfragmented and not compressed (RFC 6455, 5.2).
 */
export function frame<E extends Event>(event: E, data: Frames[E]): Buffer {
  return textFrame(JSON.stringify({ event, data }));
}

/** A text as one websocket frame. */
export function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const header = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const bytes = Buffer.allocUnsafe(header + length);
  bytes[0] = FINAL_TEXT;
  if (header === 2) bytes[1] = length;
  else if (header === 4) {
    bytes[1] = 126;
    bytes.writeUInt16BE(length, 2);
  } else {
    bytes[1] = 127;
    bytes.writeBigUInt64BE(BigInt(length), 2);
  }
  bytes.write(text, header);
  return bytes;
}
