import type { Answer, RestApp } from '../../support/rest-app.ts';
import { startReserve } from './ogc-reserve.ts';

/*
 * What the OAPIF provider of QGIS asks for, in its order, and what it takes from each answer, by the facts of its sources
 * (src/providers/wfs/oapif of QGIS 3.44 and 4): the landing page, the description for the greatest `limit` and the queryables,
 * the collection, the conformance, ten features for the table's columns and the kind of geometry, OPTIONS for what may be edited, one
 * feature for the count, then pages of the window by `next`.
 */

interface Link {
  href: string;
  rel: string;
  type?: string;
}
interface Queryable {
  name?: string;
  in?: string;
  style?: string;
  explode?: boolean;
  schema?: { type?: string };
}
interface Description {
  components: { parameters: Record<string, Queryable & { schema: { maximum: number; default: number } }> };
  paths: Record<string, { get: { parameters: (Queryable & { $ref?: string })[] } }>;
}
interface Page {
  features: { id: string; geometry: { type: string } | null; properties: Record<string, unknown> }[];
  links: Link[];
  numberMatched?: number;
}

/** The link of a relation: the first of the type that is liked best, else the first. */
function linkOf({ links }: { links: Link[] }, rel: string, type?: string): string {
  const found = links.filter((link) => link.rel === rel);
  return (found.find((link) => link.type === type) ?? found[0])?.href ?? '';
}

class Qgis {
  readonly asked: string[] = [];

  constructor(
    private readonly rest: RestApp,
    private readonly token: string,
  ) {}

  /** Opens a layer and loads what a window shows. */
  async open(url: string, layer: string, window: string) {
    const landing = (await this.get(url, 'application/json')).json as { links: Link[] };
    const apiUrl = linkOf(landing, 'service-desc', 'application/vnd.oai.openapi+json;version=3.0');
    const [collectionsUrl = ''] = linkOf(landing, 'data', 'application/json').split('?');
    const conformanceUrl = linkOf(landing, 'conformance');
    const api = (await this.get(apiUrl, 'application/vnd.oai.openapi+json;version=3.0, application/json'))
      .json as Description;
    const { maximum, default: usual } = api.components.parameters['limit']!.schema;
    const pageSize = Math.min(Math.max(1_000, usual), maximum);
    const collection = (await this.get(`${collectionsUrl}/${layer}`, 'application/json')).json as {
      extent: { spatial: { bbox: number[][] } };
    };
    const conformance = (await this.get(conformanceUrl, 'application/json')).json as { conformsTo: string[] };
    const items = `${collectionsUrl}/${layer}/items`;
    const sample = await this.page(`${items}?limit=10`);
    const options = await this.ask('OPTIONS', items, '*/*');
    const count = (await this.page(`${items}?limit=1`)).numberMatched;
    const features: Page['features'] = [];
    for (let next = `${items}?limit=${pageSize}&bbox=${window}`; next !== '';) {
      const page = await this.page(next);
      if (page.features.length === 0) break;
      features.push(...page.features);
      next = linkOf(page, 'next', 'application/geo+json');
    }
    return {
      queryables: queryablesOf(api, layer),
      pageSize,
      collection,
      conformance,
      sample,
      options,
      count,
      features,
    };
  }

  private async page(url: string): Promise<Page> {
    return (await this.get(url, 'application/geo+json, application/json')).json as Page;
  }

  private async get(url: string, accept: string): Promise<Answer> {
    const answer = await this.ask('GET', url, accept);
    if (answer.status !== 200) throw new Error(`${url}: ${answer.text}`);
    return answer;
  }

  private ask(method: string, url: string, accept: string): Promise<Answer> {
    const { host, pathname, search } = new URL(url);
    expect(host).toBe(`127.0.0.1:${this.rest.port}`);
    this.asked.push(`${method} ${pathname}${search}`);
    return this.rest.ask(method, pathname + search, { token: this.token, headers: { accept } });
  }
}

/** Parameters of a layer's items that a subset can be asked by: those of form style that are not exploded and have a type. */
function queryablesOf({ paths, components }: Description, layer: string): string[] {
  const own = new Set(['bbox', 'datetime', 'limit', 'crs', 'bbox-crs', 'filter', 'filter-lang', 'filter-crs']);
  return paths[`/collections/${layer}/items`]!.get.parameters.map((parameter) =>
    parameter.$ref ? components.parameters[parameter.$ref.split('/').at(-1)!]! : parameter,
  )
    .filter(
      ({ in: place, style, explode, schema }) =>
        place === 'query' && style === 'form' && explode === false && schema?.type,
    )
    .map(({ name }) => name!)
    .filter((name) => !own.has(name));
}

describe('OGC API – Features, asked as QGIS asks', () => {
  let rest: RestApp;
  let token: string;
  beforeAll(async () => {
    rest = await startReserve();
    token = await rest.tokenFor('researcher');
  });
  afterAll(() => rest.close());

  const LAYERS: [string, string, number, string[]][] = [
    ['animals', 'Point', 4, ['animal', 'collar', 'species']],
    ['farms', 'Polygon', 3, ['farm']],
    ['fixes', 'Point', 7, ['animal', 'collar']],
    ['visits', 'Polygon', 3, ['animal', 'farm', 'state', 'peak']],
  ];
  it.each(LAYERS)('opens %s as a layer of %s', async (layer, geometry, count, queryables) => {
    const qgis = new Qgis(rest, token);
    const opened = await qgis.open(`http://127.0.0.1:${rest.port}/ogc`, layer, '-180,-90,180,90');
    expect(qgis.asked.slice(0, 8)).toEqual([
      'GET /ogc',
      'GET /ogc/api',
      `GET /ogc/collections/${layer}`,
      'GET /ogc/conformance',
      `GET /ogc/collections/${layer}/items?limit=10`,
      `OPTIONS /ogc/collections/${layer}/items`,
      `GET /ogc/collections/${layer}/items?limit=1`,
      `GET /ogc/collections/${layer}/items?limit=1000&bbox=-180,-90,180,90`,
    ]);
    expect(opened.queryables).toEqual(queryables);
    expect(opened.collection.extent.spatial.bbox[0]).toHaveLength(4);
    // It asks with other systems of coordinates only of servers that say they have them.
    expect(opened.conformance.conformsTo.filter((part) => part.includes('features-2'))).toEqual([]);
    const kinds = new Set(opened.sample.features.flatMap((feature) => feature.geometry?.type ?? []));
    expect([...kinds]).toEqual([geometry]);
    const columns = opened.features.map(({ properties }) => Object.keys(properties).join());
    expect(new Set(columns).size).toBe(1);
    // Nothing can be edited here: none of the methods that it would look for.
    expect(String(opened.options.headers['allow'] ?? '')).not.toMatch(/POST|PUT|DELETE|PATCH/);
    expect(opened.features).toHaveLength(count);
    expect(new Set(opened.features.map(({ id }) => id)).size).toBe(count);
    expect(opened.count).toBe(layer === 'fixes' ? undefined : count);
  });

  it('opens a layer under the base of REST alike', async () => {
    const qgis = new Qgis(rest, token);
    const opened = await qgis.open(`http://127.0.0.1:${rest.port}/api/v1/ogc`, 'fixes', '131,43,131.35,43.4');
    expect(opened.features.map(({ id }) => id)).toEqual([
      'one@2026-01-01T00:00:00.000Z',
      'one@2026-01-02T12:00:00.000Z',
    ]);
    expect(qgis.asked.every((path) => path.includes('/api/v1/ogc'))).toBe(true);
  });
});
