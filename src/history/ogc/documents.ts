import type { Bounds } from '../../domain/geo/bounds.ts';
import { type CollectionId, COLLECTION_IDS, COLLECTIONS } from './collections.ts';
import type { Extent } from './feature-source.ts';

/** Media types. Of the description QGIS takes exactly this one. */
export const JSON_TYPE = 'application/json';
export const GEOJSON_TYPE = 'application/geo+json';
export const OPENAPI_TYPE = 'application/vnd.oai.openapi+json;version=3.0';

export const CRS84 = 'http://www.opengis.net/def/crs/OGC/1.3/CRS84';
const GREGORIAN = 'http://www.opengis.net/def/uom/ISO-8601/0/Gregorian';

/** What of OGC API – Features Part 1 (17-069r4) is met. */
const CONFORMS_TO = ['core', 'oas30', 'geojson'].map(
  (part) => `http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/${part}`,
);

/** A link to another page of the API. */
export interface Link {
  readonly href: string;
  readonly rel: string;
  readonly type: string;
  readonly title: string;
}

export function link(href: string, rel: string, type: string, title: string): Link {
  return { href, rel, type, title };
}

/** The page that a client begins with. */
export function landingPage(base: string) {
  return {
    title: 'Collarwatch',
    description: 'Collared animals, their fixes, the farms to protect and what visits there were.',
    links: [
      link(base, 'self', JSON_TYPE, 'This page'),
      link(`${base}/api`, 'service-desc', OPENAPI_TYPE, 'The API described'),
      link(`${base}/conformance`, 'conformance', JSON_TYPE, 'What of the standard is met'),
      link(`${base}/collections`, 'data', JSON_TYPE, 'The collections'),
    ],
  };
}

export function conformance() {
  return { conformsTo: CONFORMS_TO };
}

/** A collection with where its features are. */
export function collectionDocument(base: string, id: CollectionId, extent: Extent) {
  const { title, description } = COLLECTIONS[id];
  const address = `${base}/collections/${id}`;
  return {
    id,
    title,
    description,
    links: [
      link(address, 'self', JSON_TYPE, title),
      link(`${address}/items`, 'items', GEOJSON_TYPE, `The features of ${title}`),
      link(`${base}/collections`, 'parent', JSON_TYPE, 'The collections'),
    ],
    extent: extentDocument(extent),
    itemType: 'feature',
    crs: [CRS84],
  };
}

export function collectionsDocument(base: string, extents: Readonly<Record<CollectionId, Extent>>) {
  return {
    links: [
      link(`${base}/collections`, 'self', JSON_TYPE, 'The collections'),
      link(base, 'root', JSON_TYPE, 'The landing page'),
    ],
    collections: COLLECTION_IDS.map((id) => collectionDocument(base, id, extents[id])),
  };
}

function extentDocument({ bounds, interval }: Extent) {
  return {
    ...(bounds && { spatial: { bbox: [boxOf(bounds)], crs: CRS84 } }),
    ...(interval && { temporal: { interval: [interval.map(isoOrNull)], trs: GREGORIAN } }),
  };
}

function boxOf({ west, south, east, north }: Bounds): readonly number[] {
  return [west, south, east, north];
}

function isoOrNull(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
