import { RulesApp, sofia } from './rules-app.ts';

let app: RulesApp;
const tokens: Record<string, string> = {};
beforeAll(async () => {
  app = await RulesApp.start();
  for (const role of ['ranger', 'researcher']) tokens[role] = await app.rest.tokenFor(role);
  tokens['farmer'] = await app.rest.tokenFor('farmer', ['olenevod']);
});
afterAll(() => app.rest.close());

describe('GET /rules', () => {
  it('shows every rule as it came: settings filled in, what they can be, and that nobody has set it', async () => {
    const { status, json } = await app.get();
    expect(status).toBe(200);
    expect((json.items as { name: string }[]).map(({ name }) => name)).toEqual(['farm-proximity', 'test-voltage']);
    const [proximity, low] = json.items;
    expect(proximity).toMatchObject({
      about: 'farm',
      levels: ['near', 'close', 'inside'],
      enabled: true,
      settings: { pathMaxH: 6, leaveMarginM: 100, leaveMarginShare: 0.1, errorCapM: 200 },
      overrides: [],
      version: 0,
      by: null,
      at: null,
    });
    expect(proximity.schema.properties.pathMaxH).toMatchObject({ type: 'number', minimum: 0, default: 6 });
    expect(proximity.schema.properties.pathMaxH.description).toMatch(/^Hours\./);
    expect(low).toMatchObject({ about: 'animal', enabled: false, settings: { lowV: 3.4, emptyV: 3.1, overH: 24 } });
    expect((await app.get('/test-voltage')).json).toEqual({ ...low, versions: [] });
  });

  it('is for those who see where farms are', async () => {
    for (const path of ['', '/test-voltage']) {
      const status = async (token: string | null) =>
        (await app.rest.ask('GET', `/api/v1/rules${path}`, { token })).status;
      expect([await status(tokens['ranger']!), await status(tokens['researcher']!)]).toEqual([200, 200]);
      expect([await status(tokens['farmer']!), await status(null)]).toEqual([403, 401]);
    }
  });

  it.each([
    ['/absent', 404],
    ['/NOT-an-id', 400],
    ['/test-voltage?before=0', 400],
    ['/test-voltage?before=x', 400],
    ['/test-voltage?after=1', 400],
  ])('answers %s with %d', async (path, status) => {
    const answer = await app.get(path);
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  });
});

