import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { aFix } from '../../factories/fixes.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { ADMIN_TOKEN, LiveServer } from './live-server.ts';
import { LiveClient, upgradeAnswer } from '../../support/live-client.ts';

const FRIEND = 'https://map.example.org';
const MAX_CONNECTIONS = 20;

let test: TestDatabase;
let server: LiveServer;
beforeAll(async () => {
  test = await createTestDatabase();
  server = await LiveServer.start(test.database, {
    ALLOWED_ORIGINS: FRIEND,
    LIVE_MAX_CONNECTIONS: String(MAX_CONNECTIONS),
    LIVE_HEARTBEAT_S: '0.5',
    AUTH_MAX_FAILURES_PER_MINUTE: '1000',
  });
  await server.register();
});
afterAll(async () => {
  await server.stop();
  await test.drop();
});

const answer = (headers: Record<string, string> = {}, query = '') => upgradeAnswer(server.live + query, headers);
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

async function session(): Promise<{ cookie: string }> {
  const made = await server.api('POST', '/session', { token: ADMIN_TOKEN });
  return { cookie: made.headers.get('set-cookie')!.split(';', 1)[0]! };
}
async function ticket(token = ADMIN_TOKEN): Promise<string> {
  const made = await server.api('POST', '/live/ticket', undefined, bearer(token));
  return ((await made.json()) as { ticket: string }).ticket;
}

describe('the upgrade', () => {
  it('takes a token in a header', async () => {
    expect((await answer(bearer(ADMIN_TOKEN))).status).toBe(101);
    // A program may come from anywhere: what it shows, no foreign page can have.
    expect((await answer({ ...bearer(ADMIN_TOKEN), origin: 'https://evil.example' })).status).toBe(101);
  });

  it('takes a session from pages of ours and of allowed origins', async () => {
    const cookie = await session();
    expect((await answer({ ...cookie, origin: server.http })).status).toBe(101);
    expect((await answer({ ...cookie, origin: FRIEND })).status).toBe(101);
  });

  it.each(['https://evil.example', 'null', `${FRIEND}.evil.example`, 'https://map.example.org:8443', 'file://'])(
    'refuses a session from %s',
    async (origin) => {
      const refused = await answer({ ...(await session()), origin });
      expect(refused.status).toBe(403);
      expect(JSON.parse(refused.text)).toMatchObject({ status: 403, type: '/problems/origin-not-allowed' });
    },
  );

  it('refuses a session without an origin', async () => {
    expect((await answer(await session())).status).toBe(403);
  });

  it('takes a ticket once', async () => {
    const query = `?ticket=${await ticket()}`;
    expect((await answer({}, query)).status).toBe(101);
    expect((await answer({}, query)).status).toBe(401);
  });

  it.each([
    ['nobody', {}, ''],
    ['an unknown token', bearer('x'.repeat(40)), ''],
    ['another scheme', { authorization: 'Basic YWRtaW46YWRtaW4=' }, ''],
    ['an unknown session', { cookie: 'collarwatch_session=abcdefghijklmnop', origin: FRIEND }, ''],
    ['an unknown ticket', {}, '?ticket=abcdefghijklmnop'],
    ['a token in place of a ticket', {}, `?ticket=${ADMIN_TOKEN}`],
    ['a token in the address', {}, `?token=${ADMIN_TOKEN}`],
    ['a token in the address beside a good one in the header', bearer(ADMIN_TOKEN), `?access_token=${ADMIN_TOKEN}`],
  ])('refuses %s', async (_, headers, query) => {
    const refused = await answer(headers, query);
    expect(refused.status).toBe(401);
    expect(refused.headers['www-authenticate']).toBe('Bearer');
    expect(refused.headers['content-type']).toContain('application/problem+json');
    expect(refused.text).not.toContain(ADMIN_TOKEN);
  });

  it('is nowhere but at its path', async () => {
    for (const path of ['/', '/live/', '/livex', '/api/v1/live'])
      expect((await upgradeAnswer(server.http.replace('http', 'ws') + path, bearer(ADMIN_TOKEN))).status).toBe(404);
  });

  it('survives whatever else is sent to it', async () => {
    const { port, hostname } = new URL(server.http);
    const requests = [
      'GET /live HTTP/1.1\r\nHost: [\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
      'GET // HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
      `GET /live HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nAuthorization: Bearer ${ADMIN_TOKEN}\r\n\r\n`,
      `POST /live HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nAuthorization: Bearer ${ADMIN_TOKEN}\r\n\r\n`,
    ];
    for (const request of requests) {
      const socket = net.connect(Number(port), hostname);
      socket.on('error', () => undefined);
      socket.write(request);
      await sleep(20);
      socket.resetAndDestroy();
    }
    expect((await answer(bearer(ADMIN_TOKEN))).status).toBe(101);
  });

  it('has room for so many', async () => {
    const clients = await Promise.all(Array.from({ length: MAX_CONNECTIONS }, () => server.connect()));
    const refused = await answer(bearer(ADMIN_TOKEN));
    expect(refused).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    await clients[0]!.cut();
    await sleep(50);
    expect((await answer(bearer(ADMIN_TOKEN))).status).toBe(101);
    await Promise.all(clients.map((client) => client.cut()));
  });
});

