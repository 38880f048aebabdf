import { TokenService } from '../../../src/access/token.service.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { ADMIN_TOKEN, startRestApp, type Answer, type RestApp } from '../../support/rest-app.ts';

const cookieOf = (answer: Answer) => answer.headers['set-cookie']![0]!.split(';')[0]!;

describe('a browser session', () => {
  let rest: RestApp;
  let own: string;
  beforeEach(async () => {
    rest = await startRestApp({ ALLOWED_ORIGINS: 'https://map.reserve.example' });
    own = `http://127.0.0.1:${rest.port}`;
  });
  afterEach(() => rest.close());

  const signIn = (body: object, headers = {}) => rest.ask('POST', '/api/v1/session', { token: null, body, headers });
  const withCookie = (method: string, path: string, cookie: string, origin?: string) =>
    rest.ask(method, `/api/v1${path}`, {
      token: null,
      headers: { cookie, ...(origin === undefined ? {} : { origin }) },
    });

  it('is a cookie that no script reads and no foreign page sends', async () => {
    const answer = await signIn({ token: ADMIN_TOKEN }, { origin: own });
    expect(answer.status).toBe(201);
    expect(answer.json).toMatchObject({ name: 'administrator', role: 'admin', farms: [] });
    expect(answer.headers['set-cookie']).toEqual([
      expect.stringMatching(/^collarwatch_session=cw_[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Strict$/),
    ]);
    expect(answer.headers['cache-control']).toBe('no-store');
    const secure = await signIn({ token: ADMIN_TOKEN }, { origin: 'https://map.reserve.example' });
    expect(secure.headers['set-cookie']![0]).toContain('; Secure');
  });

  it('reads from anywhere, and changes from our own pages and allowed ones alone', async () => {
    const cookie = cookieOf(await signIn({ token: ADMIN_TOKEN }));
    expect((await withCookie('GET', '/session', cookie)).status).toBe(200);
    const ticket = (origin?: string) => withCookie('POST', '/live/ticket', cookie, origin);
    expect((await ticket(own)).status).toBe(201);
    expect((await ticket('https://map.reserve.example')).status).toBe(201);
    for (const origin of [undefined, 'null', 'https://evil.example', `${own}.evil.example`]) {
      const refused = await ticket(origin);
      expect(refused.json).toMatchObject({ status: 403, type: '/problems/origin-not-allowed' });
    }
  });

  it('is not opened by a foreign page, by a wrong token or by both a code and a token', async () => {
    expect((await signIn({ token: ADMIN_TOKEN }, { origin: 'https://evil.example' })).status).toBe(403);
    expect((await signIn({ token: 'cw_wrong_token_altogether' })).status).toBe(401);
    expect((await signIn({ code: 'cw_wrong_token_altogether' })).status).toBe(401);
    expect((await signIn({})).status).toBe(422);
    expect((await signIn({ code: 'x', token: 'x' })).status).toBe(422);
  });

  it('ends by signing out, and its cookie is taken back', async () => {
    const cookie = cookieOf(await signIn({ token: ADMIN_TOKEN }));
    const told: string[] = [];
    rest.app.get(TokenService).onRevoked((id) => told.push(id));
    const out = await withCookie('DELETE', '/session', cookie, own);
    expect(out.status).toBe(204);
    expect(out.headers['set-cookie']![0]).toMatch(/^collarwatch_session=; Max-Age=0; Path=\//);
    expect(told).toHaveLength(1);
    expect((await withCookie('GET', '/session', cookie)).status).toBe(401);
    expect((await rest.ask('DELETE', '/api/v1/session')).status).toBe(204);
    expect((await rest.ask('GET', '/api/v1/session')).status).toBe(200);
  });

  it('of ADMIN_TOKEN ends when the settings have another one', async () => {
    const cookie = cookieOf(await signIn({ token: ADMIN_TOKEN }));
    const other = await startRestApp({ ADMIN_TOKEN: 'another-administrator-0123456789abcdef' }, [], rest.test);
    try {
      expect((await other.ask('GET', '/api/v1/session', { token: null, headers: { cookie } })).status).toBe(401);
    } finally {
      await other.close();
    }
  });

  it('of a token lasts no longer than the token', async () => {
    const { token, expiresAt } = (
      await rest.ask('POST', '/api/v1/tokens', { body: { name: 'x', role: 'ranger', expiresInDays: 1 } })
    ).json;
    const { until } = (await signIn({ token })).json;
    expect(Math.abs(Date.parse(until) - Date.parse(expiresAt))).toBeLessThan(5_000);
  });
});

describe('the first sign-in', () => {
  let test: TestDatabase;
  let rest: RestApp;
  beforeEach(async () => {
    test = await createTestDatabase();
    rest = await startRestApp({ ADMIN_TOKEN: '' }, [], test);
  });
  afterEach(async () => {
    await rest.close();
    await test.drop();
  });

  it('is by a link that is good once, its code where no server log sees it', async () => {
    const tokens = rest.app.get(TokenService);
    const first = await tokens.signInLink('http://127.0.0.1:3000/');
    const second = await tokens.signInLink('http://127.0.0.1:3000');
    const link = /^http:\/\/127\.0\.0\.1:3000\/#sign-in=(cw_[\w-]{43})$/.exec(first ?? '');
    expect(link).not.toBeNull();
    const answer = await rest.ask('POST', '/api/v1/session', { token: null, body: { code: link![1] } });
    expect(answer.json).toMatchObject({ name: 'administrator', role: 'admin' });
    const cookie = cookieOf(answer);
    const made = await rest.ask('POST', '/api/v1/tokens', {
      token: null,
      headers: { cookie, origin: `http://127.0.0.1:${rest.port}` },
      body: { name: 'my own', role: 'admin' },
    });
    expect(made.status).toBe(201);
    for (const spent of [link![1], second!.split('=')[1]])
      expect((await rest.ask('POST', '/api/v1/session', { token: null, body: { code: spent } })).status).toBe(401);
    expect(await tokens.signInLink('http://127.0.0.1:3000')).toBeNull();
  });

  it('is offered again when nobody is an administrator any more', async () => {
    const tokens = rest.app.get(TokenService);
    const { id } = await tokens.create({ name: 'x', role: 'admin' });
    await tokens.create({ name: 'x', role: 'ranger' });
    expect(await tokens.signInLink('http://127.0.0.1:3000')).toBeNull();
    await tokens.revoke(id);
    expect(await tokens.signInLink('http://127.0.0.1:3000')).not.toBeNull();
  });
});