describe('PUT /rules/{name}', () => {
  it('sets a rule for who judges next, at once, and keeps who did it, when, and what was before', async () => {
    const before = app.settings.current;
    let heard = 0;
    const end = app.settings.onChange(() => heard++);
    const version = await app.registryVersion();
    const began = Date.now();
    const first = await app.put('test-voltage', { enabled: true, settings: { lowV: 3.5 } });
    expect(first.status).toBe(200);
    expect(first.json).toMatchObject({ enabled: true, settings: { lowV: 3.5, emptyV: 3.1, overH: 24 }, version: 1 });
    expect(Date.parse(first.json.at)).toBeGreaterThanOrEqual(began);
    expect(app.settings.current).not.toBe(before);
    expect(app.settings.current.rule('test-voltage')!.settingsFor(sofia, '')).toMatchObject({ lowV: 3.5 });
    expect(app.settings.version).toBe(version + 1);
    expect(await app.registryVersion()).toBe(version + 1);
    expect(heard).toBe(1);
    end();

    const second = await app.put('test-voltage', {
      settings: { lowV: 3.6 },
      overrides: [{ animals: ['sofia'], enabled: false }],
    });
    expect(second.json).toMatchObject({ enabled: true, version: 2, by: first.json.by });
    expect(second.json.versions).toEqual([
      {
        version: 2,
        enabled: true,
        settings: { lowV: 3.6 },
        overrides: [{ animals: ['sofia'], enabled: false }],
        by: first.json.by,
        at: second.json.at,
      },
      { version: 1, enabled: true, settings: { lowV: 3.5 }, overrides: [], by: first.json.by, at: first.json.at },
    ]);
    expect((await app.get('/test-voltage?before=2')).json.versions).toEqual([second.json.versions[1]]);
    expect(app.settings.current.rule('test-voltage')!.settingsFor(sofia, '')).toBeUndefined();
    expect(app.settings.current.rule('test-voltage')!.settingsFor({ ...sofia, id: 'leo' }, '')).toMatchObject({
      lowV: 3.6,
    });
    // Another rule is what it was.
    expect((await app.get('/farm-proximity')).json.version).toBe(0);
    expect(await app.stale()).toEqual([{ rule: 'test-voltage', reason: 'rule-disabled', current: true }]);
  });

  it('leaves what it does not name, and makes no version of what changes nothing', async () => {
    const { json: before } = await app.get('/test-voltage');
    const same = await app.put('test-voltage', { enabled: true, overrides: [{ animals: ['sofia'], enabled: false }] });
    expect(same.status).toBe(200);
    expect(same.json).toEqual(before);
    const cleared = await app.put('test-voltage', { overrides: [] });
    expect(cleared.json).toMatchObject({ settings: { lowV: 3.6 }, overrides: [], version: before.version + 1 });
    const replaced = await app.put('test-voltage', { settings: {} });
    expect(replaced.json).toMatchObject({ settings: { lowV: 3.4 }, version: before.version + 2 });
    expect(await app.stale()).toEqual([]);
  });

  it('takes what GET gave', async () => {
    const { json } = await app.get('/test-voltage');
    const { enabled, settings: now, overrides, version } = json;
    const again = await app.put('test-voltage', { enabled, settings: now, overrides, version });
    expect(again.status).toBe(200);
    expect(again.json.settings).toEqual(now);
  });

  it('refuses an edit of a version that is not in force any more', async () => {
    const { version } = (await app.get('/test-voltage')).json;
    expect((await app.put('test-voltage', { settings: { overH: 12 }, version })).json.version).toBe(version + 1);
    const late = await app.put('test-voltage', { settings: { overH: 6 }, version });
    expect(late.status).toBe(409);
    expect(late.json).toMatchObject({ type: '/problems/version-moved', status: 409 });
    expect((await app.get('/test-voltage')).json).toMatchObject({ version: version + 1, settings: { overH: 12 } });
    expect((await app.put('farm-proximity', { settings: {}, version: 3 })).status).toBe(409);
  });

  it('lets one of many through who edit the same version at once, and numbers the others’ in order', async () => {
    const { version } = (await app.get('/test-voltage')).json;
    const racing = await Promise.all(
      Array.from({ length: 8 }, (_, n) => app.put('test-voltage', { settings: { overH: 30 + n }, version })),
    );
    expect(racing.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(7).fill(409)]);
    const free = await Promise.all(
      Array.from({ length: 8 }, (_, n) => app.put('test-voltage', { settings: { overH: 50 + n } })),
    );
    expect(free.map(({ status }) => status)).toEqual(Array<number>(8).fill(200));
    const { versions } = (await app.get('/test-voltage')).json;
    expect((versions as { version: number }[]).map((one) => one.version)).toEqual(
      Array.from({ length: version + 9 }, (_, n) => version + 9 - n),
    );
  });

  it('is for administrators', async () => {
    for (const role of ['ranger', 'researcher', 'farmer'])
      expect((await app.put('test-voltage', { enabled: true }, tokens[role])).status).toBe(403);
  });

  it('takes farms and areas where the rule is about them', async () => {
    const farm = { farms: ['olenevod'], settings: { leaveMarginM: 300 } };
    expect((await app.put('farm-proximity', { overrides: [farm] })).json).toMatchObject({
      version: 1,
      overrides: [farm],
    });
    const area = await app.put('farm-proximity', { overrides: [{ areas: ['border'], settings: {} }] });
    expect(area.json.errors).toEqual([
      { field: 'overrides[0].areas', expected: expect.stringMatching(/about each farm/) },
    ]);
    const unknown = await app.put('farm-proximity', { overrides: [{ farms: ['olenevod', 'gone'], settings: {} }] });
    expect(unknown.json.errors[0].field).toBe('overrides[0].farms[1]');
    expect(app.settings.current.rule('farm-proximity')!.settingsFor(sofia, 'olenevod')).toMatchObject({
      leaveMarginM: 300,
    });
  });
});
