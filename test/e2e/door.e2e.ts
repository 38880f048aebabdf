import net from 'node:net';
import { readFileSync } from 'node:fs';
import mqttPacket, { type Packet } from 'mqtt-packet';
import { aReserve, northOfFarm, SECRET } from '../factories/reserve.ts';
import { createBareDatabase } from '../support/database.ts';
import { connectCollar, publishFix } from '../support/mqtt.ts';
import { eventually, startServer, type TestServer } from '../support/server.ts';

let database: Awaited<ReturnType<typeof createBareDatabase>>;
let server: TestServer;

beforeAll(async () => {
  database = await createBareDatabase();
  server = await startServer({ DATABASE_URL: database.url, MQTT_MAX_CONNECTIONS_PER_ADDRESS: '300' });
  const reserve = aReserve();
  reserve.collars.push({ serial: 'other', format: 'json-v1', secret: `${SECRET}-other`, fixIntervalS: 60 });
  (reserve.gateways as object[]).push({ id: 'small', secret: SECRET, collars: ['other'] });
  expect((await server.api('PUT', '/reserve', reserve)).status).toBe(200);
});
afterAll(async () => {
  await server.kill('SIGTERM');
  await database.drop();
});

const CONNECT = {
  cmd: 'connect',
  protocolId: 'MQTT',
  protocolVersion: 4,
  clean: true,
  clientId: 'x',
  keepalive: 60,
  username: '30211',
  password: Buffer.from(SECRET),
};

/** A client that sends raw packets and keeps what comes back. */
class RawClient {
  readonly received: Packet[] = [];
  readonly closed: Promise<void>;
  private readonly socket: net.Socket;

  constructor() {
    const { hostname, port } = new URL(server.mqtt!);
    this.socket = net.connect(Number(port), hostname);
    const parser = mqttPacket.parser();
    parser.on('packet', (packet) => this.received.push(packet));
    this.socket.on('data', (chunk) => parser.parse(chunk));
    this.socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve()));
  }

  send(packet: object | Buffer): this {
    this.socket.write(Buffer.isBuffer(packet) ? packet : mqttPacket.generate(packet as Packet));
    return this;
  }

  connect(over: object = {}): this {
    return this.send({ ...CONNECT, ...over });
  }

  async answer(cmd: string): Promise<Packet & Record<string, unknown>> {
    return eventually(async () => this.received.find((packet) => packet.cmd === cmd), Boolean) as never;
  }

  end(): void {
    this.socket.destroy();
  }
}

const fix = JSON.stringify({ ...northOfFarm(5_000), at: Date.now() });
const publish = (topic: string, over: object = {}) => ({
  cmd: 'publish',
  topic,
  payload: fix,
  qos: 1,
  messageId: 7,
  dup: false,
  retain: false,
  ...over,
});
const code = async (client: RawClient) => (await client.answer('connack'))['returnCode'];
const residentMb = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))![1]) / 1_024;
const metric = async (pattern: RegExp) => Number(pattern.exec((await server.api('GET', '/metrics')).text)?.[1] ?? 0);

describe('who may connect', () => {
  it.each([
    ['a collar with its secret', {}, 0],
    ['a gateway with its secret', { username: 'iridium' }, 0],
    ['a wrong secret', { password: Buffer.from('wrong') }, 4],
    ['the secret of another collar', { username: 'other' }, 4],
    ['an unknown name', { username: 'nobody' }, 4],
    ['no name', { username: undefined, password: undefined }, 4],
    [
      'a will beyond the grant',
      { will: { topic: 'collars/other/fixes', payload: Buffer.from(fix), qos: 1, retain: false } },
      5,
    ],
    [
      'a will to another kind of topic',
      { will: { topic: '$SYS/x', payload: Buffer.from(fix), qos: 0, retain: true } },
      5,
    ],
    ['MQTT 5, which is not spoken here', { protocolVersion: 5 }, 1],
  ])('%s', async (_, over, expected) => {
    const client = new RawClient().connect(over);
    expect(await code(client)).toBe(expected);
    client.end();
  });

  it('no client id with a wish for a session is refused [MQTT-3.1.3-8]', async () => {
    const packet = mqttPacket.generate({ ...CONNECT, clientId: '' } as Packet);
    // mqtt-packet does not write such a packet: the flag of the clean session is taken out by hand.
    packet[9] = packet[9]! & ~0x02;
    const client = new RawClient().send(packet);
    expect(await code(client)).toBe(2);
    client.end();
  });

  it('a will within the grant is a fix when the connection breaks', async () => {
    const at = new Date(Date.now() - 60_000).toISOString();
    const payload = Buffer.from(JSON.stringify({ ...northOfFarm(5_000), at }));
    const client = new RawClient().connect({ will: { topic: 'collars/30211/fixes', payload, qos: 1, retain: false } });
    await client.answer('connack');
    client.end();
    const found = async () => (await server.api('GET', '/animals/sofia/fixes')).json.items as { at: string }[];
    await eventually(found, (items) => items.some((item) => item.at === at));
  });

  it('two devices with one client id do not end each other’s connection', async () => {
    const [one, two] = [
      new RawClient().connect({ clientId: 'same' }),
      new RawClient().connect({ clientId: 'same', username: 'other', password: Buffer.from(`${SECRET}-other`) }),
    ];
    await Promise.all([one.answer('connack'), two.answer('connack')]);
    for (const [client, serial] of [
      [one, '30211'],
      [two, 'other'],
    ] as const) {
      client.send(publish(`collars/${serial}/fixes`));
      expect(await client.answer('puback')).toMatchObject({ messageId: 7 });
      client.end();
    }
  });
});

