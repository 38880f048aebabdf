import { PERSON_ROLES, type PersonRole } from '../../src/access/principal.ts';
import { aFarm, aReserve, SECRET } from '../factories/reserve.ts';
import { createBareDatabase } from '../support/database.ts';
import { connectCollar, publishFix } from '../support/mqtt.ts';
import { listRoutes, type ServerRoutes } from '../support/routes.ts';
import { ADMIN_TOKEN, eventually, startServer, type TestServer } from '../support/server.ts';
import { LiveClient } from '../support/live-client.ts';
import { PUBLIC_PATTERNS, ROWS, type Row } from './access-matrix.rows.ts';

/** Where all animals and the area of this test are: wherever these digits show up, a position has leaked. */
const CANARY = { lat: 43.312345, lon: 131.712345 };
const LEAK = /43[.,]?31\d{2}|131[.,]?71\d{2}/;

type Ask = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Response>;

let database: Awaited<ReturnType<typeof createBareDatabase>>;
let server: TestServer;
let routes: ServerRoutes;
const callers = new Map<string, { role: PersonRole | null; headers: Record<string, string> }>();

beforeAll(async () => {
  database = await createBareDatabase();
  routes = await listRoutes(database.url);
  server = await startServer({ DATABASE_URL: database.url, AUTH_MAX_FAILURES_PER_MINUTE: '100000' });
  const areas = { type: 'FeatureCollection', features: [aFarm('land-of-the-leopard', CANARY)] };
  expect((await server.api('PUT', '/reserve', { ...aReserve(), areas })).status).toBe(200);
  await makeCallers();
}, 60_000);
afterAll(async () => {
  await server.kill('SIGTERM');
  await database.drop();
});

