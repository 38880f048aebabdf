import type { MultiPolygon, Polygon } from 'geojson';
import { z } from 'zod';
import { checkBoundary } from '../domain/geo/check-boundary.ts';
import { Id, Serial } from '../domain/id.ts';
import { Moment } from '../domain/moment.ts';
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

const FarmGeometry = z.unknown().transform((value, context): Polygon | MultiPolygon => {
  const check = checkBoundary(value);
  if (check.ok) return check.geometry;
  // `coordinates[0][2]` as zod writes paths.
  const path = (check.field.match(/[^.[\]]+/g) ?? []).map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  context.addIssue({ code: 'custom', path, message: `expected ${check.expected}` });
  return z.NEVER;
});

/** What a farm's feature says of it. */
export const FarmProperties = keeping({
  name: Name,
  nearM: z.number().positive().max(MAX_RING_M).default(2_000).describe('Metres from the fence.'),
  closeM: z.number().positive().max(MAX_RING_M).default(500).describe('Metres from the fence, at most nearM.'),
}).refine(({ nearM, closeM }) => closeM <= nearM, { path: ['closeM'], error: 'expected at most nearM' });

/** A farm as GeoJSON (RFC 7946). */
export const FarmFeature = keeping({
  type: z.literal('Feature'),
  id: Id,
  geometry: FarmGeometry.meta({ description: 'Polygon or MultiPolygon, degrees WGS84.' }),
  properties: FarmProperties,
});
export type FarmFeature = z.output<typeof FarmFeature>;

export const AnimalDocument = keeping({ id: Id, name: Name });
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

/** A whole registry, or any part of it. */
export const Reserve = z.strictObject({
  farms: z
    .object({
      type: z.literal('FeatureCollection'),
      features: z
        .array(FarmFeature)
        .max(MAX_ITEMS)
        .superRefine(once<FarmFeature>(({ id }) => id, 'id')),
    })
    .optional(),
  animals: z
    .array(AnimalDocument)
    .max(MAX_ITEMS)
    .superRefine(once<AnimalDocument>(({ id }) => id, 'id'))
    .optional(),
  collars: z
    .array(CollarDocument)
    .max(MAX_ITEMS)
    .superRefine(once<CollarDocument>(({ serial }) => serial, 'serial'))
    .optional(),
  deployments: z
    .array(DeploymentDocument)
    .max(MAX_ITEMS)
    .superRefine(once<DeploymentDocument>(({ animal, collar, from }) => `${animal} ${collar} ${from}`, 'from'))
    .optional(),
  gateways: z
    .array(GatewayDocument)
    .max(MAX_ITEMS)
    .superRefine(once<GatewayDocument>(({ id }) => id, 'id'))
    .optional(),
});
export type Reserve = z.output<typeof Reserve>;
