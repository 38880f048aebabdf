import net from 'node:net';
import { generate, parser, type Packet } from 'mqtt-packet';

export interface Login {
  readonly url: string;
  readonly clientId: string;
  readonly username?: string;
  readonly password?: string;
}

const CONNACK = 0x20;
const PUBACK = 0x40;
/** CONNACK and PUBACK of MQTT 3.1.1 have the same length, so a publisher's side needs no parser. */
const SHORT_PACKET = 4;

/** A publisher at the level of packets: as little work as can be, so that the machine is the server's. */
export class PublishingConnection {
  onAcknowledged: (messageId: number) => void = () => undefined;
  /** After the acknowledgements of one chunk: the time to send more. */
  onChunk: () => void = () => undefined;
  onClosed: (reason: string) => void = () => undefined;
  private rest: Buffer = Buffer.alloc(0);

  private constructor(private readonly socket: net.Socket) {
    socket.on('data', (chunk) => this.read(chunk));
    socket.on('close', () => this.onClosed('the connection was closed'));
    socket.on('error', () => undefined);
  }

  static async open(login: Login): Promise<PublishingConnection> {
    const socket = await connect(login, true);
    return new PublishingConnection(socket);
  }

  write(packets: Buffer): void {
    this.socket.write(packets);
  }

  close(): void {
    this.onClosed = () => undefined;
    this.socket.destroy();
  }

  private read(chunk: Buffer): void {
    const bytes = this.rest.length > 0 ? Buffer.concat([this.rest, chunk]) : chunk;
    let at = 0;
    for (; at + SHORT_PACKET <= bytes.length; at += SHORT_PACKET) {
      if (bytes[at] !== PUBACK) return void this.socket.destroy(new Error('another packet than PUBACK'));
      this.onAcknowledged(bytes.readUInt16BE(at + 2));
    }
    this.rest = bytes.subarray(at);
    this.onChunk();
  }
}

/** Subscribes to the fixes of all collars with QoS 1, and acknowledges everything that comes, a chunk at a time. */
export async function subscribeToAll(
  login: Login,
  onMessages: (payloads: readonly Buffer[]) => void,
): Promise<net.Socket> {
  // The session is kept as the server keeps its own, so that the broker has the same to do.
  const socket = await connect(login, false);
  const packets = parser({ protocolVersion: 4 });
  let payloads: Buffer[] = [];
  let acknowledgements: Buffer[] = [];
  let subscribed: () => void = () => undefined;
  packets.on('packet', (packet: Packet) => {
    if (packet.cmd === 'suback') return subscribed();
    if (packet.cmd !== 'publish') return;
    payloads.push(packet.payload as Buffer);
    const id = packet.messageId ?? 0;
    if (packet.qos > 0) acknowledgements.push(Buffer.from([PUBACK, 2, id >> 8, id & 0xff]));
  });
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => {
    packets.parse(chunk);
    if (payloads.length === 0) return;
    socket.write(Buffer.concat(acknowledgements));
    onMessages(payloads);
    [payloads, acknowledgements] = [[], []];
  });
  const done = new Promise<void>((resolve) => (subscribed = resolve));
  const subscriptions = [{ topic: 'collars/+/fixes', qos: 1 as const }];
  socket.write(generate({ cmd: 'subscribe', messageId: 1, subscriptions }));
  await done;
  return socket;
}

async function connect({ url, clientId, username, password }: Login, clean: boolean): Promise<net.Socket> {
  const { hostname, port } = new URL(url);
  const socket = net.connect(Number(port), hostname);
  socket.setNoDelay(true);
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  const login = username === undefined ? {} : { username, password: Buffer.from(password ?? '') };
  socket.write(
    generate({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean, clientId, keepalive: 0, ...login }),
  );
  const answer = await new Promise<Buffer>((resolve, reject) => {
    socket.once('data', resolve);
    socket.once('close', () => reject(new Error('the connection was closed before its CONNACK')));
  });
  if (answer[0] !== CONNACK || answer[3] !== 0) throw new Error(`CONNACK ${answer.toString('hex')}`);
  return socket;
}
