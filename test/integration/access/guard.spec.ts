import { Controller, Get, Module, Post } from '@nestjs/common';
import { connect } from 'node:net';
import { Allow, Public } from '../../../src/access/allow.ts';
import { auditRoutes } from '../../../src/access/route-audit.ts';
import { withoutPosition } from '../../../src/access/visibility.ts';
import { startRestApp, type RestApp } from '../../support/rest-app.ts';

@Controller('probe')
class ProbeController {
  @Get('forgotten')
  forgotten() {
    return { secret: 'nobody may read this' };
  }

  @Get('public')
  @Public()
  open() {
    return withoutPosition({ hello: 'everybody' });
  }

  @Get('rangers')
  @Allow('ranger', 'admin')
  rangers() {
    return withoutPosition({ hello: 'rangers' });
  }

  @Get('fails')
  @Public()
  fails() {
    if (Date.now() > 0) throw new Error('password hunter2 at 43.123456');
    return withoutPosition({});
  }

  @Post('echo')
  @Public()
  echo() {
    return withoutPosition({ heard: true });
  }
}

@Module({ controllers: [ProbeController] })
class ProbeModule {}

describe('the guard and the problems', () => {
  let rest: RestApp;
  const roles: Record<string, string> = {};
  beforeAll(async () => {
    rest = await startRestApp({}, [ProbeModule]);
    for (const role of ['ranger', 'researcher', 'admin']) roles[role] = await rest.tokenFor(role);
    roles['farmer'] = await rest.tokenFor('farmer', ['olenevod']);
  });
  afterAll(() => rest.close());

  const get = (path: string, token: string | null) => rest.ask('GET', path, { token });

  it('closes a route that says nothing to everybody', async () => {
    for (const token of [null, ...Object.values(roles)]) {
      const answer = await get('/api/v1/probe/forgotten', token);
      expect(answer.json).toMatchObject({ status: 403, type: '/problems/forbidden' });
    }
    expect(auditRoutes(rest.app).filter(({ open }) => open === null)).toEqual([
      { handler: 'ProbeController.forgotten', method: 'GET', path: '/probe/forgotten', open: null },
    ]);
  });

  it('opens a route to the roles that it names', async () => {
    const path = '/api/v1/probe/rangers';
    const statuses = await Promise.all(
      [null, roles['farmer'], roles['researcher'], roles['ranger'], roles['admin']].map((token) =>
        get(path, token ?? null),
      ),
    );
    expect(statuses.map(({ status }) => status)).toEqual([401, 403, 403, 200, 200]);
    expect(statuses[0]?.headers['www-authenticate']).toBe('Bearer realm="collarwatch"');
    expect((await get('/api/v1/probe/public', null)).json).toEqual({ hello: 'everybody' });
  });

  it.each(['bearer', 'Bearer', 'Bearer ', 'Basic YTpi', 'Bearer a b', 'Token x', `Bearer ${'x'.repeat(10_000)}`])(
    'does not take %p for a credential',
    async (authorization) => {
      const answer = await rest.ask('GET', '/api/v1/probe/rangers', { token: null, headers: { authorization } });
      expect(answer.status).toBe(401);
    },
  );

  it('answers whatever happens as a problem without its inside', async () => {
    const answer = await get('/api/v1/probe/fails', null);
    expect(answer.status).toBe(500);
    expect(answer.json).toEqual({
      type: '/problems/internal',
      title: 'Internal Server Error',
      status: 500,
      detail: expect.any(String),
      instance: expect.stringMatching(/^urn:uuid:[0-9a-f-]{36}$/),
    });
    expect(answer.text).not.toMatch(/hunter2|43\.1/);
  });

  const post = (body: string, headers = {}) => rest.ask('POST', '/api/v1/probe/echo', { token: null, body, headers });
  it.each([
    ['a wrong address', () => get('/api/v1/nothing/here', null), 404, 'unknown-address'],
    ['an address outside', () => get('/etc/passwd', null), 404, 'unknown-address'],
    ['a wrong method', () => rest.ask('DELETE', '/api/v1/probe/echo', { token: null }), 405, 'method-not-allowed'],
    ['broken JSON', () => post('{"a":'), 400, 'malformed-request'],
    ['a poisoned prototype', () => post('{"__proto__":{"admin":true}}'), 400, 'malformed-request'],
    ['a long body', () => post(JSON.stringify('x'.repeat(300_000))), 413, 'too-large'],
    ['a body that is text', () => post('x', { 'content-type': 'text/plain' }), 415, 'unsupported-media-type'],
    [
      'a form',
      () => post('a=b', { 'content-type': 'application/x-www-form-urlencoded' }),
      415,
      'unsupported-media-type',
    ],
    ['a broken address', () => get('/api/v1/farms/%zz', null), 400, 'malformed-request'],
    ['an endless part of an address', () => get(`/api/v1/farms/${'x'.repeat(5_000)}`, null), 414, 'address-too-long'],
  ])('answers %s with its own problem', async (_, ask, status, code) => {
    const answer = await ask();
    expect(answer.json).toMatchObject({
      status,
      type: `/problems/${code}`,
      title: expect.any(String),
      detail: expect.any(String),
    });
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  });

  it('tells the methods that an address knows', async () => {
    const answer = await rest.ask('DELETE', '/api/v1/farms', {});
    expect(answer.status).toBe(405);
    expect(answer.headers['allow']).toBe('GET, HEAD');
  });

  it('answers what is no HTTP at all', async () => {
    const text = await new Promise<string>((resolve, reject) => {
      const socket = connect(rest.port, '127.0.0.1', () => socket.write('NO SUCH THING\r\n\r\n'));
      const chunks: Buffer[] = [];
      socket.on('data', (chunk: Buffer) => chunks.push(chunk));
      socket.on('end', () => resolve(Buffer.concat(chunks).toString()));
      socket.on('error', reject);
    });
    expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\nContent-Type: application\/problem\+json/);
  });

  it('lets nobody keep an answer, frame a page or read it from elsewhere', async () => {
    const { headers } = await get('/api/v1/probe/public', null);
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['vary']).toBe('authorization, cookie');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(headers['access-control-allow-origin']).toBeUndefined();
    expect(headers['x-powered-by']).toBeUndefined();
  });

  it('answers 503 while the database is away, and recovers by itself', async () => {
    await rest.test.database.stop();
    const away = await get('/api/v1/farms', roles['ranger']!);
    expect(away.json).toMatchObject({ status: 503, type: '/problems/database-away' });
    expect(away.headers['retry-after']).toBe('2');
    await rest.test.database.start();
    expect((await get('/api/v1/farms', roles['ranger']!)).status).toBe(200);
  });
});
