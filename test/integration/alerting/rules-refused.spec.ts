import { RulesApp } from './rules-app.ts';

let app: RulesApp;
beforeAll(async () => {
  app = await RulesApp.start();
});
afterAll(() => app.rest.close());

describe('PUT /rules/{name}', () => {
  it.each<[string, object, string, RegExp]>([
    ['an impossible value', { settings: { lowV: -1 } }, 'settings.lowV', /./],
    ['a text for a number', { settings: { lowV: '3' } }, 'settings.lowV', /number/],
    ['a setting that there is not', { settings: { lowVolts: 3 } }, 'settings.lowVolts', /no such field/],
    ['settings that contradict each other', { settings: { lowV: 3 } }, 'settings.emptyV', /less than lowV/],
    ['settings that look back too far', { settings: { overH: 2_161 } }, 'settings', /90 days/],
    ['settings that are a list', { settings: [] }, 'settings', /record|object/],
    ['settings with what cannot be stored', { settings: { lowV: '\u0000' } }, 'settings.lowV', /NUL/],
    [
      'a wrong setting of an override',
      { overrides: [{ animals: ['sofia'], settings: { emptyV: 9 } }] },
      'overrides[0].settings.emptyV',
      /./,
    ],
    [
      'the second override, by its number',
      {
        overrides: [
          { animals: ['leo'], settings: {} },
          { groups: ['females'], settings: { missed: 3 } },
        ],
      },
      'overrides[1].settings.missed',
      /no such field/,
    ],
    [
      'overrides that cannot hold together',
      {
        settings: {},
        overrides: [
          { animals: ['sofia'], settings: { lowV: 3.2 } },
          { groups: ['females'], settings: { emptyV: 3.3 } },
        ],
      },
      'overrides[1].settings.emptyV',
      /less than lowV, where overrides\[0\] holds too/,
    ],
    [
      'an unknown animal',
      { overrides: [{ animals: ['sofia', 'nobody'], enabled: false }] },
      'overrides[0].animals[1]',
      /an animal that is registered/,
    ],
    ['an unknown collar', { overrides: [{ collars: ['1'], enabled: false }] }, 'overrides[0].collars[0]', /a collar/],
    ['an unknown group', { overrides: [{ groups: ['males'], enabled: false }] }, 'overrides[0].groups[0]', /a group/],
    [
      'a farm, for a rule about animals',
      { overrides: [{ farms: ['olenevod'], enabled: false }] },
      'overrides[0].farms',
      /about each animal/,
    ],
    ['an id that is none', { overrides: [{ animals: ['../x'], enabled: false }] }, 'overrides[0].animals[0]', /an id/],
    ['an empty list', { overrides: [{ animals: [], enabled: false }] }, 'overrides[0].animals', /./],
    ['an override for everybody', { overrides: [{ enabled: false }] }, 'overrides[0]', /one of animals/],
    ['an override that says nothing', { overrides: [{ animals: ['sofia'] }] }, 'overrides[0]', /enabled or settings/],
    ['a field that there is not', { enable: true, settings: {} }, 'enable', /no such field/],
    ['enabled by a word', { enabled: 'yes' }, 'enabled', /boolean/],
    ['nothing', {}, 'the whole', /a field to change/],
    ['a version that is none', { enabled: true, version: 1.5 }, 'version', /int/],
    ['a time without an offset', { rejudgeFrom: '2026-01-01T00:00:00' }, 'rejudgeFrom', /offset/],
    ['a time to come', { rejudgeFrom: '2100-01-01T00:00:00Z' }, 'rejudgeFrom', /has been/],
  ])('refuses %s, and names it', async (_, body, field, expected) => {
    const before = (await app.get('/test-voltage')).json;
    const answer = await app.put('test-voltage', body);
    expect(answer.status).toBe(422);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.json.errors[0].field).toBe(field);
    expect(answer.json.errors[0].expected).toMatch(expected);
    expect((await app.get('/test-voltage')).json).toEqual(before);
    expect(await app.stale()).toEqual([]);
  });

  it('refuses what does not end: a number beyond all, more overrides than anybody reads', async () => {
    const infinite = await app.rest.ask('PUT', '/api/v1/rules/test-voltage', { body: '{"settings":{"overH":1e999}}' });
    expect([infinite.status, infinite.json.errors[0].field]).toEqual([422, 'settings.overH']);
    const many = Array.from({ length: 201 }, () => ({ animals: ['sofia'], enabled: true }));
    expect((await app.put('test-voltage', { overrides: many })).json.errors[0].field).toBe('overrides');
    const together = Array.from({ length: 200 }, (_, n) => ({ animals: ['sofia'], settings: { overH: n + 1 } }));
    const answer = await app.put('test-voltage', { overrides: together });
    expect(answer.json.errors[0]).toMatchObject({ field: 'overrides', expected: expect.stringMatching(/1000 ways/) });
    expect((await app.rest.ask('PUT', '/api/v1/rules/test-voltage', { body: '{' })).status).toBe(400);
    expect((await app.put('absent', { enabled: true })).status).toBe(404);
  });
});
