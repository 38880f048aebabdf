import type { IncomingMessage } from 'node:http';
import { Admissions } from '../../../src/access/admissions.ts';
import { TokenService } from '../../../src/access/token.service.ts';
import { digestOf } from '../../../src/access/credential.ts';
import { startRestApp, type RestApp } from '../../support/rest-app.ts';

describe('tokens', () => {
  let rest: RestApp;
  let tokens: TokenService;
  beforeEach(async () => {
    rest = await startRestApp();
    tokens = rest.app.get(TokenService);
  });
  afterEach(() => rest.close());
  const make = (body: object) => rest.ask('POST', '/api/v1/tokens', { body });
  const who = (token: string) => rest.ask('GET', '/api/v1/session', { token });

  it('are shown once, listed without their text, and stored as digests', async () => {
    const made = await make({ name: 'map of the station', role: 'ranger' });
    expect(made.status).toBe(201);
    expect(made.json).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      token: expect.stringMatching(/^cw_[\w-]{43}$/),
      name: 'map of the station',
      role: 'ranger',
      farms: [],
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      expiresAt: null,
      revokedAt: null,
    });
    const { token, ...listed } = made.json as { token: string };
    expect((await rest.ask('GET', '/api/v1/tokens')).json).toEqual({ items: [listed] });
    const rows = await rest.test.database.client.$queryRaw<{ text: string; digest: Uint8Array }[]>`
      SELECT access_token::text AS text, digest FROM access_token`;
    expect(rows[0]?.text).not.toContain(token.slice(3));
    expect(Buffer.from(rows[0]!.digest)).toEqual(digestOf(token));
    expect((await who(token)).json).toEqual({ name: 'map of the station', role: 'ranger', farms: [], until: null });
  });

  it('bind a farmer to farms, and nobody else', async () => {
    expect((await make({ name: 'x', role: 'farmer' })).json.errors).toEqual([
      { field: 'farms', expected: 'the ids of the farmer’s farms, one at least' },
    ]);
    expect((await make({ name: 'x', role: 'ranger', farms: ['olenevod'] })).status).toBe(422);
    expect((await make({ name: 'x', role: 'collar' })).status).toBe(422);
    expect((await make({ name: 'x', role: 'ranger', admin: true })).status).toBe(422);
    const farmer = await make({ name: 'x', role: 'farmer', farms: ['olenevod'], expiresInDays: 1 });
    const { farms, until } = (await who(farmer.json.token)).json;
    expect(farms).toEqual(['olenevod']);
    expect(Date.parse(until) - Date.now()).toBeGreaterThan(86_300_000);
    expect(until).toBe(farmer.json.expiresAt);
  });

  it('end at once where they are revoked, with what was made from them', async () => {
    const { id, token } = (await make({ name: 'x', role: 'ranger' })).json;
    const session = (await rest.ask('POST', '/api/v1/session', { token: null, body: { token } })).headers[
      'set-cookie'
    ]?.[0];
    const cookie = session!.split(';')[0]!;
    const { ticket } = (await rest.ask('POST', '/api/v1/live/ticket', { token })).json;
    expect((await rest.ask('GET', '/api/v1/session', { token: null, headers: { cookie } })).status).toBe(200);
    const told: string[] = [];
    tokens.onRevoked((principalId) => told.push(principalId));
    expect((await rest.ask('DELETE', `/api/v1/tokens/${id}`)).status).toBe(204);
    expect(told).toContain(id);
    expect(told.length).toBeGreaterThanOrEqual(2);
    const refused = await who(token);
    expect(refused.status).toBe(401);
    expect(refused.headers['www-authenticate']).toBe('Bearer realm="collarwatch", error="invalid_token"');
    expect(refused.json.type).toBe('/problems/unknown-credential');
    expect((await rest.ask('GET', '/api/v1/session', { token: null, headers: { cookie } })).status).toBe(401);
    expect(await tokens.redeemTicket(ticket)).toBeNull();
    expect((await rest.ask('DELETE', '/api/v1/tokens/00000000-0000-4000-8000-000000000000')).status).toBe(404);
    expect((await rest.ask('DELETE', '/api/v1/tokens/x')).status).toBe(400);
  });

  it('end within five seconds in another process, sockets too', async () => {
    const replica = await startRestApp({}, [], rest.test);
    try {
      const { id, token } = (await make({ name: 'x', role: 'ranger' })).json;
      expect((await replica.ask('GET', '/api/v1/session', { token })).status).toBe(200);
      const told = new Promise<void>((resolve) => {
        replica.app.get(TokenService).onRevoked((principalId) => {
          if (principalId === id) resolve();
        });
      });
      const began = Date.now();
      await rest.ask('DELETE', `/api/v1/tokens/${id}`);
      await told;
      expect(Date.now() - began).toBeLessThan(5_000);
      expect((await replica.ask('GET', '/api/v1/session', { token })).status).toBe(401);
    } finally {
      await replica.close();
    }
  }, 15_000);

  it('end by themselves, and who holds a socket hears of it', async () => {
    const made = await tokens.create({ name: 'x', role: 'ranger', expiresInDays: 1.2 / 86_400 });
    const told = new Promise<void>((resolve) => {
      tokens.onRevoked((principalId) => {
        if (principalId === made.id) resolve();
      });
    });
    expect((await who(made.token)).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 1_300));
    expect((await who(made.token)).status).toBe(401);
    await told;
  }, 10_000);

  it('open one websocket by a ticket, for whom it was made, once', async () => {
    const { id, token } = (await make({ name: 'x', role: 'farmer', farms: ['olenevod'] })).json;
    const answer = await rest.ask('POST', '/api/v1/live/ticket', { token });
    expect(answer.status).toBe(201);
    expect(answer.json).toEqual({ ticket: expect.stringMatching(/^cw_/), expiresInS: 30 });
    const { ticket } = answer.json;
    expect((await who(ticket)).status).toBe(401);
    const twice = await Promise.all([tokens.redeemTicket(ticket), tokens.redeemTicket(ticket)]);
    const [admission] = twice.filter((one) => one !== null);
    expect(twice.filter((one) => one !== null)).toHaveLength(1);
    expect(admission?.principal).toMatchObject({ id, role: 'farmer', farms: ['olenevod'] });
    const late = (await rest.ask('POST', '/api/v1/live/ticket', { token })).json.ticket;
    await rest.test.database.client.$executeRaw`UPDATE access_token SET expires_at = now() WHERE kind = 'ticket'`;
    expect(await tokens.redeemTicket(late)).toBeNull();
  });

  it('of the settings is an administrator, and its tickets are too', async () => {
    const { ticket } = (await rest.ask('POST', '/api/v1/live/ticket')).json;
    expect((await tokens.redeemTicket(ticket))?.principal).toMatchObject({ id: 'admin-token', role: 'admin' });
    expect(await tokens.signInLink('http://127.0.0.1:3000')).toBeNull();
  });

  it('are forgotten when they have long ended, but for those of programs', async () => {
    const { token } = (await make({ name: 'x', role: 'ranger', expiresInDays: 5 })).json;
    await rest.ask('POST', '/api/v1/live/ticket', { token });
    await rest.ask('POST', '/api/v1/session', { token: null, body: { token } });
    await rest.test.database.client.$executeRaw`UPDATE access_token SET expires_at = now() - interval '2 days'`;
    const { TokenStore } = await import('../../../src/access/token.store.ts');
    await rest.app.get(TokenStore, { strict: false }).prune();
    const kinds = await rest.test.database.client.$queryRaw<{ kind: string }[]>`SELECT kind FROM access_token`;
    expect(kinds).toEqual([{ kind: 'token' }]);
  });

  it('are looked at no more than so often from one address, unless they were good before', async () => {
    await rest.close();
    rest = await startRestApp({ TRUSTED_PROXIES: '127.0.0.1', AUTH_MAX_FAILURES_PER_MINUTE: '5' });
    const from = (address: string, token: string) =>
      rest.ask('GET', '/api/v1/session', { token, headers: { 'x-forwarded-for': address } });
    const good = await rest.tokenFor('ranger');
    expect((await from('203.0.113.1', good)).status).toBe(200);
    const statuses = await Promise.all(
      Array.from({ length: 12 }, (_, i) => from('203.0.113.1', `cw_guess_number_${i}`)),
    );
    expect(statuses.filter(({ status }) => status === 401)).toHaveLength(5);
    const refused = statuses.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(7);
    expect(refused[0]?.headers['retry-after']).toBe('60');
    expect((await from('203.0.113.1', good)).status).toBe(200);
    expect((await from('203.0.113.2', 'cw_guess_number_1')).status).toBe(401);
    const fresh = await rest.tokenFor('ranger');
    expect((await from('203.0.113.1', fresh)).status).toBe(429);
    expect((await from('203.0.113.2', fresh)).status).toBe(200);
  });
});

