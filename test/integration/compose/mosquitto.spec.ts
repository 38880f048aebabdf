import { jest } from '@jest/globals';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { until } from '../../support/database-owner.ts';

// Processes are started and ended here, on machines that may be slow.
jest.setTimeout(60_000);

const docker = path.resolve(import.meta.dirname, '../../../docker/mosquitto');
const environment = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` };
const installed = spawnSync('mosquitto', ['-h'], { env: environment }).error === undefined;

/** Where Mosquitto is not installed these are skipped; where CI_REQUIRE_ALL=1 they fail instead. */
const withMosquitto = installed || process.env['CI_REQUIRE_ALL'] === '1' ? describe : describe.skip;

withMosquitto('the broker of the compose file (needs mosquitto: apt-get install mosquitto)', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'collarwatch-mosquitto-'));
  const passwords = path.join(folder, 'passwords');
  const clients: MqttClient[] = [];
  let port: number;
  let broker: ChildProcess;

  const accounts = (args: string[], more: NodeJS.ProcessEnv = {}) =>
    spawnSync(path.join(docker, 'accounts.sh'), args, {
      env: { ...environment, PASSWORDS: passwords, ...more },
      encoding: 'utf8',
    });
  const signIn = async (username: string | undefined, password: string | undefined, options: IClientOptions = {}) => {
    const client = await mqtt.connectAsync(
      `mqtt://127.0.0.1:${port}`,
      { username, password, reconnectPeriod: 0, protocolVersion: 5, ...options } as IClientOptions,
      false,
    );
    client.on('error', () => undefined); // Told by what was asked of it.
    clients.push(client);
    return client;
  };
  const startBroker = async () => {
    broker = spawn('mosquitto', ['-c', path.join(folder, 'mosquitto.conf')], { env: environment, stdio: 'ignore' });
    await until(
      () =>
        signIn('collarwatch', 'server-secret').then(
          (client) => client.endAsync().then(() => true),
          () => false,
        ),
      10_000,
      'the broker answers',
    );
  };

  beforeAll(async () => {
    const free = createServer();
    await once(free.listen(0, '127.0.0.1'), 'listening');
    port = (free.address() as AddressInfo).port;
    free.close();
    expect(accounts([], { MQTT_PASSWORD: 'server-secret', DEMO_SECRET: 'sofia-secret' })).toMatchObject({ status: 0 });
    expect(accounts(['30211', 'collar-secret'])).toMatchObject({ status: 0 });
    cpSync(path.join(docker, 'acl'), path.join(folder, 'acl'));
    // The file as it is, on paths and a port of this test; as root Mosquitto would become another user than the folder's.
    const conf = readFileSync(path.join(docker, 'mosquitto.conf'), 'utf8')
      .replace('listener 1883', `listener ${port} 127.0.0.1`)
      .replace('/mosquitto/accounts/', `${folder}/`)
      .replace('/mosquitto/config/', `${folder}/`)
      .replace('/mosquitto/data/', `${folder}/`);
    writeFileSync(path.join(folder, 'mosquitto.conf'), `${conf}\nuser root\n`);
    await startBroker();
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.endAsync(true)));
  });
  afterAll(async () => {
    broker.kill();
    await once(broker, 'exit');
    rmSync(folder, { recursive: true, force: true });
  });

  it('lets nobody in without an account', async () => {
    await expect(signIn(undefined, undefined)).rejects.toThrow(/not authorized/i);
    await expect(signIn('30211', 'guess')).rejects.toThrow(/not authorized/i);
    await expect(signIn('30212', 'collar-secret')).rejects.toThrow(/not authorized/i);
  });

  /** Resolves to why the connection is over, or the message refused; a 3.1.1 client can only be thrown out. */
  const refusal = async (client: MqttClient, topic: string, payload: string, retain = false) => {
    const closed = new Promise<string>((resolve) => client.once('close', () => resolve('closed')));
    const sent = client.publishAsync(topic, payload, { qos: 1, retain });
    return Promise.race([
      closed,
      sent.then(
        () => 'acknowledged',
        (error: Error) => error.message,
      ),
    ]);
  };

  it('passes on what a collar publishes as its own fixes, and nothing else of it', async () => {
    const server = await signIn('collarwatch', 'server-secret');
    const received: string[] = [];
    server.on('message', (topic) => received.push(topic));
    await server.subscribeAsync('collars/+/fixes', { qos: 1 });
    const beyond = ['collars/sofia/fixes', 'collars/30211/other', 'collars/30211/fixes/x', 'collars/fixes', 'x'];
    // Mosquitto ends the connection of whoever reaches beyond.
    for (const topic of [...beyond, 'collars/30211/fixes'])
      await refusal(await signIn('30211', 'collar-secret', { protocolVersion: 4 }), topic, '{}');
    await until(() => received.length > 0, 5_000, 'the server receives it');
    expect(received).toEqual(['collars/30211/fixes']);
  });

  it('tells a collar that nothing is granted beyond that', async () => {
    const collar = await signIn('30211', 'collar-secret');
    expect(await refusal(collar, 'collars/sofia/fixes', '{}')).toMatch(/not authorized/i);
    const server = await signIn('collarwatch', 'server-secret');
    expect(await refusal(server, 'collars/30211/fixes', '{}')).toMatch(/not authorized/i);
  });

  it('lets no collar hear anything', async () => {
    const server = await signIn('collarwatch', 'server-secret');
    const received: string[] = [];
    server.on('message', (topic) => received.push(topic));
    await server.subscribeAsync('collars/+/fixes', { qos: 1 });
    const collar = await signIn('30211', 'collar-secret');
    const heard: string[] = [];
    collar.on('message', (topic) => heard.push(topic));
    for (const topic of ['#', 'collars/+/fixes', 'collars/sofia/fixes', '$SYS/#', '$share/g/collars/+/fixes'])
      await collar.subscribeAsync(topic, { qos: 1 }).catch(() => undefined);
    await (await signIn('sofia', 'sofia-secret')).publishAsync('collars/sofia/fixes', '{}', { qos: 1 });
    // The broker serves its clients in turn: what the collar were to hear it would have heard before our next answer.
    await until(() => received.length > 0, 5_000, 'the server receives it');
    await collar.publishAsync('collars/30211/fixes', '{}', { qos: 1 });
    expect(heard).toEqual([]);
  });

  it('keeps no position for whoever comes later, and takes none that is too long', async () => {
    for (const protocolVersion of [4, 5] as const) {
      const options = { protocolVersion };
      const retaining = await signIn('30211', 'collar-secret', options);
      expect(await refusal(retaining, 'collars/30211/fixes', '{}', true)).not.toBe('acknowledged');
      const talker = await signIn('30211', 'collar-secret', options);
      expect(await refusal(talker, 'collars/30211/fixes', 'x'.repeat(1_048_576))).not.toBe('acknowledged');
    }
  });

  it('keeps what it acknowledged while the server was away, also over a kill -9 of itself', async () => {
    const session: IClientOptions = { clientId: 'server', clean: false, properties: { sessionExpiryInterval: 3_600 } };
    const before = await signIn('collarwatch', 'server-secret', session);
    await before.subscribeAsync('collars/+/fixes', { qos: 1 });
    await before.endAsync();
    const collar = await signIn('30211', 'collar-secret', { protocolVersion: 4 });
    // More than the hundred that Mosquitto would keep by default.
    await Promise.all(
      Array.from({ length: 300 }, (_, seq) => collar.publishAsync('collars/30211/fixes', `{"seq":${seq}}`, { qos: 1 })),
    );
    // Mosquitto acknowledges a moment before it writes: a message of that moment would be lost with it.
    const written = () => readFileSync(path.join(folder, 'mosquitto.db')).includes('{"seq":299}');
    await until(written, 5_000, 'the store is written');
    broker.kill('SIGKILL');
    await once(broker, 'exit');
    await startBroker();
    const received = new Set<string>();
    const after = mqtt.connect(`mqtt://127.0.0.1:${port}`, {
      ...session,
      protocolVersion: 5,
      username: 'collarwatch',
      password: 'server-secret',
    });
    clients.push(after);
    after.on('message', (_, payload) => received.add(payload.toString()));
    await until(() => received.size === 300, 10_000, 'all 300 arrive');
  });

  it('refuses names that would be patterns', () => {
    for (const name of ['', '+', '#', 'a/b', 'a b']) expect(accounts([name, 'secret'])).toMatchObject({ status: 1 });
    expect(accounts(['30213', ''])).toMatchObject({ status: 1 });
    expect(accounts([])).toMatchObject({ status: 2 });
  });
});