async function makeCallers(): Promise<void> {
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const make = async (role: PersonRole, over: object = {}) => {
    const farms = role === 'farmer' ? { farms: ['olenevod'] } : {};
    const made = await server.api('POST', '/tokens', { name: `a ${role}`, role, ...farms, ...over });
    return made.json as { id: string; token: string };
  };
  callers.set('anonymous', { role: null, headers: {} });
  callers.set('ADMIN_TOKEN', { role: 'admin', headers: bearer(ADMIN_TOKEN) });
  for (const role of PERSON_ROLES) callers.set(role, { role, headers: bearer((await make(role)).token) });
  const revoked = await make('admin');
  await server.api('DELETE', `/tokens/${revoked.id}`);
  callers.set('revoked', { role: null, headers: bearer(revoked.token) });
  const expired = await make('admin', { expiresInDays: 0.000_001 });
  await new Promise((resolve) => setTimeout(resolve, 200));
  callers.set('expired', { role: null, headers: bearer(expired.token) });
  callers.set('a collar’s secret', { role: null, headers: bearer(SECRET) });
  callers.set('basic', { role: null, headers: { authorization: `Basic ${btoa(`admin:${ADMIN_TOKEN}`)}` } });
  const signedIn = await fetch(`${server.http}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: (await make('ranger')).token }),
  });
  const cookie = signedIn.headers.get('set-cookie')!.split(';')[0]!;
  callers.set('session of a ranger', { role: 'ranger', headers: { cookie, origin: server.http } });
}

const ask: Ask = (method, path, body, headers = {}) =>
  fetch(`${server.http}${path}`, {
    method,
    redirect: 'manual',
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

const rowOf = (method: string, url: string): Row | undefined =>
  ROWS[`${method === 'HEAD' ? 'GET' : method} ${url}`] ??
  (/^(GET|HEAD)$/.test(method) && PUBLIC_PATTERNS.some((pattern) => pattern.test(url))
    ? { open: 'public' }
    : undefined);

describe('every route', () => {
  it('says whom it is open to, in the code and in a row of this test', () => {
    expect(routes.declared.filter(({ open }) => open === null)).toEqual([]);
    expect(routes.events.filter(({ open }) => open === null)).toEqual([]);
    expect(
      routes.served.filter(({ method, url }) => !rowOf(method, url)).map(({ method, url }) => `${method} ${url}`),
    ).toEqual([]);
    const served = new Set(routes.served.map(({ method, url }) => `${method} ${url}`));
    expect(Object.keys(ROWS).filter((row) => !served.has(row))).toEqual([]);
  });

  it('is open to those of its row, and to nobody else', async () => {
    const wrong: string[] = [];
    let cells = 0;
    // Signing out comes last: it ends a caller.
    const last = ({ method }: { method: string }) => Number(method === 'DELETE');
    for (const { method, url } of [...routes.served].sort((a, b) => last(a) - last(b))) {
      const row = rowOf(method, url)!;
      for (const [name, { role, headers }] of callers) {
        if (name.startsWith('session') && url.endsWith('/session') && method === 'DELETE') continue;
        const body = method === 'HEAD' || method === 'GET' ? undefined : row.body;
        const answer = await ask(method, row.path ?? url, body, headers);
        await answer.arrayBuffer();
        cells++;
        const expected = row.open === 'public' ? 'in' : role === null ? 401 : row.open.includes(role) ? 'in' : 403;
        const got =
          answer.status === 401 || answer.status === 403 ? answer.status : answer.status < 500 ? 'in' : answer.status;
        if (got !== expected) wrong.push(`${method} ${url} as ${name}: ${answer.status}, expected ${expected}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(cells).toBeGreaterThan(routes.served.length * 10);
  }, 120_000);

  it('takes no change from a session without a page of ours', async () => {
    const { cookie } = callers.get('session of a ranger')!.headers as { cookie: string };
    const wrong: string[] = [];
    for (const { method, url } of routes.served.filter(({ method }) => !/^(GET|HEAD|OPTIONS)$/.test(method))) {
      const row = rowOf(method, url)!;
      if (row.open === 'public') continue;
      for (const origin of [undefined, 'null', 'https://evil.example', `${server.http}.evil.example`]) {
        const headers = { cookie, ...(origin === undefined ? {} : { origin }) };
        const answer = await ask(method, row.path ?? url, row.body, headers);
        const { type } = (await answer.json()) as { type: string };
        if (type !== '/problems/origin-not-allowed')
          wrong.push(`${method} ${url} from ${origin}: ${answer.status} ${type}`);
      }
    }
    expect(wrong).toEqual([]);
  }, 60_000);
});

describe('the websocket', () => {
  const address = () => `${server.http.replace('http', 'ws')}/live`;

  it('opens to people, and to each their streams', async () => {
    const got: Record<string, string> = {};
    for (const [name, { headers }] of callers) {
      const client = await LiveClient.connect(address(), headers).catch((error: Error) => error.message);
      if (typeof client === 'string') {
        got[name] = client;
        continue;
      }
      client.subscribe({ id: 'p', stream: 'positions' });
      client.subscribe({ id: 'a', stream: 'alerts' });
      client.send('unsubscribe', { id: 'a' });
      client.send('constructor', {});
      await eventually(
        async () =>
          client.frames.map(({ event, data }) =>
            event === 'error' ? `${data.id ?? ''}!${data.code}` : `${data.id}:${event}`,
          ),
        (frames) => frames.some((frame) => frame.startsWith('!')) && frames.some((frame) => frame.startsWith('a:')),
      );
      got[name] = client.frames.some(({ event, data }) => event === 'subscribed' && data.id === 'p')
        ? 'both'
        : 'alerts';
      client.ws.terminate();
    }
    const refused = 'Unexpected server response: 401';
    expect(got).toEqual({
      anonymous: refused,
      ADMIN_TOKEN: 'both',
      admin: 'both',
      ranger: 'both',
      researcher: 'both',
      farmer: 'alerts',
      revoked: refused,
      expired: refused,
      'a collar’s secret': refused,
      basic: refused,
      'session of a ranger': 'both',
    });
  }, 60_000);
});

