import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { generate, parser as packetParser } from 'mqtt-packet';
import type { IConnackPacket, Packet } from 'mqtt-packet';

export interface LinkOptions {
  /** mqtt://host:port or mqtts://host:port */
  readonly url: string;
  readonly clientId: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly keepaliveS: number;
  /** Longest wait for the broker's CONNACK. */
  readonly connectTimeoutMs: number;
}

export interface LinkHandlers {
  /** A PUBACK came. */
  acknowledged(messageId: number): void;
  /** The connection is gone; called once, and never before `open` has resolved. */
  closed(reason: string): void;
}

/** The broker did not take the CONNECT. */
export class ConnectionRefused extends Error {
  override readonly name = 'ConnectionRefused';

  constructor(readonly returnCode: number) {
    super(`broker refused the connection: ${REFUSALS[returnCode] ?? `return code ${returnCode}`}`);
  }
}

/** Return codes of CONNACK, MQTT 3.1.1 table 3.1. */
const REFUSALS: Readonly<Record<number, string>> = {
  1: 'unacceptable protocol version',
  2: 'client id not allowed',
  3: 'server unavailable',
  4: 'bad user name or password',
  5: 'not authorized',
};

const PORTS: Readonly<Record<string, number>> = { 'mqtt:': 1883, 'mqtts:': 8883 };
/** Longest time that an answer which has come may wait to be read. */
const ANSWER_UNREAD_MS = 100;
const PINGREQ = generate({ cmd: 'pingreq' });
const DISCONNECT = generate({ cmd: 'disconnect' });

/** @throws TypeError when the address is none that a link can use */
export function brokerAddress(url: string): { host: string; port: number; secure: boolean } {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const port = parsed && PORTS[parsed.protocol];
  if (parsed === undefined || port === undefined || parsed.hostname === '') {
    throw new TypeError('expected mqtt://host:port or mqtts://host:port');
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw new TypeError('expected an address without user and password: they have options of their own');
  }
  const host = parsed.hostname.replace(/^\[(.*)\]$/, '$1');
  return { host, port: Number(parsed.port) || port, secure: parsed.protocol === 'mqtts:' };
}

/**
 * One MQTT 3.1.1 connection with a clean session that publishes and is acknowledged. Packets written in one turn of the event loop
 * leave in one write. A broker that says nothing for a whole keepalive after a ping is taken for gone.
 */
export class Link {
  private heardAt = 0;
  private wroteAt = 0;
  /** When the ping was sent that nothing has answered yet. */
  private pingedAt: number | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** Packets of this turn of the event loop. */
  private leaving: Uint8Array[] = [];
  private reason = 'connection closed by the broker';

  private constructor(
    private readonly socket: Socket,
    private readonly options: LinkOptions,
    private readonly handlers: LinkHandlers,
  ) {}

  /**
   * Opens a connection and waits for its CONNACK.
   *
   * @throws ConnectionRefused when the broker says no; Error of the socket, or of the time-out, when it says nothing
   */
  static async open(options: LinkOptions, handlers: LinkHandlers): Promise<Link> {
    const { host, port, secure } = brokerAddress(options.url);
    const socket = secure ? connectTls({ host, port, servername: host }) : connectTcp({ host, port });
    socket.setNoDelay(true);
    const link = new Link(socket, options, handlers);
    await link.greet();
    return link;
  }

