import type { MultiPolygon, Polygon } from 'geojson';
import { z } from 'zod';
import { WATCHES } from '../domain/area.ts';
import { checkBoundary } from '../domain/geo/check-boundary.ts';
import { Id, Serial } from '../domain/id.ts';
import { Moment } from '../domain/moment.ts';
import { STAMINA } from '../domain/quality/confirm.ts';
import { unstorable } from './storable.ts';

/** Items of one part of a registry in one document. */
const MAX_ITEMS = 100_000;
const MAX_RING_M = 100_000;

const Name = z.string().trim().min(1).max(200);
const Secret = z.string().min(8).max(256);

/** An object whose unknown fields are kept as given, if they can be. */
function keeping<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.looseObject(shape).superRefine((value, context) => {
    const found = unstorable(value);
    if (found) context.addIssue({ code: 'custom', path: found.path, message: `expected ${found.expected}` });
  });
}

const PlaceGeometry = z.unknown().transform((value, context): Polygon | MultiPolygon => {
  const check = checkBoundary(value);
  if (check.ok) return check.geometry;
  // `coordinates[0][2]` as zod writes paths.
  const path = (check.field.match(/[^.[\]]+/g) ?? []).map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  context.addIssue({ code: 'custom', path, message: `expected ${check.expected}` });
  return z.NEVER;
});

/** A polygon of the registry as GeoJSON (RFC 7946). */
function featureOf<Properties extends z.ZodType>(properties: Properties) {
  return keeping({
    type: z.literal('Feature'),
    id: Id,
    geometry: PlaceGeometry.meta({ description: 'Polygon or MultiPolygon, degrees WGS84.' }),
    properties,
  });
}

/** What a farm's feature says of it. */
export const FarmProperties = keeping({
  name: Name,
  nearM: z.number().positive().max(MAX_RING_M).default(2_000).describe('Metres from the fence.'),
  closeM: z.number().positive().max(MAX_RING_M).default(500).describe('Metres from the fence, at most nearM.'),
}).refine(({ nearM, closeM }) => closeM <= nearM, { path: ['closeM'], error: 'expected at most nearM' });

export const FarmFeature = featureOf(FarmProperties);
export type FarmFeature = z.output<typeof FarmFeature>;

/** What an area's feature says of it. */
const AreaProperties = keeping({
  name: Name,
  watch: z
    .enum(WATCHES, 'expected "leaves" or "enters"')
    .default('leaves')
    .describe('leaves: animals are to stay in it; enters: they are to stay out of it.'),
});

export const AreaFeature = featureOf(AreaProperties);
export type AreaFeature = z.output<typeof AreaFeature>;

/** Bounds against slips of the pen: no animal keeps up so much for hours, and no error of a trusted fix is so large. */
export const MaxSpeedKmh = z.number().positive().max(200);
export const SpeedSlackM = z.number().nonnegative().max(100_000);

export const AnimalDocument = keeping({
  id: Id,
  name: Name,
  species: z.string().max(200).optional(),
  group: Id.optional().describe('Animals that rules treat alike.'),
  maxSpeedKmh: MaxSpeedKmh.optional().describe(
    `Kilometres an hour that it can keep up between two fixes; missing: ${STAMINA.maxKmh}, a leopard's.`,
  ),
  speedSlackM: SpeedSlackM.optional().describe(
    `Metres that two fixes may lie apart whatever the time between them; missing: ${STAMINA.slackM}.`,
  ),
});
export type AnimalDocument = z.output<typeof AnimalDocument>;

export const CollarDocument = keeping({
  serial: Serial,
  format: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'expected the name of a payload format')
    .default('json-v1'),
  secret: Secret.nullable().optional().describe('Password of its MQTT login; missing: as it was; null: no login.'),
  fixIntervalS: z.int().positive().max(31_536_000).optional(),
});
export type CollarDocument = z.output<typeof CollarDocument>;

export const DeploymentDocument = z
  .strictObject({
    animal: Id,
    collar: Serial,
    from: Moment,
    to: Moment.nullable().optional().describe('null: still worn; missing: as it was, at first still worn.'),
  })
  .refine(({ from, to }) => to === undefined || to === null || from < to, {
    path: ['to'],
    error: 'expected later than from',
  });
export type DeploymentDocument = z.output<typeof DeploymentDocument>;

export const GatewayDocument = z.strictObject({
  id: Id,
  secret: Secret.nullable().optional().describe('Password of its MQTT login; missing: as it was; null: no login.'),
  collars: z.union([z.literal('*'), z.array(Serial).max(MAX_ITEMS)], {
    error: 'expected a list of serials, or "*" for every collar',
  }),
});
export type GatewayDocument = z.output<typeof GatewayDocument>;

/** Fails on an id that is given twice: which of the two counted would be chance. */
function once<Item>(idOf: (item: Item) => string, field: string) {
  return (items: readonly Item[], context: z.RefinementCtx) => {
    const seen = new Set<string>();
    items.forEach((item, index) => {
      const id = idOf(item);
      if (seen.has(id)) context.addIssue({ code: 'custom', path: [index, field], message: 'expected each once' });
      seen.add(id);
    });
  };
}

/** One part of a registry: each thing in it once. */
function listOf<Item extends z.ZodType>(item: Item, idOf: (item: z.output<Item>) => string, field: string) {
  return z.array(item).max(MAX_ITEMS).superRefine(once(idOf, field));
}

function collectionOf<Feature extends z.ZodType<{ id: string }>>(feature: Feature) {
  return z.object({ type: z.literal('FeatureCollection'), features: listOf(feature, ({ id }) => id, 'id') });
}

/** A whole registry, or any part of it. */
export const Reserve = z.strictObject({
  farms: collectionOf(FarmFeature).optional(),
  areas: collectionOf(AreaFeature).optional(),
  animals: listOf(AnimalDocument, ({ id }) => id, 'id').optional(),
  collars: listOf(CollarDocument, ({ serial }) => serial, 'serial').optional(),
  deployments: listOf(
    DeploymentDocument,
    ({ animal, collar, from }) => `${animal} ${collar} ${from}`,
    'from',
  ).optional(),
  gateways: listOf(GatewayDocument, ({ id }) => id, 'id').optional(),
});
export type Reserve = z.output<typeof Reserve>;
