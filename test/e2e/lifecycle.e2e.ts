import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { ADMIN_TOKEN, dataFolder, eventually, startServer } from '../support/server.ts';

const MAIN = path.resolve(import.meta.dirname, '../../dist/src/main.js');

/** Runs the server until it ends by itself. */
function run(settings: Record<string, string>): Promise<{ code: number | null; out: string; err: string }> {
  const env = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    HTTP_PORT: '0',
    MQTT_PORT: '0',
    ADMIN_TOKEN,
    LOG_LEVEL: 'silent',
    ...settings,
  };
  const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  return new Promise((resolve) => child.once('exit', (code) => resolve({ code, out, err })));
}

/** Pids of Postgres servers whose data lies in a folder, read from the process table. */
function postgresUnder(folder: string): number[] {
  const file = path.join(folder, 'postgres');
  const pidFile = [path.join(file, 'data', 'postmaster.pid'), path.join(file, 'postmaster.pid')].find((place) =>
    existsSync(place),
  );
  if (pidFile === undefined) return [];
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n', 1)[0]);
  return existsSync(`/proc/${pid}`) ? [pid] : [];
}

describe('the process', () => {
  it.each([
    ['HTTP_PORT', 'eighty'],
    ['ADMIN_TOKEN', 'short'],
    ['MQTT_PORT', '99999'],
  ])('does not start with a wrong %s, and says so in one line that names it', async (name, value) => {
    const { code, out, err } = await run({ [name]: value });
    expect(code).toBe(1);
    expect(out).toBe('');
    expect(err.trim().split('\n')).toHaveLength(1);
    expect(err).toContain(name);
    expect(err).not.toContain(value);
  });

  it.each(['HTTP_PORT', 'MQTT_PORT'])(
    'does not start when its %s is taken, says which in one line, and leaves nothing behind',
    async (name) => {
      const taken = net.createServer();
      await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
      const { port } = taken.address() as net.AddressInfo;
      const data = await dataFolder();
      const { code, out, err } = await run({ [name]: String(port), DATA_DIR: data.path });
      expect(code).toBe(1);
      expect(out).toBe('');
      expect(err.trim().split('\n')).toHaveLength(1);
      expect(err).toContain(String(port));
      expect(err).toContain(name);
      expect(postgresUnder(data.path)).toEqual([]);
      taken.close();
      await data.remove();
    },
  );

  it('tells where it is in one line, ends cleanly on SIGTERM and SIGINT with its Postgres, and starts again with what it had', async () => {
    const data = await dataFolder();
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const server = await startServer({ DATA_DIR: data.path, LOG_LEVEL: 'silent' });
      expect(server.output().trim().split('\n')).toEqual([
        `ready ${JSON.stringify({ http: server.http, mqtt: server.mqtt })}`,
      ]);
      if (signal === 'SIGTERM')
        expect((await server.api('PUT', '/reserve', { animals: [{ id: 'sofia', name: 'Sofia' }] })).status).toBe(200);
      expect((await server.api('GET', '/animals/sofia')).json).toMatchObject({ id: 'sofia', name: 'Sofia' });
      expect(postgresUnder(data.path)).toHaveLength(1);
      expect(await server.kill(signal)).toBe(0);
      expect(postgresUnder(data.path)).toEqual([]);
    }
    await data.remove();
  });

  it('started by npm start ends cleanly when npm is told to end', async () => {
    const data = await dataFolder();
    const env = {
      ...process.env,
      DATA_DIR: data.path,
      HTTP_PORT: '0',
      MQTT_PORT: '0',
      ADMIN_TOKEN,
      LOG_LEVEL: 'silent',
    };
    const npm = spawn('npm', ['start', '--silent'], {
      cwd: path.resolve(import.meta.dirname, '../..'),
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    npm.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    await eventually(
      async () => out,
      (text) => text.includes('ready {'),
      25_000,
    );
    npm.kill('SIGTERM');
    expect(await new Promise((resolve) => npm.once('exit', resolve))).toBe(0);
    expect(postgresUnder(data.path)).toEqual([]);
    await data.remove();
  });

  it('without an administrator prints a link that signs in once', async () => {
    const data = await dataFolder();
    const server = await startServer({ DATA_DIR: data.path, ADMIN_TOKEN: undefined });
    const link = await eventually(async () => /http:\S+#sign-in=(\S+)/.exec(server.output())?.[1], Boolean);
    const signIn = () => server.api('POST', '/session', { code: link }, null);
    const first = await signIn();
    expect(first.json).toMatchObject({ role: 'admin' });
    expect(first.headers.get('set-cookie')).toMatch(/HttpOnly.*SameSite=Strict/i);
    expect((await signIn()).status).toBe(401);
    await server.kill('SIGTERM');
    await data.remove();
  });
});

describe('health and metrics', () => {
  it('answer without a token, at the root and under the base, and tell no place and no animal', async () => {
    const data = await dataFolder();
    const server = await startServer({ DATA_DIR: data.path });
    for (const base of ['', '/api/v1']) {
      expect(await fetch(`${server.http}${base}/health/live`).then((answer) => answer.json())).toEqual({
        status: 'ok',
      });
      expect(await fetch(`${server.http}${base}/health/ready`).then((answer) => answer.json())).toMatchObject({
        status: 'ready',
        reasons: [],
      });
      const metrics = await fetch(`${server.http}${base}/metrics`).then((answer) => answer.text());
      expect(metrics).toContain('collarwatch_ingest_fixes_total');
      expect(metrics).not.toMatch(/animal=|serial=|collar=|\blat\b|\blon\b/);
      expect((await fetch(`${server.http}${base}/docs`)).status).toBe(200);
      expect(
        (
          (await fetch(`${server.http}${base}/docs/openapi.json`).then((answer) => answer.json())) as {
            openapi: string;
          }
        ).openapi,
      ).toMatch(/^3/);
    }
    await server.kill('SIGTERM');
    await data.remove();
  });
});

describe('the demo', () => {
  it('fills an empty database, shows an approach and an alert within a minute, and lets the animals walk on at the next start', async () => {
    const data = await dataFolder();
    let server = await startServer({ DATA_DIR: data.path, DEMO: '1' });
    const animals = async () =>
      ((await server.api('GET', '/positions')).json.features as { id: string }[]).map(({ id }) => id);
    await eventually(animals, (ids) => ids.length === 3, 20_000);
    expect((await animals()).sort()).toEqual(['borisych', 'luna', 'sofia']);
    const farms = (await server.api('GET', '/farms')).json.features as { properties: { name: string } }[];
    expect(farms.map(({ properties }) => properties.name).join()).toMatch(/drawn.*drawn/i);
    const open = async () =>
      (await server.api('GET', '/alerts?state=open&animal=sofia')).json.items as { late: boolean; openedAt: string }[];
    const recent = Date.now() - 12 * 3_600_000;
    const [alert] = await eventually(
      open,
      ([first]) => first !== undefined && Date.parse(first.openedAt) > recent,
      75_000,
    );
    expect(alert).toMatchObject({ kind: 'farm-proximity', late: false });
    const { times } = (await server.api('GET', '/animals/sofia/track?gapFactor=none')).json.properties as {
      times: string[];
    };
    expect(Date.parse(times.at(-1)!) - Date.parse(times[0]!)).toBeGreaterThan(29 * 86_400_000);
    expect(await server.kill('SIGTERM')).toBe(0);
    server = await startServer({ DATA_DIR: data.path, DEMO: '1' });
    expect(await animals()).toHaveLength(3);
    expect(server.output()).not.toContain('not empty');
    expect(await server.kill('SIGTERM')).toBe(0);
    await data.remove();
  }, 150_000);
});
