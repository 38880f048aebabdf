import type { PersonRole } from '../../src/access/principal.ts';
import { aFarm } from '../factories/reserve.ts';

/** Who may do what: one row for each route, written by hand. A route without a row fails the test. */
export interface Row {
  readonly open: 'public' | readonly PersonRole[];
  /** The address to ask; missing: the pattern is one. */
  readonly path?: string;
  readonly body?: unknown;
}

const readers: readonly PersonRole[] = ['admin', 'ranger', 'researcher'];
const everyone: readonly PersonRole[] = [...readers, 'farmer'];
const admin: readonly PersonRole[] = ['admin'];
const ABSENT = '00000000-0000-4000-8000-000000000000';
const api = '/api/v1';

// Programs that know maps ask at the root; the same stands under the base of REST.
const ogc = (root: string): Record<string, Row> => ({
  [`GET ${root}/ogc`]: { open: readers },
  [`GET ${root}/ogc/conformance`]: { open: readers },
  [`GET ${root}/ogc/api`]: { open: readers },
  [`GET ${root}/tiles/:z/:x/:name`]: { open: readers, path: `${root}/tiles/0/0/0.mvt` },
  [`GET ${root}/ogc/collections`]: { open: readers },
  [`GET ${root}/ogc/collections/:collection`]: { open: readers, path: `${root}/ogc/collections/fixes` },
  [`GET ${root}/ogc/collections/:collection/items`]: { open: readers, path: `${root}/ogc/collections/fixes/items` },
  [`GET ${root}/ogc/collections/:collection/items/:feature`]: {
    open: readers,
    path: `${root}/ogc/collections/farms/items/olenevod`,
  },
});