  private greet(): Promise<void> {
    const { clientId, username, password, keepaliveS, connectTimeoutMs } = this.options;
    this.socket.write(
      generate({
        cmd: 'connect',
        protocolId: 'MQTT',
        protocolVersion: 4,
        clean: true,
        clientId,
        keepalive: keepaliveS,
        ...(username !== undefined && { username }),
        ...(password !== undefined && { password: Buffer.from(password) }),
      }),
    );
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.fail(`no answer within ${connectTimeoutMs / 1000} s`), connectTimeoutMs);
      const greeted = (refusal?: Error): void => {
        clearTimeout(timer);
        this.socket.off('close', gone);
        if (refusal === undefined) {
          this.keepAlive();
          return resolve();
        }
        this.socket.destroy();
        reject(refusal);
      };
      const gone = (): void => greeted(new Error(this.reason));
      this.socket.on('close', gone);
      this.socket.on('error', (error) => (this.reason = error.message || String(error)));
      this.read((connack) => greeted(connack.returnCode ? new ConnectionRefused(connack.returnCode) : undefined));
    });
  }

  /** Bytes of one packet. Lost without notice when the connection is: the publisher keeps what is not acknowledged. */
  write(packet: Uint8Array): void {
    if (this.leaving.push(packet) === 1) setImmediate(() => this.flush());
  }

  private flush(): void {
    if (this.leaving.length === 0) return;
    this.wroteAt = performance.now();
    this.socket.write(Buffer.concat(this.leaving)); // one long write: writev of many short ones costs twice as much
    this.leaving = [];
  }

  /** Says goodbye and closes. */
  async end(): Promise<void> {
    const closed = new Promise((resolve) => this.socket.once('close', resolve));
    if (this.socket.destroyed) return;
    this.write(DISCONNECT);
    this.flush();
    this.socket.end();
    const PATIENCE_MS = 1_000;
    const timer = setTimeout(() => this.socket.destroy(), PATIENCE_MS);
    await closed;
    clearTimeout(timer);
  }

  /** Cuts the connection. */
  destroy(): void {
    this.socket.destroy();
  }

  private read(connack: (packet: IConnackPacket) => void): void {
    const parser = packetParser({ protocolVersion: 4 });
    let unread = 0; // bytes the parser holds of a packet that has not come whole
    parser.on('packet', (packet: Packet) => {
      unread -= 2 + (packet.length ?? 0);
      if (packet.cmd === 'puback') this.handlers.acknowledged(packet.messageId ?? 0);
      else if (packet.cmd === 'connack') connack(packet);
    });
    parser.on('error', (error: Error) => this.fail(`unreadable packet: ${error.message}`));
    this.socket.on('data', (bytes: Buffer) => {
      this.heardAt = performance.now();
      this.pingedAt = undefined;
      // Whole PUBACKs and nothing else are by far the most of what comes: read them without the parser's objects.
      if (unread === 0 && this.readPubacks(bytes)) return;
      unread += bytes.length;
      parser.parse(bytes);
    });
  }

  /** @returns false, and has read nothing, when there is anything but whole PUBACKs */
  private readPubacks(bytes: Buffer): boolean {
    if (bytes.length % 4 !== 0) return false;
    for (let i = 0; i < bytes.length; i += 4) if (bytes[i] !== 0x40 || bytes[i + 1] !== 2) return false;
    for (let i = 2; i < bytes.length; i += 4) this.handlers.acknowledged(bytes.readUInt16BE(i));
    return true;
  }

  private keepAlive(): void {
    const { keepaliveS } = this.options;
    this.heardAt = this.wroteAt = performance.now();
    this.socket.on('close', () => {
      clearInterval(this.timer);
      this.handlers.closed(this.reason);
    });
    if (keepaliveS > 0) this.timer = setInterval(() => this.beat(), (keepaliveS * 1000) / 4);
  }

  private beat(): void {
    const now = performance.now();
    const keepaliveMs = this.options.keepaliveS * 1000;
    if (this.pingedAt !== undefined) {
      // After a stall of our own the answer may lie unread: give it a moment.
      if (now - this.pingedAt >= keepaliveMs) setTimeout(() => this.giveUpOn(this.pingedAt), ANSWER_UNREAD_MS);
    } else if (now - this.wroteAt >= keepaliveMs / 2 || now - this.heardAt >= keepaliveMs / 2) {
      this.pingedAt = now;
      this.write(PINGREQ);
    }
  }

  private giveUpOn(ping: number | undefined): void {
    if (ping !== undefined && ping === this.pingedAt) this.fail('broker silent for a whole keepalive');
  }

  private fail(reason: string): void {
    this.reason = reason;
    this.socket.destroy();
  }
}
