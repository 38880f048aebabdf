import { execFile } from 'node:child_process';
import path from 'node:path';
import { createBareDatabase } from '../support/database.ts';
import { startServer, type TestServer } from '../support/server.ts';

const COMMAND = path.resolve(import.meta.dirname, '../../dist/src/access/token-command.js');

describe('npm run token', () => {
  let database: Awaited<ReturnType<typeof createBareDatabase>>;
  let server: TestServer;
  beforeAll(async () => {
    database = await createBareDatabase();
    server = await startServer({ DATABASE_URL: database.url, ADMIN_TOKEN: undefined });
  });
  afterAll(async () => {
    await server.kill('SIGTERM');
    await database.drop();
  });

  const run = (...args: string[]) =>
    new Promise<{ code: number; out: string; aside: string }>((resolve) => {
      const env = { PATH: process.env['PATH'], DATABASE_URL: database.url };
      execFile(process.execPath, [COMMAND, ...args], { env }, (error, out, aside) => {
        resolve({ code: error ? Number(error.code) : 0, out, aside });
      });
    });
  const session = (token: string) => server.api('GET', '/session', undefined, token);

  it('makes a token that a running server knows, lists it and revokes it', async () => {
    const made = await run(
      'create',
      '--name',
      'the map',
      '--role',
      'farmer',
      '--farms',
      'olenevod,second',
      '--expires-in-days',
      '2',
    );
    expect(made).toMatchObject({ code: 0, out: expect.stringMatching(/^cw_[\w-]{43}\n$/) });
    const token = made.out.trim();
    expect((await session(token)).json).toMatchObject({
      name: 'the map',
      role: 'farmer',
      farms: ['olenevod', 'second'],
    });
    const listed = await run('list');
    const [id = '', role, state] = listed.out.split('\t');
    expect([role, state]).toEqual(['farmer', expect.stringMatching(/^until \d{4}-/)]);
    expect(made.aside).toContain(id);
    expect(listed.out).not.toContain(token.slice(3));
    expect((await run('revoke', id)).code).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    expect((await session(token)).status).toBe(401);
    expect((await run('list')).out).toContain('\trevoked ');
  }, 60_000);

  it.each([
    [[], 'npm run token -- create'],
    [['create', '--name', 'x'], '--role: expected'],
    [['create', '--name', 'x', '--role', 'farmer'], '--farms: expected the ids'],
    [['create', '--name', 'x', '--role', 'admin', '--for', 'ever'], "Unknown option '--for'"],
    [['create', '--name', 'x', '--role', 'admin', '--expires-in-days', 'two'], '--expires-in-days: expected'],
    [['revoke', 'x'], 'there is no token x'],
    [['revoke', '00000000-0000-4000-8000-000000000000'], 'there is no token'],
  ])(
    'says what is wrong with %j',
    async (args, message) => {
      const { code, out, aside } = await run(...args);
      expect({ code, out }).toEqual({ code: 1, out: '' });
      expect(aside).toContain(message);
    },
    30_000,
  );
});