describe('MQTT', () => {
  it('lets no person in: tokens are not for publishing', async () => {
    const names = ['admin', '30211', 'admin-token', ...PERSON_ROLES];
    for (const username of names) {
      for (const password of [ADMIN_TOKEN, callers.get('admin')!.headers['authorization']!.slice(7)]) {
        await expect(connectCollar({ url: server.mqtt!, username, password })).rejects.toThrow();
      }
    }
  });
});

describe('a farmer', () => {
  it('is told of the own farm without a coordinate: in no body, header, frame, error or figure', async () => {
    const { headers } = callers.get('farmer')!;
    const client = await LiveClient.connect(`${server.http.replace('http', 'ws')}/live`, headers);
    client.subscribe({ id: 'a', stream: 'alerts' });
    client.subscribe({ id: 'p', stream: 'positions' });
    client.subscribe({ id: 'b', stream: 'positions', bbox: [131, 43, 132, 44] });

    const collar = await connectCollar({ url: server.mqtt!, username: '30211', password: SECRET });
    await publishFix(collar, '30211', { at: new Date(Date.now() - 60_000).toISOString(), ...CANARY });
    const alerts = async () => (await server.api('GET', '/alerts')).json as { items: { id: string }[] };
    const { items } = await eventually(alerts, (page) => page.items.length > 0);
    const id = items[0]!.id;
    const note = `seen at ${CANARY.lat}, ${CANARY.lon}`;
    for (const deed of ['comment', 'acknowledge'])
      expect((await server.api('POST', `/alerts/${id}/${deed}`, { note })).status).toBe(200);
    await publishFix(collar, '30211', `{"lat":${CANARY.lat},"lon":${CANARY.lon},"at":"never"}`);
    await collar.close();

    await eventually(
      async () => client.frames.filter(({ event }) => event === 'alerts'),
      (frames) => frames.length >= 3,
    );
    const out: string[] = client.frames.map((frame) => JSON.stringify(frame));
    const paths = routes.served
      .filter(({ method }) => method === 'GET')
      .map(({ url, method }) => rowOf(method, url)?.path ?? url);
    for (const path of [
      ...paths,
      `/api/v1/alerts/${id}`,
      '/api/v1/positions?bbox=131,43,132,44',
      '/api/v1/farms/absent',
    ]) {
      const answer = await ask('GET', path, undefined, headers);
      out.push(JSON.stringify([...answer.headers]), await answer.text());
    }
    client.ws.terminate();
    expect(out.filter((text) => text.includes(id)).length).toBeGreaterThan(3);
    expect(out.filter((text) => LEAK.test(text))).toEqual([]);
    expect(server.output()).not.toMatch(LEAK);
    // The others do see it: the net has no hole where the fish would be.
    expect((await server.api('GET', '/positions')).text).toMatch(LEAK);
    expect((await server.api('GET', `/alerts/${id}`)).text).toMatch(LEAK);
  }, 60_000);

  it('cannot tell another farm’s alert from none', async () => {
    await server.api('PUT', '/farms/others', { ...aReserve().farms.features[0], id: 'others' });
    const other = (await server.api('POST', '/tokens', { name: 'x', role: 'farmer', farms: ['elsewhere'] })).json as {
      token: string;
    };
    const { items } = (await server.api('GET', '/alerts?farm=olenevod')).json as { items: { id: string }[] };
    const headers = { authorization: `Bearer ${other.token}` };
    const theirs = await ask('GET', `/api/v1/alerts/${items[0]!.id}`, undefined, headers);
    const absent = await ask('GET', `/api/v1/alerts/00000000-0000-4000-8000-000000000000`, undefined, headers);
    expect([theirs.status, await theirs.text()]).toEqual([absent.status, await absent.text()]);
    const kept = (answer: Response) => [...answer.headers].filter(([name]) => name !== 'date');
    expect(kept(theirs)).toEqual(kept(absent));
    expect(await (await ask('GET', '/api/v1/alerts', undefined, headers)).json()).toEqual({ items: [], next: null });
  });
});
