import type { MultiPolygon, Polygon } from 'geojson';
import { z } from 'zod';
import { invalidInput } from '../../access/checked-input.ts';
import { isNumber, numberBetween } from '../../access/query-number.ts';
import type { Bounds } from '../../domain/geo/bounds.ts';
import { checkBoundary } from '../../domain/geo/check-boundary.ts';
import { Id } from '../../domain/id.ts';
import { Problem } from '../../domain/problem.ts';
import { knownAnimals } from '../../registry/known-animal.ts';
import type { Registry } from '../../registry/registry.ts';
import { boxShape, polygonShape, type Shape } from './shape.ts';

const MAX_MARGIN_M = 100_000;
const MAX_ANIMALS = 1_000;

/** `west,south,east,north` in degrees; west greater than east: across 180° (RFC 7946, 5.2). */
const Box = z
  .string()
  .max(200)
  .transform((text, context): Bounds => {
    const parts = text.split(',').map((part) => part.trim());
    const expected = boxFault(parts);
    if (expected !== null) {
      context.addIssue({ code: 'custom', message: `expected ${expected}` });
      return z.NEVER;
    }
    const [west = NaN, south = NaN, east = NaN, north = NaN] = parts.map(Number);
    return { west, south, east, north };
  });

function boxFault(parts: readonly string[]): string | null {
  if (parts.length !== 4 || !parts.every((part) => isNumber(part)))
    return 'four numbers: west,south,east,north in degrees';
  const [west = NaN, south = NaN, east = NaN, north = NaN] = parts.map(Number);
  for (const [name, value, most] of [
    ['west, the first number,', west, 180],
    ['south, the second number,', south, 90],
    ['east, the third number,', east, 180],
    ['north, the fourth number,', north, 90],
  ] as const)
    if (Math.abs(value) > most) return `${name} from -${most} to ${most} degrees: west,south,east,north`;
  if (south > north)
    return 'south, the second number, no greater than north, the fourth: west,south,east,north in degrees';
  return null;
}

/** Ids of animals, comma separated; `all`: every one. */
const Animals = z
  .string()
  .max(MAX_ANIMALS * 64)
  .transform((text) => (text === 'all' ? undefined : [...new Set(text.split(',').map((id) => id.trim()))]))
  .pipe(z.array(Id).max(MAX_ANIMALS, `expected at most ${MAX_ANIMALS} animals`).optional());

const Margin = numberBetween(0, MAX_MARGIN_M, 'metres');

/** Where, in a query: one of the three. Give the whole schema `.superRefine(oneShape)` too. */
export const WHERE = {
  bbox: Box.optional().describe('west,south,east,north in degrees; west greater than east: across 180°.'),
  area: Id.optional().describe('Id of an area.'),
  farm: Id.optional().describe('Id of a farm.'),
  marginM: Margin.optional().describe(
    `Metres around the area or the farm that count as inside, at most ${MAX_MARGIN_M}.`,
  ),
};

/** Whose, in a query. */
export const WHOSE = { animals: Animals.optional().describe('Ids, comma separated; without it all.') };

const Geometry = z.unknown().transform((value, context): Polygon | MultiPolygon => {
  const check = checkBoundary(value);
  if (check.ok) return check.geometry;
  // `coordinates[0][2]` as zod writes paths.
  const path = (check.field.match(/[^.[\]]+/g) ?? []).map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  context.addIssue({ code: 'custom', path, message: `expected ${check.expected}` });
  return z.NEVER;
});

/** Where, in a body. */
export const WHERE_IN_BODY = {
  geometry: Geometry.meta({ description: 'Polygon or MultiPolygon, degrees WGS84, of at most 10,000 positions.' }),
  marginM: z
    .number(`expected metres from 0 to ${MAX_MARGIN_M}`)
    .min(0, `expected metres from 0 to ${MAX_MARGIN_M}`)
    .max(MAX_MARGIN_M, `expected metres from 0 to ${MAX_MARGIN_M}`)
    .optional()
    .describe('Metres around the polygon that count as inside.'),
};

/** Whose, in a body. */
export const WHOSE_IN_BODY = { animals: z.array(Id).min(1).max(MAX_ANIMALS).optional() };

/** Where an answer is looked for, as it came in. */
export interface Where {
  readonly bbox?: Bounds | undefined;
  readonly area?: string | undefined;
  readonly farm?: string | undefined;
  readonly geometry?: Polygon | MultiPolygon | undefined;
  readonly marginM?: number | undefined;
}

/**
 * @throws Problem 400 `invalid-input` unless exactly one place is named, 404 for an area or a farm that is not there
 */
export function shapeOf(where: Where, registry: Registry): Shape {
  const { bbox, area, farm, geometry, marginM } = where;
  const named = [bbox, area, farm, geometry].filter((place) => place !== undefined);
  if (named.length !== 1) throw invalidInput([{ field: 'bbox', expected: 'one of bbox, area and farm' }], 400);
  if (geometry) return polygonShape(geometry, marginM);
  if (bbox) {
    if (marginM !== undefined)
      throw invalidInput([{ field: 'marginM', expected: 'an area, a farm or a polygon that it is around' }], 400);
    return boxShape(bbox);
  }
  const kind = area === undefined ? 'farm' : 'area';
  const place = area === undefined ? registry.farm(farm!) : registry.area(area);
  if (!place) throw new Problem(404, `unknown-${kind}`, `There is no such ${kind}.`);
  return polygonShape(place.boundary, marginM);
}

/**
 * The animals that are asked about, undefined: all.
 *
 * @throws Problem 404 for one that is not registered
 */
export function registered(registry: Registry, ids: readonly string[] | undefined): readonly string[] | undefined {
  return ids && knownAnimals(registry, ids).map(({ id }) => id);
}
