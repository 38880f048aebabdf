import { jest } from '@jest/globals';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { generate, parser } from 'mqtt-packet';
import type { Packet } from 'mqtt-packet';
import { TestBroker, until } from '../test/unit/simulator/test-broker.ts';
import { ConnectionRefused } from './link.ts';
import { Publisher } from './publisher.ts';
import { Unacknowledged } from './publisher-options.ts';
import type { PublisherEvent, PublisherOptions } from './publisher-options.ts';
import { Random } from './random.ts';

jest.setTimeout(60_000); // a busy machine is slow, not wrong

const TOPIC = 'collars/30211/fixes';
const QUICK = [5, 40] as const;

let broker: TestBroker;
let publishers: Publisher[];

beforeEach(async () => {
  broker = await TestBroker.start({ iridium: 'secret' });
  publishers = [];
});

afterEach(async () => {
  await Promise.all(publishers.map((publisher) => publisher.close(0)));
  await broker.stop();
});

function publisherOf(options: Partial<PublisherOptions> = {}): Publisher {
  const login = { url: broker.url, username: 'iridium', password: 'secret' };
  const publisher = new Publisher({ ...login, backoffMs: QUICK, ...options });
  publishers.push(publisher);
  return publisher;
}

describe('Publisher', () => {
  it('resolves when the PUBACK has come and not before', async () => {
    const publisher = publisherOf();
    await publisher.connect();
    broker.acknowledging = false;
    let acknowledged = false;
    const published = publisher.publish(TOPIC, 'one').then(() => (acknowledged = true));
    await until(() => broker.received.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(acknowledged).toBe(false);
    expect(publisher.unacknowledged).toBe(1);
    broker.acknowledgeAll();
    await published;
    expect(broker.received).toEqual([{ username: 'iridium', topic: TOPIC, payload: 'one' }]);
    expect(publisher.counts).toEqual({ accepted: 1, acknowledged: 1, resent: 0, connections: 1 });
  });

  it('has no more on the way than its window, and tells when there is room', async () => {
    const publisher = publisherOf({ window: 7 });
    await publisher.connect();
    broker.acknowledging = false;
    const all = Array.from({ length: 40 }, (_, i) => publisher.publish(TOPIC, String(i)));
    expect(publisher.hasRoom).toBe(false);
    let room = false;
    const hasRoom = publisher.room().then(() => (room = true));
    await until(() => broker.received.length === 7);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(broker.received).toHaveLength(7);
    expect(room).toBe(false);
    broker.acknowledgeAll();
    await Promise.all(all);
    await hasRoom;
    expect(broker.mostWaiting).toBeLessThanOrEqual(7);
    expect(broker.payloads).toEqual(Array.from({ length: 40 }, (_, i) => String(i)));
  });

  it('leaves room() when stopped', async () => {
    const publisher = publisherOf({ window: 1 });
    await publisher.connect();
    broker.acknowledging = false;
    publisher.send(TOPIC, 'held', () => undefined);
    const stop = new AbortController();
    const left = publisher.room(stop.signal);
    stop.abort();
    await expect(left).resolves.toBeUndefined();
  });

  it('through cuts: acknowledges nothing that was not received, and everything in the end, in order', async () => {
    const publisher = publisherOf({ window: 50 });
    await publisher.connect();
    const received = () => new Set(broker.payloads);
    const tooEarly: string[] = [];
    const promises: Promise<void>[] = [];
    for (let i = 0; i < 4_000; i += 1) {
      if (i % 250 === 200) {
        broker.delayMs = i % 500 === 200 ? 3 : 0;
        if (i % 750 === 200) publisher.cut();
        else broker.cut();
      }
      await publisher.room();
      const payload = String(i);
      const checked = i % 97 === 0; // the set is long: not for each
      const published = publisher.publish(TOPIC, payload).then(() => {
        if (checked && !received().has(payload)) tooEarly.push(payload);
      });
      promises.push(published);
    }
    await Promise.all(promises);
    expect(publisher.counts.connections).toBeGreaterThan(10);
    expect(tooEarly).toEqual([]);
    expect([...received()]).toEqual(Array.from({ length: 4_000 }, (_, i) => String(i))); // a set keeps the order of first arrival
    expect(publisher.counts.acknowledged).toBe(4_000);
    expect(publisher.counts.resent).toBeGreaterThan(0);
    expect(broker.received.length).toBeGreaterThanOrEqual(4_000);
  });

  it('waits for a broker that is away, sends again what was on the way before what is new, and says so', async () => {
    const events: PublisherEvent[] = [];
    const publisher = publisherOf({ onEvent: (event) => events.push(event) });
    await publisher.connect();
    broker.acknowledging = false;
    const before = publisher.publish(TOPIC, 'before');
    await until(() => broker.received.length === 1);
    await broker.deafen();
    await until(() => events.some(({ kind }) => kind === 'lost'));
    const during = publisher.publish(TOPIC, 'during');
    await until(() => events.filter(({ kind }) => kind === 'retry').length >= 3);
    expect(events.find(({ kind }) => kind === 'lost')).toMatchObject({ unacknowledged: 1 });
    broker.acknowledging = true;
    await broker.listen();
    await Promise.all([before, during]);
    expect(broker.payloads).toEqual(['before', 'before', 'during']);
    expect(events[events.length - 1]).toEqual({ kind: 'connected', resent: 1 });
  });

  it('says why it cannot connect at first', async () => {
    await expect(publisherOf({ password: 'wrong' }).connect()).rejects.toThrow(new ConnectionRefused(5));
    expect(new ConnectionRefused(4).message).toBe('broker refused the connection: bad user name or password');
    await broker.deafen();
    await expect(publisherOf().connect()).rejects.toThrow('ECONNREFUSED');
    await broker.listen();
  });

  it('closes when all is acknowledged; after its grace it says how many are not, and rejects them', async () => {
    const publisher = publisherOf();
    await publisher.connect();
    broker.delayMs = 20;
    const slow = publisher.publish(TOPIC, 'slow');
    await expect(publisher.close()).resolves.toEqual({ unacknowledged: 0 });
    await slow;

    const second = publisherOf({ window: 1 });
    await second.connect();
    broker.acknowledging = false;
    const fates = Promise.allSettled([second.publish(TOPIC, 'on the way'), second.publish(TOPIC, 'in the queue')]);
    await expect(second.close(30)).resolves.toEqual({ unacknowledged: 2 });
    for (const fate of await fates)
      expect(fate).toMatchObject({ status: 'rejected', reason: expect.any(Unacknowledged) });
    await expect(second.publish(TOPIC, 'late')).rejects.toThrow('the publisher is closed');
  });

  it('takes no window and no address that cannot work', async () => {
    expect(() => publisherOf({ window: 0 })).toThrow('window: expected 1 to 65535, not 0');
    await expect(new Publisher({ url: 'http://127.0.0.1' }).connect()).rejects.toThrow(
      'expected mqtt://host:port or mqtts://host:port',
    );
    await expect(new Publisher({ url: 'mqtt://u:p@127.0.0.1' }).connect()).rejects.toThrow('without user and password');
  });
});

describe('Publisher with a broker that speaks strangely', () => {
  let server: Server;
  let sockets: Socket[];
  /** Of each connection so far, what it was sent. */
  let sent: Packet[][];

  /** A server that greets every connection and then answers publishes as told. */
  async function listen(answer: (socket: Socket, packet: Packet, connection: number) => void): Promise<string> {
    sent = [];
    sockets = [];
    server = createServer((socket) => {
      const connection = sent.push([]) - 1;
      const incoming = parser({ protocolVersion: 4 });
      sockets.push(socket);
      socket.on('error', () => undefined);
      socket.on('data', (bytes) => incoming.parse(bytes));
      incoming.on('packet', (packet) => {
        sent[connection]?.push(packet);
        if (packet.cmd === 'connect') socket.write(generate({ cmd: 'connack', returnCode: 0, sessionPresent: false }));
        else answer(socket, packet, connection);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  const puback = (messageId: number) => generate({ cmd: 'puback', messageId });

  it('reads PUBACKs cut anywhere, repeated, unknown and out of order, and counts each message once', async () => {
    let bytes = Buffer.alloc(0);
    const url = await listen((_socket, packet) => {
      if (packet.cmd !== 'publish') return;
      const id = packet.messageId ?? 0;
      const answers = id % 2 === 0 ? [puback(id), puback(id - 1), puback(id), puback(60_000)] : [];
      bytes = Buffer.concat([bytes, ...answers]);
    });
    const publisher = publisherOf({ url, window: 200 });
    await publisher.connect();
    const all = Array.from({ length: 200 }, (_, i) => publisher.publish(TOPIC, String(i)));
    await until(() => bytes.length === 400 * 4);
    const random = new Random('pieces', 'spec');
    while (bytes.length > 0) {
      const length = 1 + Math.floor(random.unit() * 9);
      sockets[0]?.write(bytes.subarray(0, length));
      bytes = bytes.subarray(length);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(all);
    expect(publisher.counts).toEqual({ accepted: 200, acknowledged: 200, resent: 0, connections: 1 });
  });

  it('marks what it sends again as a duplicate, under its old message id, before anything new', async () => {
    const url = await listen((socket, packet, connection) => {
      if (packet.cmd === 'publish' && connection === 1) socket.write(puback(packet.messageId ?? 0));
    });
    const publisher = publisherOf({ url, window: 3 });
    await publisher.connect();
    const all = Array.from({ length: 6 }, (_, i) => publisher.publish(TOPIC, String(i)));
    await until(() => sent[0]?.length === 4);
    sockets[0]?.destroy();
    await Promise.all(all);
    const seen = (sent[1] ?? []).flatMap((packet) =>
      packet.cmd === 'publish'
        ? [`${packet.payload.toString()} id ${packet.messageId ?? 0}${packet.dup ? ' dup' : ''}`]
        : [],
    );
    expect(seen).toEqual(['0 id 1 dup', '1 id 2 dup', '2 id 3 dup', '3 id 4', '4 id 5', '5 id 6']);
  });

  it('gives up a connection whose broker has fallen silent, and an answer that is no MQTT', async () => {
    const events: PublisherEvent[] = [];
    const url = await listen(() => undefined);
    const publisher = publisherOf({ url, keepaliveS: 1, onEvent: (event) => events.push(event) });
    await publisher.connect();
    await until(() => events.some(({ kind }) => kind === 'lost'));
    expect(events.find(({ kind }) => kind === 'lost')).toMatchObject({
      reason: 'broker silent for a whole keepalive',
    });
    expect(sent[0]?.some(({ cmd }) => cmd === 'pingreq')).toBe(true);
    await until(() => sockets.length === 2);
    events.length = 0;
    await until(() => publisher.counts.connections === 2);
    sockets[1]?.write('HTTP/1.1 400 Bad Request\r\n\r\n');
    await until(() => events.some(({ kind }) => kind === 'lost'));
    expect(events.find(({ kind }) => kind === 'lost')).toMatchObject({
      reason: expect.stringContaining('unreadable packet'),
    });
  });

  it('stays connected when it has nothing to say', async () => {
    const url = await listen((socket, packet) => {
      if (packet.cmd === 'pingreq') socket.write(generate({ cmd: 'pingresp' }));
    });
    const publisher = publisherOf({ url, keepaliveS: 1 });
    await publisher.connect();
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(publisher.counts.connections).toBe(1);
    expect(sent[0]?.filter(({ cmd }) => cmd === 'pingreq').length).toBeGreaterThanOrEqual(2);
  });
});
