import type { CollectionId } from './collections.ts';
import { GEOJSON_TYPE, JSON_TYPE, link } from './documents.ts';
import type { FeaturePage } from './feature-source.ts';

/** How a page was asked for. */
export interface AskedPage {
  readonly base: string;
  readonly collection: CollectionId;
  /** The query as the client wrote it. */
  readonly query: string;
}

/** A page of features as GeoJSON. @param now epoch milliseconds */
export function pageDocument({ base, collection, query }: AskedPage, page: FeaturePage, now: number): string {
  const address = `${base}/collections/${collection}`;
  const next = page.next === null ? [] : [nextLink(`${address}/items`, query, page.next)];
  const links = [
    link(`${address}/items${query && `?${query}`}`, 'self', GEOJSON_TYPE, 'This page'),
    ...next,
    link(address, 'collection', JSON_TYPE, 'The collection'),
  ];
  const about = {
    numberReturned: page.count,
    ...(page.matched !== null && { numberMatched: page.matched }),
    timeStamp: new Date(now).toISOString(),
    links,
  };
  return `{"type":"FeatureCollection","features":[${page.text}],${JSON.stringify(about).slice(1)}`;
}

/** The same question, from another place on. */
function nextLink(items: string, query: string, after: string) {
  const parameters = new URLSearchParams(query);
  parameters.set('after', after);
  return link(`${items}?${parameters.toString()}`, 'next', GEOJSON_TYPE, 'The next page');
}

/** One feature as GeoJSON, with links. */
export function featureDocument(base: string, collection: CollectionId, id: string, feature: string): string {
  const address = `${base}/collections/${collection}`;
  const links = [
    link(`${address}/items/${encodeURIComponent(id)}`, 'self', GEOJSON_TYPE, 'This feature'),
    link(address, 'collection', JSON_TYPE, 'The collection'),
  ];
  return `${feature.slice(0, -1)},"links":${JSON.stringify(links)}}`;
}
