import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Farm } from '../../src/domain/farm.ts';
import { UsageError } from '../options.ts';

const position = z.tuple([z.number().min(-180).max(180), z.number().min(-90).max(90)], z.number());
const ring = z.array(position).min(4);
const polygon = z.array(ring).min(1);
const schema = z.object({
  type: z.literal('FeatureCollection'),
  features: z
    .array(
      z.object({
        id: z.union([z.string(), z.number()]).transform(String),
        geometry: z.discriminatedUnion('type', [
          z.object({ type: z.literal('Polygon'), coordinates: polygon }),
          z.object({ type: z.literal('MultiPolygon'), coordinates: z.array(polygon).min(1) }),
        ]),
        properties: z.object({
          name: z.string().optional(),
          nearM: z.number().positive().default(2_000),
          closeM: z.number().positive().default(500),
        }),
      }),
    )
    .min(1),
});

/**
 * Farms of a GeoJSON file, as `PUT /api/v1/reserve` takes them.
 *
 * @throws UsageError naming the file and the first place in it that is not as expected
 */
export function readFarms(path: string): Farm[] {
  const { features } = readJson(path, schema);
  return features.map(({ id, geometry, properties: { name = id, nearM, closeM } }) => ({
    id,
    name,
    nearM,
    closeM,
    boundary: geometry,
  }));
}

/** @throws UsageError naming the file, the place and what was expected there */
export function readJson<T>(path: string, expected: z.ZodType<T>): T {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UsageError(`${path}: ${(error as Error).message}`);
  }
  const result = expected.safeParse(content);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new UsageError(`${path}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not as expected'}`);
}