describe('Admissions at the upgrade of a websocket', () => {
  let rest: RestApp;
  beforeAll(async () => {
    rest = await startRestApp({ ALLOWED_ORIGINS: 'https://map.reserve.example' });
  });
  afterAll(() => rest.close());

  const admit = (url: string, headers: Record<string, string>) => {
    const asked = { url, headers, socket: { remoteAddress: '127.0.0.1' } } as unknown as IncomingMessage;
    return rest.app.get(Admissions).admit(asked, 'socket');
  };

  it('lets in by bearer token, by ticket, and by cookie with an allowed origin', async () => {
    const token = await rest.tokenFor('ranger');
    expect((await admit('/live', { authorization: `Bearer ${token}` })).principal.role).toBe('ranger');
    const { ticket } = (await rest.ask('POST', '/api/v1/live/ticket', { token })).json;
    expect((await admit(`/live?ticket=${ticket}`, {})).principal.role).toBe('ranger');
    await expect(admit(`/live?ticket=${ticket}`, {})).rejects.toMatchObject({ status: 401 });
    const signedIn = await rest.ask('POST', '/api/v1/session', { token: null, body: { token } });
    const cookie = signedIn.headers['set-cookie']![0]!.split(';')[0]!;
    const host = 'watch.example';
    for (const origin of ['https://watch.example', 'https://map.reserve.example'])
      expect((await admit('/live', { cookie, host, origin })).principal.role).toBe('ranger');
    for (const origin of ['https://evil.example', 'null'])
      await expect(admit('/live', { cookie, host, origin })).rejects.toMatchObject({ status: 403 });
    await expect(admit('/live', { cookie, host })).rejects.toMatchObject({ status: 403 });
    await expect(admit(`/live?token=${token}`, {})).rejects.toMatchObject({ status: 401 });
    await expect(admit('/live', { authorization: 'Basic eDp5' })).rejects.toMatchObject({ status: 401 });
  });

  it('takes no ticket for REST', async () => {
    const { ticket } = (await rest.ask('POST', '/api/v1/live/ticket')).json;
    expect((await rest.ask('GET', `/api/v1/session?ticket=${ticket}`, { token: null })).status).toBe(401);
  });
});