describe('what a device may publish', () => {
  it.each([
    ['30211', 'collars/other/fixes'],
    ['30211', 'collars/30211/fixes/more'],
    ['30211', 'collars/30211'],
    ['30211', '$SYS/broker/new/clients'],
    ['30211', 'collars/30211/commands'],
    ['small', 'collars/30211/fixes'],
  ])('%s to %s ends the connection without a PUBACK', async (username, topic) => {
    const client = new RawClient().connect({ username });
    await client.answer('connack');
    client.send(publish(topic));
    await client.closed;
    expect(client.received.map(({ cmd }) => cmd)).toEqual(['connack']);
  });

  it('a gateway for its collars, and nothing is retained', async () => {
    const client = new RawClient().connect({ username: 'small' });
    await client.answer('connack');
    client.send(publish('collars/other/fixes', { retain: true }));
    expect(await client.answer('puback')).toMatchObject({ messageId: 7 });
    client.end();
  });

  it('at QoS 2 is stored before PUBREC', async () => {
    const at = new Date(Date.now() - 120_000).toISOString();
    const client = new RawClient().connect();
    await client.answer('connack');
    client.send(publish('collars/30211/fixes', { qos: 2, payload: JSON.stringify({ ...northOfFarm(5_000), at }) }));
    await client.answer('pubrec');
    const { json } = await server.api('GET', '/animals/sofia/fixes');
    expect((json.items as { at: string }[]).map((item) => item.at)).toContain(at);
    client.send({ cmd: 'pubrel', messageId: 7, qos: 1 });
    await client.answer('pubcomp');
    client.end();
  });
});

describe('what a device may subscribe to', () => {
  it.each(['#', '$SYS/#', '+/+/+', 'collars/30211/fixes', '$share/g/collars/+/fixes'])('nothing: %s', async (topic) => {
    const client = new RawClient().connect();
    await client.answer('connack');
    client.send({ cmd: 'subscribe', messageId: 9, subscriptions: [{ topic, qos: 1 }] });
    expect((await client.answer('suback'))['granted']).toEqual([128]);
    client.send(publish('collars/30211/fixes'));
    await client.answer('puback');
    expect(client.received.map(({ cmd }) => cmd)).not.toContain('publish');
    client.end();
  });
});

describe('who is reckless', () => {
  it('a CONNECT of 96 MiB is cut off by its announcement, and costs no memory', async () => {
    const before = residentMb();
    const clients = Array.from({ length: 20 }, () => new RawClient().send(Buffer.from([0x10, 0x80, 0x80, 0x80, 0x30])));
    for (const client of clients) client.send(Buffer.alloc(64 * 1_024));
    await Promise.all(clients.map((client) => client.closed));
    expect(residentMb() - before).toBeLessThan(60);
  });

  it('2,000 connections from one address are held to the limit, and a collar that is in goes on', async () => {
    const collar = await connectCollar({ url: server.mqtt!, username: '30211', password: SECRET });
    const clients = Array.from({ length: 2_000 }, () => new RawClient());
    await eventually(
      () => metric(/collarwatch_mqtt_denied_total\{action="connection"\} (\d+)/),
      (denied) => denied >= 1_600,
      30_000,
    );
    await publishFix(collar, '30211', { ...northOfFarm(5_000), at: Date.now() - 180_000 });
    for (const client of clients) client.end();
    await eventually(
      () => metric(/collarwatch_mqtt_connections (\d+)/),
      (connections) => connections <= 2,
    );
    await collar.close();
  }, 60_000);

  it('a collar whose secret changed or that was removed is shown out', async () => {
    const client = new RawClient().connect();
    await client.answer('connack');
    await server.api('PUT', '/reserve', { collars: [{ serial: '30211', format: 'json-v1', secret: `${SECRET}-new` }] });
    await client.closed;
    expect(await code(new RawClient().connect())).toBe(4);
    expect(await code(new RawClient().connect({ password: Buffer.from(`${SECRET}-new`) }))).toBe(0);
    await server.api('PUT', '/reserve', { collars: [{ serial: '30211', format: 'json-v1', secret: SECRET }] });
  });
});