/** By `METHOD pattern`. HEAD is as GET. What is written here changes nothing of what other rows look for. */
export const ROWS: Readonly<Record<string, Row>> = {
  'POST /api/v1/session': { open: 'public', body: {} },
  'GET /api/v1/session': { open: everyone },
  'DELETE /api/v1/session': { open: everyone },
  'POST /api/v1/tokens': { open: admin, body: { name: 'made in a test', role: 'ranger' } },
  'GET /api/v1/tokens': { open: admin },
  'DELETE /api/v1/tokens/:id': { open: admin, path: `${api}/tokens/${ABSENT}` },
  'POST /api/v1/live/ticket': { open: everyone },

  'PUT /api/v1/reserve': { open: admin, body: {} },
  'GET /api/v1/reserve': { open: readers },
  'GET /api/v1/farms': { open: readers },
  'GET /api/v1/farms/:id': { open: readers, path: `${api}/farms/olenevod` },
  'PUT /api/v1/farms/:id': {
    open: admin,
    path: `${api}/farms/put-by-test`,
    body: aFarm('put-by-test', { lon: 10, lat: 10 }),
  },
  'PATCH /api/v1/farms/:id': { open: admin, path: `${api}/farms/absent`, body: { nearM: 1000 } },
  'DELETE /api/v1/farms/:id': { open: admin, path: `${api}/farms/absent` },
  'GET /api/v1/areas': { open: readers },
  'GET /api/v1/areas/:id': { open: readers, path: `${api}/areas/land-of-the-leopard` },
  'PUT /api/v1/areas/:id': {
    open: admin,
    path: `${api}/areas/put-by-test`,
    body: { ...aFarm('put-by-test', { lon: 10, lat: 10 }), properties: { name: 'x', watch: 'enters' } },
  },
  'DELETE /api/v1/areas/:id': { open: admin, path: `${api}/areas/absent` },
  'GET /api/v1/animals': { open: readers },
  'GET /api/v1/animals/:id': { open: readers, path: `${api}/animals/sofia` },
  'PUT /api/v1/animals/:id': { open: admin, path: `${api}/animals/put-by-test`, body: { name: 'x' } },
  'DELETE /api/v1/animals/:id': { open: admin, path: `${api}/animals/absent` },
  'GET /api/v1/collars': { open: readers },
  'GET /api/v1/collars/:serial': { open: readers, path: `${api}/collars/30211` },
  'PUT /api/v1/collars/:serial': { open: admin, path: `${api}/collars/put-by-test`, body: {} },
  'DELETE /api/v1/collars/:serial': { open: admin, path: `${api}/collars/absent` },
  'GET /api/v1/deployments': { open: readers },
  'POST /api/v1/deployments': { open: admin, body: {} },
  'PATCH /api/v1/deployments/:id': { open: admin, path: `${api}/deployments/999999`, body: { to: null } },
  'DELETE /api/v1/deployments/:id': { open: admin, path: `${api}/deployments/999999` },
  'GET /api/v1/gateways': { open: readers },
  'GET /api/v1/gateways/:id': { open: readers, path: `${api}/gateways/iridium` },
  'PUT /api/v1/gateways/:id': { open: admin, path: `${api}/gateways/put-by-test`, body: { collars: [] } },
  'DELETE /api/v1/gateways/:id': { open: admin, path: `${api}/gateways/absent` },

  'GET /api/v1/rules': { open: readers },
  'GET /api/v1/rules/:name': { open: readers, path: `${api}/rules/farm-proximity` },
  'PUT /api/v1/rules/:name': { open: admin, path: `${api}/rules/farm-proximity`, body: { settings: {} } },
  'POST /api/v1/rules/backtest': {
    open: readers,
    body: { rule: 'farm-proximity', settings: {}, from: '2026-01-01T00:00:00Z', to: '2026-02-01T00:00:00Z' },
  },

  'GET /api/v1/positions': { open: readers },
  'GET /api/v1/animals/:id/track': { open: readers, path: `${api}/animals/sofia/track` },
  'GET /api/v1/tracks': { open: readers },
  'GET /api/v1/animals/:id/summary': { open: readers, path: `${api}/animals/sofia/summary` },
  'GET /api/v1/animals/:id/home-range': { open: readers, path: `${api}/animals/sofia/home-range` },
  'GET /api/v1/animals/:id/charts/:file': { open: readers, path: `${api}/animals/sofia/charts/home-range.svg` },
  'GET /api/v1/animals/:id/fixes': { open: readers, path: `${api}/animals/sofia/fixes` },
  'GET /api/v1/within': { open: readers, path: `${api}/within?bbox=131,43,132,44` },
  'POST /api/v1/within': { open: readers, body: { geometry: aFarm('x', { lon: 10, lat: 10 }).geometry } },
  'GET /api/v1/visits': { open: readers, path: `${api}/visits?farm=olenevod` },
  'POST /api/v1/visits': { open: readers, body: { geometry: aFarm('x', { lon: 10, lat: 10 }).geometry } },
  'GET /api/v1/nearest': { open: readers, path: `${api}/nearest?lon=131.7&lat=43.3` },
  'GET /api/v1/animals/:id/time-spent': { open: readers, path: `${api}/animals/sofia/time-spent?farm=olenevod` },
  'GET /api/v1/time-spent': { open: readers, path: `${api}/time-spent?farm=olenevod` },
  'GET /api/v1/encounters': { open: readers },
  'GET /api/v1/farms/:id/presence': { open: everyone, path: `${api}/farms/olenevod/presence?month=2026-05` },
  'POST /api/v1/imports': { open: admin },
  'GET /api/v1/imports': { open: admin },
  'GET /api/v1/imports/:id': { open: admin, path: `${api}/imports/${ABSENT}` },
  'PUT /api/v1/imports/:id/reference': { open: admin, path: `${api}/imports/${ABSENT}/reference` },
  'POST /api/v1/imports/:id/start': { open: admin, path: `${api}/imports/${ABSENT}/start` },
  'POST /api/v1/imports/:id/cancel': { open: admin, path: `${api}/imports/${ABSENT}/cancel` },
  'DELETE /api/v1/imports/:id': { open: admin, path: `${api}/imports/${ABSENT}` },
  'GET /api/v1/imports/:id/picture.svg': { open: admin, path: `${api}/imports/${ABSENT}/picture.svg` },
  'GET /api/v1/imports/:id/problems': { open: admin, path: `${api}/imports/${ABSENT}/problems` },

  'GET /api/v1/dead-letters': { open: admin },
  'POST /api/v1/dead-letters/:id/retry': { open: admin, path: `${api}/dead-letters/999999/retry` },

  'GET /api/v1/alerts': { open: everyone },
  'GET /api/v1/alerts/:id': { open: everyone, path: `${api}/alerts/${ABSENT}` },
  'POST /api/v1/alerts/:id/acknowledge': { open: everyone, path: `${api}/alerts/${ABSENT}/acknowledge`, body: {} },
  'POST /api/v1/alerts/:id/comment': { open: everyone, path: `${api}/alerts/${ABSENT}/comment`, body: { note: 'x' } },

  ...ogc(''),
  ...ogc(api),
};

/** Routes that hold nothing of an animal, a farm or a person: the same for everybody. */
export const PUBLIC_PATTERNS: readonly RegExp[] = [
  /^\/(api\/v1\/)?health\/(live|ready)$/,
  /^\/(api\/v1\/)?metrics$/,
  /^\/(api\/v1\/)?docs(\/.*)?$/,
  // The page: files of web/ alone.
  /^\/$/,
  /^\/(assets\/|vendor\/)?[\w.-]+\.(html|js|css|svg|ico|png|map|webmanifest)$/,
];
