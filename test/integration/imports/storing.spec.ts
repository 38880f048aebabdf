import { Imports } from '../../../src/imports/imports.service.ts';
import { aFarm, FARM_AT, northOfFarm } from '../../factories/reserve.ts';
import { type ImportsApp, movebank, startImportsApp, walk } from './imports-app.ts';

const WEEKS_1024_MS = 1_024 * 7 * 86_400_000;

let app: ImportsApp;
beforeAll(async () => {
  app = await startImportsApp();
});
afterAll(() => app.close());

const fixesOf = async (animal: string) => {
  const { json } = await app.ask('GET', `/api/v1/animals/${animal}/fixes?limit=1000`);
  return (json as { items: { at: string; doubts: string[]; late: boolean; receivedAt?: string }[] }).items;
};

describe('storing a file', () => {
  it('makes animal, collar and deployment, keeps every row, and adds nothing the second time', async () => {
    const rows = [
      ...walk(30, '2008-03-01T00:00:00.000Z', { tag: 'Т-7', animal: 'Жучка' }),
      { at: '2008-03-02T00:00:00.000Z', lon: '', lat: '', tag: 'Т-7', animal: 'Жучка' },
      { at: '2008-03-02T01:00:00.000Z', lon: 'east', lat: 43, tag: 'Т-7', animal: 'Жучка' },
      { at: '2008-03-02T02:00:00.000Z', lon: 131, lat: 43.0001, tag: 'Т-7', animal: 'Жучка', visible: false },
    ];
    const file = movebank(rows);
    const before = { animals: await app.count('animal'), letters: await app.count('dead_letter') };
    const first = await app.imported(file, { name: 'gps.csv' });
    expect(first).toMatchObject({ state: 'done', problem: null, name: 'gps.csv', by: 'administrator' });
    expect(first.progress).toMatchObject({ rows: 33, stored: 31, attempts: 1, bad: 1, duplicates: 0, conflicts: 0 });
    expect(first.report).toMatchObject({
      rows: 33,
      fixes: 31,
      attempts: 1,
      bad: 1,
      animals: 1,
      doubts: { 'marked-outlier': 1 },
      creates: { animals: [{ id: 'zhuchka', name: 'Жучка' }], collars: [{ serial: 'T-7' }] },
    });
    const stored = await fixesOf('zhuchka');
    expect(stored).toHaveLength(31);
    expect(stored.at(-1)).toMatchObject({ at: '2008-03-02T02:00:00.000Z', doubts: ['marked-outlier'] });

    const counts = async () =>
      Promise.all(
        (['fix', 'dead_letter', 'animal', 'collar', 'deployment', 'batch'] as const).map((table) => app.count(table)),
      );
    const after = await counts();
    expect(await app.count('animal')).toBe(before.animals + 1);
    expect(await app.count('dead_letter')).toBe(before.letters + 1);
    const again = await app.imported(file, { name: 'gps.csv' });
    expect(again.progress).toMatchObject({ stored: 0, duplicates: 31, bad: 1, conflicts: 0 });
    expect(again.report).toMatchObject({
      duplicates: 31,
      conflicts: 0,
      creates: { animals: [], collars: [], deployments: [] },
    });
    expect(await counts()).toEqual(after);
  });

  it('keeps what was there, and what contradicts it as a dead letter, once', async () => {
    const rows = walk(10, '2009-01-01T00:00:00.000Z', { tag: 'C1', animal: 'Conflict' });
    await app.imported(movebank(rows));
    const letters = await app.count('dead_letter');
    const other = movebank(rows.map((row, index) => (index === 4 ? { ...row, lon: 131.5 } : row)));
    for (const round of [1, 2]) {
      const job = await app.imported(other, { name: `round-${round}.csv` });
      expect(job.progress).toMatchObject({ stored: 0, duplicates: 9, conflicts: 1 });
      expect(job.report).toMatchObject({ duplicates: 9, conflicts: 1 });
      const { json } = await app.ask('GET', `/api/v1/imports/${job.id}/problems`);
      expect(json).toMatchObject({ items: [{ line: 6, kind: 'conflict' }], next: null });
      expect(await app.count('dead_letter')).toBe(letters + 1);
    }
    const letter = (await app.ask('GET', '/api/v1/dead-letters?limit=1')).json.items[0];
    expect(letter).toMatchObject({ door: 'import', serial: 'C1', reason: 'conflict' });
    expect((await app.ask('POST', `/api/v1/dead-letters/${letter.id}/retry`)).status).toBe(409);
  });

  it('does not take a study of exactly 1,024 weeks ago for a wrapped week counter, but doubts a time that is yet to come', async () => {
    const weeksAgo = new Date(Date.now() - WEEKS_1024_MS).toISOString();
    const ahead = new Date(Date.now() + 86_400_000).toISOString();
    const rows = [
      ...walk(3, weeksAgo, { tag: 'W1', animal: 'Week' }),
      ...walk(1, ahead, { tag: 'W1', animal: 'Week' }),
    ];
    const job = await app.imported(movebank(rows));
    expect(job.report).toMatchObject({ doubts: { 'future-time': 1 } });
    const { client } = app.test.database;
    const doubted = await client.$queryRaw<{ n: number }[]>`
      SELECT count(*)::integer AS n FROM fix JOIN collar ON collar.id = collar_id WHERE serial = 'W1' AND doubts <> 0`;
    expect(doubted[0]!.n).toBe(1);
  });

  it('tells of a visit of 2008 late, so that nobody is woken', async () => {
    await app.ask('PUT', '/api/v1/farms/olenevod', { body: aFarm() });
    const near = [5_000, 1_500, 1_200, 6_000, 7_000].map((metres, i) => ({
      at: new Date(Date.UTC(2008, 4, 1, i * 2)).toISOString(),
      ...northOfFarm(metres, FARM_AT),
      tag: 'V1',
      animal: 'Visitor',
    }));
    await app.imported(movebank(near));
    const alerts = async () =>
      (await app.ask('GET', '/api/v1/alerts?animal=visitor')).json.items as { id: string; late: boolean }[];
    let found = await alerts();
    for (let tries = 0; found.length === 0 && tries < 200; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      found = await alerts();
    }
    expect(found).toMatchObject([{ kind: 'farm-proximity', state: 'closed', late: true }]);
    const { json } = await app.ask('GET', `/api/v1/alerts/${found[0]!.id}`);
    const changes = json.changes as { change: string; late: boolean }[];
    expect(changes.map(({ change }) => change)).toEqual(['opened', 'closed']);
    expect(changes.every(({ late }) => late)).toBe(true);
  });

  it('goes on where it was when the server stopped, and stores each row once', async () => {
    const rows = walk(8_000, '2010-01-01T00:00:00.000Z', { tag: 'R1', animal: 'Resumed' });
    const { json } = await app.send(movebank(rows), { create: 'true', dryRun: 'false' });
    const imports = app.app.get(Imports);
    const before = await app.count('fix');
    for (;;) {
      const { progress } = await imports.find(json.id as string);
      if (progress.stored > 0) break;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await imports.stop();
    const halfway = await imports.find(json.id as string);
    expect(halfway.state).toBe('running');
    expect(halfway.progress.rows).toBeLessThan(8_000);
    expect((await app.send('x')).status).toBe(503);
    await imports.start();
    const done = await app.after(json.id as string, 'running');
    expect(done).toMatchObject({ state: 'done', progress: { rows: 8_000, resumed: 1 } });
    expect(await app.count('fix')).toBeGreaterThanOrEqual(before);
    expect((await fixesCount('R1')).n).toBe(8_000);
  });

  it('ends when it is cancelled; what was stored stays, and it says so', async () => {
    const rows = walk(12_000, '2011-01-01T00:00:00.000Z', { tag: 'K1', animal: 'Cancelled' });
    const { json } = await app.send(movebank(rows), { create: 'true', dryRun: 'false' });
    const id = json.id as string;
    for (;;) {
      const { progress } = await app.app.get(Imports).find(id);
      if (progress.stored > 0) break;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect((await app.ask('DELETE', `/api/v1/imports/${id}`)).status).toBe(409);
    const cancelled = await app.ask('POST', `/api/v1/imports/${id}/cancel`);
    expect(cancelled.status).toBe(200);
    const { state, problem, progress } = cancelled.json as {
      state: string;
      problem: string;
      progress: { stored: number };
    };
    expect(state).toBe('cancelled');
    expect(problem).toContain(`the ${progress.stored} fixes that were stored stay`);
    expect(progress.stored).toBeLessThan(12_000);
    expect((await fixesCount('K1')).n).toBe(progress.stored);
    expect((await app.ask('POST', `/api/v1/imports/${id}/start`)).status).toBe(409);
    expect((await app.ask('DELETE', `/api/v1/imports/${id}`)).status).toBe(204);
    expect((await app.ask('GET', `/api/v1/imports/${id}`)).status).toBe(404);
  });
});

async function fixesCount(serial: string): Promise<{ n: number }> {
  const [row] = await app.test.database.client.$queryRaw<{ n: number }[]>`
    SELECT count(*)::integer AS n FROM fix JOIN collar ON collar.id = collar_id WHERE serial = ${serial}`;
  return row!;
}
