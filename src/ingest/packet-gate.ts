/** Bytes of the longest length field of an MQTT packet [MQTT-2.2.3]. */
const MAX_LENGTH_BYTES = 4;

/**
 * Watches the packet lengths that a connection announces, without holding a byte. The broker behind it buffers whatever length
 * a packet announces, even before its sender has authenticated: one CONNECT of 96 MiB would cost 96 MiB.
 */
export class PacketGate {
  /** Bytes that the packet being read still has. */
  private remaining = 0;
  /** Bytes of the length field read so far; −1: the packet's first byte comes next. */
  private lengthBytes = -1;
  private length = 0;

  /** @param maxBytes the longest packet let through, asked anew for each packet */
  constructor(private readonly maxBytes: () => number) {}

  /** Takes note of bytes on their way. False: a packet announces more than it may; the connection is to be cut. */
  pass(chunk: Uint8Array): boolean {
    let i = 0;
    while (i < chunk.length) {
      if (this.remaining > 0) {
        const skipped = Math.min(this.remaining, chunk.length - i);
        this.remaining -= skipped;
        i += skipped;
      } else if (this.lengthBytes < 0) {
        this.lengthBytes = 0;
        this.length = 0;
        i++;
      } else if (!this.passLengthByte(chunk[i++]!)) return false;
    }
    return true;
  }

  private passLengthByte(byte: number): boolean {
    this.length += (byte & 0x7f) * 128 ** this.lengthBytes;
    this.lengthBytes++;
    const ends = (byte & 0x80) === 0;
    if (!ends) return this.lengthBytes < MAX_LENGTH_BYTES;
    if (this.length > this.maxBytes()) return false;
    this.remaining = this.length;
    this.lengthBytes = -1;
    return true;
  }
}