describe('a connection', () => {
  it('ends within 5 s of its token, whichever way it was opened, and hears nothing more', async () => {
    const { id, token } = await server.token('ranger');
    const clients = [
      await server.connect(token),
      await LiveClient.connect(`${server.live}?ticket=${await ticket(token)}`),
    ];
    for (const client of clients) {
      client.subscribe({ id: 'p1', stream: 'positions' });
      await client.next('subscribed');
    }
    const bystander = await server.connect();
    const began = Date.now();
    await server.api('DELETE', `/tokens/${id}`);
    for (const client of clients) expect(await client.untilClosed(5_000)).toEqual({ code: 4401, reason: 'revoked' });
    expect(Date.now() - began).toBeLessThan(5_000);
    await server.commit([aFix({ collarId: server.collarId('30211') })]);
    expect(clients.flatMap((client) => client.frames).filter(({ event }) => event === 'positions')).toEqual([]);
    expect(bystander.closed).toBeNull();
    await bystander.cut();
    expect((await answer(bearer(token))).status).toBe(401);
  });

  it('ends when its token expires', async () => {
    const made = await server.api('POST', '/tokens', { name: 'short', role: 'ranger', expiresInDays: 2 / 86_400 });
    const { token } = (await made.json()) as { token: string };
    const client = await server.connect(token);
    expect(await client.untilClosed(7_000)).toMatchObject({ code: 4401 });
  }, 15_000);

  it('ends with its session', async () => {
    const cookie = await session();
    const client = await LiveClient.connect(server.live, { ...cookie, origin: server.http });
    const answered = await fetch(`${server.http}/api/v1/session`, {
      method: 'DELETE',
      headers: { ...cookie, origin: server.http },
    });
    expect(answered.status).toBe(204);
    expect(await client.untilClosed(5_000)).toMatchObject({ code: 4401 });
  });

  it('hears a heartbeat, and is ended when it is silent', async () => {
    const [alive, silent] = [await server.connect(), await server.connect()];
    await alive.until(() => alive.heartbeats.length >= 3, 'three heartbeats');
    expect(Date.parse(alive.heartbeats[0]!.data.at)).toBeGreaterThan(Date.now() - 60_000);
    silent.ws.pause();
    await sleep(2_000);
    silent.ws.resume();
    await silent.untilClosed();
    expect(alive.closed).toBeNull();
    await alive.cut();
  });
});

it('at the end of the server everybody is told goodbye, and nobody comes in', async () => {
  const ending = await LiveServer.start(test.database);
  const [client, stuck] = [await ending.connect(), await ending.connect()];
  stuck.ws.pause();
  const began = Date.now();
  const stopped = ending.stop();
  expect((await upgradeAnswer(ending.live, bearer(ADMIN_TOKEN)).catch(() => ({ status: 503 }))).status).toBe(503);
  expect(await client.untilClosed()).toEqual({ code: 1012, reason: 'restart' });
  await stopped;
  expect(Date.now() - began).toBeLessThan(5_000);
  stuck.ws.resume();
  await stuck.untilClosed();
});
