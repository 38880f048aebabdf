import { setTimeout as sleep } from 'node:timers/promises';
import { RuleSettings } from '../../../src/alerting/rule-settings.service.ts';
import { CollarDirectory } from '../../../src/registry/collar-directory.ts';
import { startRestApp } from '../../support/rest-app.ts';
import { RulesApp, RulesModule, sofia } from './rules-app.ts';

let app: RulesApp;
beforeAll(async () => {
  app = await RulesApp.start();
});
afterAll(() => app.rest.close());

describe('an edit of a rule', () => {
  it('judges anew from a moment on when asked: every animal that wore a collar since and was ever heard', async () => {
    await app.stale();
    await app.put('test-voltage', { settings: { overH: 13 }, rejudgeFrom: '2026-01-20T00:00:00+03:00' });
    const since = new Date('2026-01-19T21:00:00Z');
    const row = (animal: string, from = since) => ({
      animal_id: animal,
      since: from,
      reason: 'rule-edited',
      current: true,
    });
    // "new" has never been heard; what nobody reported cannot be judged.
    expect(await app.stale()).toEqual([row('leo'), row('sofia')]);
    // What changes nothing may still be judged anew; leo wore no collar any more.
    const { version } = (await app.get('/test-voltage')).json;
    const again = await app.put('test-voltage', { rejudgeFrom: '2026-02-01T00:00:00Z' });
    expect(again.json.version).toBe(version);
    expect(await app.stale()).toEqual([row('sofia', new Date('2026-02-01T00:00:00Z'))]);
    expect((await app.put('test-voltage', { rejudgeFrom: '0000-01-01T00:00:00Z' })).status).toBe(200);
    expect(await app.stale()).toEqual([row('leo', new Date(0)), row('sofia', new Date(0))]);
  });

  it('tells that a rule was turned off, with what was stale by it, in the edit’s own transaction', async () => {
    await app.put('test-voltage', { enabled: true });
    await app.stale();
    await app.put('test-voltage', { enabled: false, rejudgeFrom: '2026-02-01T00:00:00Z' });
    expect(await app.stale()).toMatchObject([
      { animal_id: 'sofia', reason: 'rule-edited', current: true },
      { rule: 'test-voltage', reason: 'rule-disabled', current: true },
    ]);
    await app.put('test-voltage', { enabled: true });
    expect(await app.stale()).toEqual([]);
  });
});

describe('RuleSettings', () => {
  it('hears within a second and some of an edit that another process made, and keeps its book where farms alone were edited', async () => {
    const { client } = app.rest.test.database;
    const book = app.settings.current;
    await client.$executeRaw`UPDATE registry_version SET version = version + 1`;
    await app.rest.app.get(CollarDirectory).refresh();
    expect(await app.settings.inStep()).toBe(book);
    expect(app.settings.version).toBe(await app.registryVersion());
    await client.$transaction([
      client.$executeRaw`UPDATE registry_version SET version = version + 1`,
      client.$executeRaw`INSERT INTO rule_setting SELECT rule, max(version) + 1, true, '{"overH":7}', '[]', 'another', now()
        FROM rule_setting WHERE rule = 'test-voltage' GROUP BY rule`,
    ]);
    for (const began = Date.now(); app.settings.current === book && Date.now() - began < 3_000;) await sleep(20);
    expect(app.settings.current.rule('test-voltage')!.settingsFor(sofia, '')).toMatchObject({ overH: 7 });
  });

  it('goes by a rule’s defaults where what was stored is not accepted any more, and forgets rules that are no more', async () => {
    const { client } = app.rest.test.database;
    await client.$transaction([
      client.$executeRaw`UPDATE registry_version SET version = version + 1`,
      client.$executeRaw`INSERT INTO rule_setting SELECT rule, max(version) + 1, true, '{"lowV":-5}', '[]', 'an older program', now()
        FROM rule_setting WHERE rule = 'test-voltage' GROUP BY rule`,
      client.$executeRaw`INSERT INTO rule_setting VALUES ('removed', 1, true, '{}', '[]', 'an older program', now())`,
    ]);
    const { json, status } = await app.get();
    expect(status).toBe(200);
    expect(json.items).toHaveLength(2);
    expect(json.items[1]).toMatchObject({ enabled: true, settings: { lowV: 3.4 }, by: 'an older program' });
    expect(app.settings.current.rule('test-voltage')!.settingsFor(sofia, '')).toMatchObject({ lowV: 3.4 });
    expect((await app.put('test-voltage', { settings: {} })).status).toBe(200);
  });

  it('has what is stored when it begins', async () => {
    await app.put('farm-proximity', { overrides: [{ farms: ['olenevod'], settings: { leaveMarginM: 300 } }] });
    const other = await startRestApp({}, [RulesModule], app.rest.test);
    try {
      expect(other.app.get(RuleSettings).current.rule('farm-proximity')!.settingsFor(sofia, 'olenevod')).toMatchObject({
        leaveMarginM: 300,
      });
    } finally {
      await other.close();
    }
  });
});
