import { gzipSync } from 'node:zlib';
import { type ImportsApp, movebank, startImportsApp, walk } from './imports-app.ts';

const REFERENCE = `tag-id,animal-id,animal-taxon,deploy-on-date,deploy-off-date,animal-sex,tag-manufacturer-name
REF1,Bella,Puma concolor,2012-01-01 00:00:00.000,2012-01-01 05:00:00.000,f,Lotek
`;

let app: ImportsApp;
beforeAll(async () => {
  app = await startImportsApp({ IMPORT_MAX_BYTES: '200000' });
});
afterAll(() => app.close());

const nothing = { animal: 0, collar: 0, deployment: 0, fix: 0 };
const present = async () => ({
  animal: await app.count('animal'),
  collar: await app.count('collar'),
  deployment: await app.count('deployment'),
  fix: await app.count('fix'),
});

describe('checking a file', () => {
  it('stores nothing, says what is missing, and refuses to be started', async () => {
    const { status, json } = await app.send(movebank(walk(5)));
    expect(status).toBe(202);
    const checked = await app.after(json.id as string, 'received');
    expect(checked).toMatchObject({ state: 'checked', dryRun: true });
    expect(checked.report!.missing).toEqual([
      'collar T1 (line 2) is not registered',
      'animal F1 (line 2) is not registered',
    ]);
    const refused = await app.ask('POST', `/api/v1/imports/${json.id}/start`);
    expect([refused.status, refused.json.type]).toEqual([409, '/problems/import-incomplete']);
    expect(await present()).toEqual(nothing);
    const picture = await app.ask('GET', `/api/v1/imports/${json.id}/picture.svg`);
    expect(picture.headers['content-type']).toBe('image/svg+xml; charset=utf-8');
    expect(picture.text).toMatch(/^<svg .*<title>F1<\/title>.*<\/svg>\n$/s);
  });

  it('makes nothing of the registry when a part of it cannot be: a tag on two animals at once', async () => {
    const rows = [...walk(5), ...walk(5, '2008-03-01T01:00:00.000Z', { animal: 'F2' })];
    const job = await app.imported(movebank(rows));
    expect(job.state).toBe('failed');
    expect(job.problem).toMatch(
      /^nothing was imported: Two deployments overlap: f1 with collar T1 .*f2 with collar T1/,
    );
    expect(await present()).toEqual(nothing);
  });

  it.each([
    ['nothing at all', 'hello', /./],
    [
      'a file whose packing is cut off',
      gzipSync(movebank(walk(50)))
        .subarray(0, 300)
        .toString('latin1'),
      /./,
    ],
  ])('imports nothing of %s, and says why', async (_, text, why) => {
    const job = await app.imported(text);
    expect(job.state).toBe('failed');
    expect(job.problem).toMatch(why);
    expect(await present()).toEqual(nothing);
  });

  it('refuses what is too long, empty, no file, or wrongly asked, and keeps nothing of it', async () => {
    const before = (await app.ask('GET', '/api/v1/imports')).json.items.length as number;
    const statuses = [
      await app.send('x'.repeat(200_001)),
      await app.send(''),
      await app.ask('POST', '/api/v1/imports', { body: { a: 1 } }),
      await app.ask('POST', '/api/v1/imports?dryRun=perhaps', { headers: { 'content-type': 'text/csv' }, body: 'x' }),
      await app.ask('POST', '/api/v1/imports?columns=%7B', { headers: { 'content-type': 'text/csv' }, body: 'x' }),
      await app.ask('POST', '/api/v1/farms', { headers: { 'content-type': 'text/csv' }, body: 'x' }),
    ].map(({ status }) => status);
    expect(statuses.slice(0, 5)).toEqual([413, 400, 400, 400, 400]);
    expect([404, 405, 415]).toContain(statuses[5]);
    expect((await app.ask('GET', '/api/v1/imports')).json.items).toHaveLength(before);
  });

  it('is for administrators alone', async () => {
    for (const role of ['ranger', 'researcher', 'farmer']) {
      const token = await app.tokenFor(role, role === 'farmer' ? ['olenevod'] : undefined);
      const asked = await app.ask('POST', '/api/v1/imports', {
        token,
        headers: { 'content-type': 'text/csv' },
        body: 'x',
      });
      expect([asked.status, (await app.ask('GET', '/api/v1/imports', { token })).status]).toEqual([403, 403]);
    }
  });

  it('takes who wore what from reference data, to the end that it names', async () => {
    const sent = await app.send(movebank(walk(14, '2012-01-01T00:00:00.000Z', { tag: 'REF1', animal: 'Bella' })));
    const id = sent.json.id as string;
    await app.after(id, 'received');
    const given = await app.ask('PUT', `/api/v1/imports/${id}/reference`, {
      headers: { 'content-type': 'text/csv' },
      body: REFERENCE,
    });
    expect(given.status).toBe(202);
    const checked = await app.after(id, 'received');
    expect(checked.report).toMatchObject({ missing: [], withoutAnimal: 4, fixes: 14 });
    expect(checked.report!.creates.deployments).toEqual([
      { animal: 'bella', collar: 'REF1', from: '2012-01-01T00:00:00.000Z', to: '2012-01-01T05:00:00.000Z' },
    ]);
    await app.ask('POST', `/api/v1/imports/${id}/start`);
    expect(await app.after(id, 'running')).toMatchObject({ state: 'done', progress: { stored: 14 } });
    expect((await app.ask('GET', '/api/v1/animals/bella')).json).toMatchObject({
      species: 'Puma concolor',
      sex: 'female',
    });
    expect((await app.ask('GET', '/api/v1/animals/bella/fixes')).json.items).toHaveLength(10);
  });
});
