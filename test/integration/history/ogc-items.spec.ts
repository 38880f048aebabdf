import type { RestApp } from '../../support/rest-app.ts';
import { startReserve, storeFixes, visitId } from './ogc-reserve.ts';

interface Feature {
  id: string;
  geometry: { type: string; coordinates: unknown } | null;
  properties: Record<string, unknown>;
}

describe('OGC API – Features: the features', () => {
  let rest: RestApp;
  let ranger: string;
  beforeAll(async () => {
    rest = await startReserve();
    ranger = await rest.tokenFor('ranger');
  });
  afterAll(() => rest.close());

  const ask = (path: string) => rest.ask('GET', `/ogc/collections/${path}`, { token: ranger });
  const ids = async (path: string) => {
    const answer = await ask(path);
    if (answer.status !== 200) throw new Error(answer.text);
    expect(answer.json.numberReturned).toBe(answer.json.features.length);
    return (answer.json.features as Feature[]).map(({ id }) => id);
  };

  it('are GeoJSON, with links, counts and the time of the answer', async () => {
    const answer = await ask('fixes/items?animal=sofia&limit=2');
    expect(answer.headers['content-type']).toMatch(/^application\/geo\+json(;|$)/);
    const { type, features, numberReturned, numberMatched, timeStamp, links } = answer.json;
    expect({ type, numberReturned, numberMatched }).toEqual({
      type: 'FeatureCollection',
      numberReturned: 2,
      numberMatched: undefined,
    });
    expect(Math.abs(Date.parse(timeStamp) - Date.now())).toBeLessThan(60_000);
    expect(features[1]).toEqual({
      type: 'Feature',
      id: 'one@2026-01-01T00:00:00.000Z',
      geometry: { type: 'Point', coordinates: [131.1, 43.1] },
      properties: {
        animal: 'sofia',
        collar: 'one',
        at: '2026-01-01T00:00:00.000Z',
        receivedAt: '2026-01-01T00:01:30.000Z',
        late: false,
        doubts: null,
        altM: null,
        accuracyM: null,
        hdop: 1.4,
        satellites: null,
        speedMps: null,
        headingDeg: null,
        temperatureC: null,
        batteryV: null,
        activity: null,
      },
    });
    const own = `http://127.0.0.1:${rest.port}/ogc/collections/fixes`;
    expect(links).toContainEqual(
      expect.objectContaining({ rel: 'self', href: `${own}/items?animal=sofia&limit=2`, type: 'application/geo+json' }),
    );
    expect(links).toContainEqual(
      expect.objectContaining({
        rel: 'next',
        type: 'application/geo+json',
        href: `${own}/items?animal=sofia&limit=2&after=sofia%40${Date.parse('2026-01-01T00:00:00Z')}`,
      }),
    );
  });

  it('are those fixes that belong to an animal, without doubted ones unless asked', async () => {
    const undoubted = [
      'one@2026-01-05T00:00:00.000Z',
      'one@2008-03-15T12:00:00.001Z',
      'one@2026-01-01T00:00:00.000Z',
      'one@2026-01-02T12:00:00.000Z',
      'two@2026-01-03T00:00:00.000Z',
      'far@2026-01-05T00:00:00.000Z',
      'far@2026-01-06T00:00:00.000Z',
    ];
    expect(await ids('fixes/items')).toEqual(undoubted);
    expect(await ids('fixes/items?doubts=without')).toEqual(undoubted);
    const { json } = await ask('fixes/items?doubts=with&animal=sofia');
    expect(json.numberMatched).toBe(6);
    expect((json.features as Feature[]).map(({ properties }) => properties['doubts'])).toEqual([
      null,
      null,
      'impossible-speed',
      null,
      null,
      'impossible-speed',
    ]);
  });

  it('are asked for by a box, which may cross 180°, and may have heights', async () => {
    expect(await ids('fixes/items?bbox=131,43,131.35,43.4')).toEqual([
      'one@2026-01-01T00:00:00.000Z',
      'one@2026-01-02T12:00:00.000Z',
    ]);
    expect(await ids('fixes/items?bbox=131,43,-100,131.35,43.4,9000')).toHaveLength(2);
    expect(await ids('fixes/items?bbox=131.3,43.3,131.4,43.4')).toEqual([
      'one@2026-01-02T12:00:00.000Z',
      'two@2026-01-03T00:00:00.000Z',
    ]);
    expect(await ids('fixes/items?bbox=179,66,-179,67')).toEqual([
      'far@2026-01-05T00:00:00.000Z',
      'far@2026-01-06T00:00:00.000Z',
    ]);
    expect(await ids('fixes/items?bbox=179.85,66,-179.9,67')).toEqual(['far@2026-01-05T00:00:00.000Z']);
    expect(await ids('fixes/items?bbox=-179,66,179,67')).toEqual([]);
    expect(await ids('animals/items?bbox=179,66,-179,67')).toEqual(['unseen', 'wrangel']);
    expect(await ids('farms/items?bbox=131.7,43.3,131.7,43.3')).toEqual(['olenevod']);
    expect(await ids('farms/items?bbox=-180,65,-179.995,67')).toEqual(['dateline']);
    expect(await ids('farms/items?bbox=131.8,43.3,132,43.4')).toEqual([]);
    expect(await ids('visits/items?bbox=132,42,133,43')).toEqual([visitId(3), visitId(4)]);
  });

  it('are asked for by time: a moment, an interval, one without an end', async () => {
    expect(await ids('fixes/items?datetime=2026-01-02T12:00:00Z')).toEqual(['one@2026-01-02T12:00:00.000Z']);
    expect(await ids('fixes/items?datetime=2026-01-02T21:00:00%2B09:00')).toEqual(['one@2026-01-02T12:00:00.000Z']);
    expect(await ids('fixes/items?datetime=2026-01-02T12:00:00Z/2026-01-03T00:00:00Z')).toEqual([
      'one@2026-01-02T12:00:00.000Z',
      'two@2026-01-03T00:00:00.000Z',
    ]);
    expect(await ids('fixes/items?datetime=../2008-12-31T00:00:00Z')).toEqual(['one@2008-03-15T12:00:00.001Z']);
    expect(await ids('fixes/items?datetime=/2008-12-31T00:00:00Z')).toEqual(['one@2008-03-15T12:00:00.001Z']);
    expect(await ids('fixes/items?datetime=2026-01-06T00:00:00Z/..')).toEqual(['far@2026-01-06T00:00:00.000Z']);
    expect(await ids('fixes/items?datetime=../..')).toHaveLength(7);
    expect(await ids('animals/items?datetime=2026-01-05T00:00:00Z')).toEqual(['leo', 'unseen']);
    expect(await ids('visits/items?datetime=2026-01-01T03:00:00Z')).toEqual([visitId(1)]);
    expect(await ids('visits/items?datetime=2026-01-07T00:00:01Z/..')).toEqual([visitId(3)]);
    expect(await ids('farms/items?datetime=2026-01-07T00:00:01Z')).toHaveLength(3);
  });

  it('are asked for by what they are', async () => {
    expect(await ids('fixes/items?collar=one')).toHaveLength(4);
    expect(await ids('fixes/items?collar=one&animal=leo')).toEqual(['one@2026-01-05T00:00:00.000Z']);
    expect(await ids('fixes/items?animal=nobody')).toEqual([]);
    expect(await ids('animals/items?species=Panthera%20pardus%20orientalis')).toEqual(['sofia']);
    expect(await ids('animals/items?collar=one')).toEqual(['leo']);
    expect(await ids('farms/items?farm=nakhodka')).toEqual(['nakhodka']);
    expect(await ids('visits/items?farm=olenevod')).toEqual([visitId(1)]);
    expect(await ids('visits/items?state=open')).toEqual([visitId(3)]);
    expect(await ids('visits/items?animal=leo&peak=close')).toEqual([visitId(3)]);
  });

  it('refuses what it cannot read, and says what it expected', async () => {
    const wrong: [string, string][] = [
      ['bbox=1,2,3', 'bbox'],
      ['bbox=1,2,3,x', 'bbox'],
      ['bbox=1,2,3,4,5', 'bbox'],
      ['bbox=1,40,3,30', 'bbox'],
      ['bbox=-190,0,10,10', 'bbox'],
      ['bbox=500000,4800000,510000,4810000', 'bbox'],
      ['bbox=1e999,0,1,1', 'bbox'],
      ['bbox=', 'bbox'],
      ['bbox=1,2,3,4&bbox=1,2,3,4', 'bbox'],
      ['datetime=yesterday', 'datetime'],
      ['datetime=2026-01-01', 'datetime'],
      ['datetime=2026-01-01T00:00:00', 'datetime'],
      ['datetime=..', 'datetime'],
      ['datetime=', 'datetime'],
      ['datetime=2026-01-02T00:00:00Z/2026-01-01T00:00:00Z', 'datetime'],
      ['datetime=../../..', 'datetime'],
      ['limit=0', 'limit'],
      ['limit=-1', 'limit'],
      ['limit=ten', 'limit'],
      ['limit=1.5', 'limit'],
      ['after=somewhere', 'after'],
      ['after=sofia@99999999999999999', 'after'],
      ['doubts=maybe', 'doubts'],
      ['animal=', 'animal'],
      ['farm=olenevod', 'farm'],
    ];
    for (const [query, field] of wrong) {
      const answer = await ask(`fixes/items?${query}`);
      expect([query, answer.status, answer.json.errors?.[0]?.field]).toEqual([query, 400, field]);
      expect(answer.headers['content-type']).toMatch('application/problem+json');
    }
    expect((await ask('visits/items?after=sofia@1')).status).toBe(400);
  });

  it('takes a limit beyond the most for the most', async () => {
    expect(await ids('fixes/items?limit=99999999')).toHaveLength(7);
  });

  it.each(['animals', 'farms', 'fixes', 'visits'])(
    'comes page by page along the links, each of %s once',
    async (collection) => {
      const whole = await ids(`${collection}/items`);
      for (const limit of [1, 2, 3]) {
        const seen: string[] = [];
        let next: string | undefined = `/ogc/collections/${collection}/items?limit=${limit}`;
        while (next !== undefined) {
          const { json } = await rest.ask('GET', next, { token: ranger });
          const features = json.features as Feature[];
          expect(features.length).toBeGreaterThan(0);
          seen.push(...features.map(({ id }) => id));
          const link = (json.links as { rel: string; href: string }[]).find(({ rel }) => rel === 'next');
          next = link && new URL(link.href).pathname + new URL(link.href).search;
        }
        expect([limit, seen]).toEqual([limit, whole]);
      }
    },
  );

  it('comes page by page out of a box too, by time', async () => {
    const box = 'bbox=130,40,-170,70';
    const whole = await ids(`fixes/items?${box}`);
    expect(whole).toEqual([
      'one@2008-03-15T12:00:00.001Z',
      'one@2026-01-01T00:00:00.000Z',
      'one@2026-01-02T12:00:00.000Z',
      'two@2026-01-03T00:00:00.000Z',
      'one@2026-01-05T00:00:00.000Z',
      'far@2026-01-05T00:00:00.000Z',
      'far@2026-01-06T00:00:00.000Z',
    ]);
    const seen: string[] = [];
    for (let next: string | undefined = `/ogc/collections/fixes/items?limit=2&${box}`; next !== undefined;) {
      const { json } = await rest.ask('GET', next, { token: ranger });
      seen.push(...(json.features as Feature[]).map(({ id }) => id));
      next = (json.links as { rel: string; href: string }[])
        .find(({ rel }) => rel === 'next')
        ?.href.replace(/^http:\/\/[^/]+/, '');
    }
    expect(seen).toEqual(whole);
    expect(await ids(`fixes/items?${box}&collar=one&animal=sofia`)).toHaveLength(3);
    expect(await ids(`fixes/items?${box}&collar=none`)).toEqual([]);
    expect(await ids(`fixes/items?${box}&animal=nobody`)).toEqual([]);
    expect(await ids(`fixes/items?${box}&datetime=2026-01-05T00:00:00Z`)).toHaveLength(2);
    expect(await ids(`fixes/items?${box}&doubts=with`)).toHaveLength(8);
    for (const after of ['x', 'sofia@1', '1_nobody', '99999999999999999_one'])
      expect((await ask(`fixes/items?${box}&after=${after}`)).status).toBe(400);
  });

  it('moves nothing from page to page while fixes arrive', async () => {
    const first = await ask('fixes/items?animal=sofia&limit=2');
    await storeFixes(rest, [{ collar: 'one', at: '2020-01-01T00:00:00Z', lat: 43.5, lon: 131.5 }]);
    const next = (first.json.links as { rel: string; href: string }[]).find(({ rel }) => rel === 'next')!;
    const second = await rest.ask('GET', next.href.replace(/^http:\/\/[^/]+/, ''), { token: ranger });
    expect((second.json.features as Feature[]).map(({ id }) => id)).toEqual([
      'one@2026-01-02T12:00:00.000Z',
      'two@2026-01-03T00:00:00.000Z',
    ]);
    await rest.test.database.client.$executeRaw`DELETE FROM fix WHERE at = '2020-01-01T00:00:00Z'`;
  });

  it('are had one by one, by ids that stay', async () => {
    for (const collection of ['animals', 'farms', 'fixes', 'visits']) {
      const { json } = await ask(`${collection}/items`);
      for (const feature of json.features as Feature[]) {
        const one = await ask(`${collection}/items/${encodeURIComponent(feature.id)}`);
        expect(one.headers['content-type']).toMatch(/^application\/geo\+json(;|$)/);
        const { links, ...rest } = one.json as Feature & { links: { rel: string; href: string }[] };
        expect(rest).toEqual(feature);
        expect(links.map(({ rel }) => rel)).toEqual(['self', 'collection']);
      }
    }
    const doubted = await ask('fixes/items/one@2026-01-02T00:00:00.000Z');
    expect(doubted.json.properties.doubts).toBe('impossible-speed');
  });

  it('knows nothing of features that are not there, or not to be seen', async () => {
    for (const path of [
      'animals/items/nobody',
      'farms/items/gone',
      'fixes/items/one',
      'fixes/items/one@2026-01-01T00:00:01.000Z',
      'fixes/items/one@2026-01-01T00:00:00Z',
      'fixes/items/two@2026-01-02T23:59:59.999Z',
      'fixes/items/@2026-01-01T00:00:00.000Z',
      'fixes/items/%00@2026-01-01T00:00:00.000Z',
      `visits/items/${visitId(2)}`,
      `visits/items/${visitId(5)}`,
      'visits/items/1',
    ])
      expect([path, (await ask(path)).status]).toEqual([path, 404]);
  });

  it('shows animals where they were last seen, visits with the border of their farm', async () => {
    const { json } = await ask('animals/items');
    expect(json.numberMatched).toBe(4);
    const [leo, , unseen] = json.features as Feature[];
    expect(leo).toMatchObject({
      geometry: { type: 'Point', coordinates: [132, 44] },
      properties: { name: 'Leo "the second"', species: null, collar: 'one', at: '2026-01-05T00:00:00.000Z' },
    });
    expect(unseen).toMatchObject({ geometry: null, properties: { at: null, collar: null } });
    const visits = (await ask('visits/items')).json;
    expect(visits.numberMatched).toBe(3);
    const farm = (await ask('farms/items/olenevod')).json;
    expect(visits.features[0]).toMatchObject({
      geometry: farm.geometry,
      properties: {
        animal: 'sofia',
        farm: 'olenevod',
        state: 'closed',
        closestM: 132.4,
        closedAt: '2026-01-01T06:00:00.000Z',
      },
    });
    expect(visits.features[2]).toMatchObject({ geometry: null, properties: { farm: 'gone' } });
  });
});
