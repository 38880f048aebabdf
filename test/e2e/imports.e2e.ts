import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describeWithRealData } from '../support/real-data.ts';
import { ADMIN_TOKEN, dataFolder, eventually, startServer, type TestServer } from '../support/server.ts';

const COMMAND = path.resolve(import.meta.dirname, '../../dist/src/imports/import-command.js');
const ROWS = 12_000;

interface Run {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/** The command as `npm run import -- …` runs it. */
function importCommand(server: TestServer, ...args: string[]): Promise<Run> {
  const env = { PATH: process.env['PATH'], ADMIN_TOKEN };
  return new Promise((resolve) => {
    execFile(process.execPath, [COMMAND, ...args, '--url', server.http], { env }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, error: err }),
    );
  });
}

describe('imports', () => {
  it('survive a kill -9 of the server: the file goes on, and each of its rows is stored once', async () => {
    const data = await dataFolder();
    let server = await startServer({ DATA_DIR: data.path });
    const file = path.join(data.path, 'walk.csv');
    await writeFile(file, walk());
    const text = await readFile(file);
    const sent = await fetch(`${server.http}/api/v1/imports?create=true&dryRun=false&name=walk.csv`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'text/csv' },
      body: text,
    });
    expect(sent.status).toBe(202);
    const { id } = (await sent.json()) as { id: string };
    const read = async () => (await server.api('GET', `/imports/${id}`)).json as { state: string; progress: Progress };
    await eventually(read, ({ progress }) => progress.stored > 0, 60_000);
    await server.kill('SIGKILL');
    server = await startServer({ DATA_DIR: data.path });
    const done = await eventually(read, ({ state }) => state !== 'running', 60_000);
    expect(done).toMatchObject({ state: 'done', progress: { rows: ROWS, resumed: 1, bad: 0, conflicts: 0 } });
    const { stored, duplicates } = done.progress;
    expect(stored + duplicates).toBe(ROWS);
    const { json } = await server.api('GET', '/animals/walker/fixes?limit=10000');
    const rest = await server.api('GET', `/animals/walker/fixes?limit=10000&after=${encodeURIComponent(json.next)}`);
    const times = [...json.items, ...rest.json.items].map(({ at }: { at: string }) => at);
    expect([times.length, new Set(times).size]).toEqual([ROWS, ROWS]);
    expect(await server.kill('SIGTERM')).toBe(0);
    await data.remove();
  }, 180_000);

  describeWithRealData('movebank-sample-cougar-coyote', (folder) => {
    const gps = path.join(folder, 'gps-data.csv');
    const reference = path.join(folder, 'reference-data.csv');

    it('go from the command line: checked, refused, stored with reference data, and nothing added again', async () => {
      const data = await dataFolder();
      const server = await startServer({ DATA_DIR: data.path });
      const refused = await importCommand(server, gps);
      expect(refused.code).toBe(1);
      expect(refused.out).toContain('30 rows: 30 fixes');
      expect(refused.error.trim().split('\n')).toEqual([
        expect.stringContaining('nothing was imported: collar F53 (line 2) is not registered'),
      ]);
      const picture = path.join(data.path, 'tracks.svg');
      const checked = await importCommand(server, gps, '--reference', reference, '--picture', picture);
      expect([checked.code, checked.out]).toEqual([0, expect.stringContaining('makes 3 deployments')]);
      expect(await readFile(picture, 'utf8')).toContain('<title>F53</title>');
      expect((await server.api('GET', '/animals')).json.items).toEqual([]);

      const stored = await importCommand(server, gps, '--reference', reference, '--yes');
      expect(stored).toEqual({
        code: 0,
        out: expect.stringContaining('done: 30 fixes stored, 0 were there'),
        error: expect.any(String),
      });
      const deployments = (await server.api('GET', '/deployments?animal=f53')).json.items as object[];
      expect(deployments).toMatchObject([
        { collar: 'F53', from: '2014-02-11T00:00:00.000Z', to: '2014-11-05T23:59:00.000Z' },
      ]);
      const fixes = (await server.api('GET', '/animals/f53/fixes')).json.items as object[];
      expect(fixes[0]).toMatchObject({ at: '2014-02-11T21:35:42.000Z', lat: 38.2853475, lon: -112.0255436 });
      const again = await importCommand(server, gps, '--yes');
      expect([again.code, again.out]).toEqual([0, expect.stringContaining('done: 0 fixes stored, 30 were there')]);

      const nowhere = await importCommand(server, path.join(folder, 'absent.csv'));
      expect([nowhere.code, nowhere.error]).toEqual([1, expect.stringContaining('there is no such file')]);
      expect(await server.kill('SIGTERM')).toBe(0);
      await data.remove();
    }, 120_000);
  });
});

interface Progress {
  readonly stored: number;
  readonly duplicates: number;
}

function walk(): string {
  const rows = Array.from({ length: ROWS }, (_, i) => {
    const at = new Date(Date.UTC(2009, 0, 1) + i * 1_800_000).toISOString().replace('T', ' ').replace('Z', '');
    return `${i},true,${at},${(131 + Math.sin(i / 50) / 100).toFixed(6)},${(43 + i / 1e6).toFixed(6)},gps,W1,Walker`;
  });
  const header =
    'event-id,visible,timestamp,location-long,location-lat,sensor-type,tag-local-identifier,individual-local-identifier';
  return [header, ...rows, ''].join('\n');
}
