import type { RestApp } from '../../support/rest-app.ts';
import { startReserve } from './ogc-reserve.ts';

interface Link {
  href: string;
  rel: string;
  type: string;
}
const CRS84 = 'http://www.opengis.net/def/crs/OGC/1.3/CRS84';

describe('OGC API – Features: what it says of itself', () => {
  let rest: RestApp;
  let researcher: string;
  beforeAll(async () => {
    rest = await startReserve();
    researcher = await rest.tokenFor('researcher');
  });
  afterAll(() => rest.close());

  const ask = (path: string, headers: Record<string, string> = {}) =>
    rest.ask('GET', path, { token: researcher, headers });
  const linkOf = (document: { links: Link[] }, rel: string) => document.links.find((link) => link.rel === rel);

  it.each(['/ogc', '/api/v1/ogc'])(
    'begins at %s with links to all the rest, at the address that was asked',
    async (root) => {
      const answer = await ask(root);
      expect(answer.status).toBe(200);
      expect(answer.headers['content-type']).toMatch(/^application\/json(;|$)/);
      expect(answer.headers['cache-control']).toBe('no-store');
      const base = `http://127.0.0.1:${rest.port}${root}`;
      expect(linkOf(answer.json, 'self')).toMatchObject({ href: base, type: 'application/json' });
      expect(linkOf(answer.json, 'service-desc')).toMatchObject({
        href: `${base}/api`,
        type: 'application/vnd.oai.openapi+json;version=3.0',
      });
      expect(linkOf(answer.json, 'conformance')).toMatchObject({
        href: `${base}/conformance`,
        type: 'application/json',
      });
      expect(linkOf(answer.json, 'data')).toMatchObject({ href: `${base}/collections`, type: 'application/json' });
    },
  );

  it('follows the host that the client used, and believes nobody else about it', async () => {
    const named = await ask('/ogc', {
      host: 'park.example:8443',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
    });
    expect(linkOf(named.json, 'data')?.href).toBe('http://park.example:8443/ogc/collections');
    const broken = await ask('/ogc', { host: 'park.example/"><script>' });
    expect(broken.status).toBe(400);
  });

  it('says which parts of the standard are met', async () => {
    const { json } = await ask('/ogc/conformance');
    expect(json).toEqual({
      conformsTo: ['core', 'oas30', 'geojson'].map(
        (part) => `http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/${part}`,
      ),
    });
  });

  it('describes itself in OpenAPI 3.0, every path of which answers', async () => {
    const answer = await ask('/ogc/api');
    expect(answer.headers['content-type']).toMatch(/^application\/vnd\.oai\.openapi\+json; ?version="?3\.0"?(;|$)/);
    const { openapi, servers, paths, components } = answer.json;
    expect(openapi).toMatch(/^3\.0\./);
    expect(servers).toEqual([{ url: `http://127.0.0.1:${rest.port}/ogc` }]);
    expect(components.parameters.limit.schema).toEqual({
      type: 'integer',
      minimum: 1,
      maximum: 10_000,
      default: 1_000,
    });
    const statuses = await Promise.all(
      Object.keys(paths as object).map(async (path) => [path, (await ask(`/ogc${path === '/' ? '' : path}`)).status]),
    );
    expect(statuses.filter(([path, status]) => status !== 200 && !String(path).includes('{featureId}'))).toEqual([]);
    expect(statuses).toHaveLength(16);
    const references = [...answer.text.matchAll(/"\$ref":"#\/components\/(\w+)\/(\w+)"/g)];
    expect(references.length).toBeGreaterThan(20);
    expect(references.filter(([, kind, name]) => components[kind!]?.[name!] === undefined)).toEqual([]);
  });

  it('lists its collections with where and when their features are', async () => {
    const { json, headers } = await ask('/ogc/collections');
    expect(headers['content-type']).toMatch(/^application\/json(;|$)/);
    const collections = json.collections as {
      id: string;
      crs: string[];
      links: Link[];
      extent: { spatial?: { bbox: number[][] }; temporal?: object };
    }[];
    expect(collections.map(({ id }) => id)).toEqual(['animals', 'farms', 'fixes', 'visits']);
    expect(collections.map(({ crs }) => crs)).toEqual(Array(4).fill([CRS84]));
    for (const { id, links } of collections)
      expect(links).toContainEqual(
        expect.objectContaining({
          rel: 'items',
          type: 'application/geo+json',
          href: `http://127.0.0.1:${rest.port}/ogc/collections/${id}/items`,
        }),
      );
    const [animals, farms, fixes, visits] = collections;
    expect(animals!.extent).toMatchObject({
      spatial: { bbox: [[131.4, 43.4, -179.8, 66.2]], crs: CRS84 },
      temporal: { interval: [['2026-01-03T00:00:00.000Z', '2026-01-06T00:00:00.000Z']] },
    });
    expect(farms!.extent.temporal).toBeUndefined();
    expect(fixes!.extent).toMatchObject({
      spatial: { bbox: [[131.09375, 43.09375, -179.78125, 66.21875]] },
      temporal: { interval: [['2008-03-15T12:00:00.001Z', '2026-01-06T00:00:00.000Z']] },
    });
    expect(visits!.extent).toMatchObject({
      spatial: farms!.extent.spatial,
      temporal: { interval: [['2026-01-01T00:00:00.000Z', null]] },
    });
    const alone = await ask('/ogc/collections/farms');
    expect(alone.json).toEqual(farms);
  });

  it('knows no other collection', async () => {
    for (const path of ['/ogc/collections/alerts', '/ogc/collections/alerts/items', '/ogc/collections/x/items/y']) {
      const answer = await ask(path);
      expect([path, answer.status, answer.json.type]).toEqual([path, 404, '/problems/unknown-collection']);
    }
  });

  it('refuses parameters that it does not know, on every page', async () => {
    const pages = [
      '',
      '/api',
      '/conformance',
      '/collections',
      '/collections/farms',
      '/collections/farms/items/olenevod',
    ];
    const items = ['animals', 'farms', 'fixes', 'visits'].map((id) => `/collections/${id}/items`);
    for (const page of [...pages, ...items]) {
      const answer = await ask(`/ogc${page}?colour=red`);
      expect([page, answer.status, answer.json.errors]).toEqual([
        page,
        400,
        [{ field: 'colour', expected: 'no such field' }],
      ]);
      expect((await ask(`/ogc${page}?f=json`)).status).toBe(200);
      expect((await ask(`/ogc${page}?f=html`)).status).toBe(400);
    }
  });

  it('is for those who may see positions', async () => {
    const farmer = await rest.tokenFor('farmer', ['olenevod']);
    for (const page of [
      '',
      '/api',
      '/conformance',
      '/collections',
      '/collections/visits/items',
      '/collections/farms/items/olenevod',
    ]) {
      expect((await rest.ask('GET', `/ogc${page}`, { token: farmer })).status).toBe(403);
      expect((await rest.ask('GET', `/ogc${page}`, { token: null })).status).toBe(401);
    }
  });
});

describe('OGC API – Features behind a proxy', () => {
  let rest: RestApp;
  beforeAll(async () => {
    rest = await startReserve({ TRUSTED_PROXIES: '127.0.0.1' });
  });
  afterAll(() => rest.close());

  it('has links to where the client came from', async () => {
    const headers = { 'x-forwarded-host': 'evil.example, park.example', 'x-forwarded-proto': 'https' };
    const { json } = await rest.ask('GET', '/ogc/collections/farms', { headers });
    expect(json.links[0].href).toBe('https://park.example/ogc/collections/farms');
  });
});
