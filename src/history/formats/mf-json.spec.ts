import fc from 'fast-check';
import { z } from 'zod';
import { anAnswer, rowsOf, written } from '../../../test/factories/track-parts.ts';
import { MF_JSON } from './mf-json.ts';

// OGC 19-045r3, annex of schemas (MF-JSON Prism), as far as a MovingPoint needs it, and requirement 7.2.1.1: instants in monotonic
// increasing order, as many as there are positions. Of positions the schema wants two; an instant has but one.
const Instant = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const MovingPoint = z
  .strictObject({
    type: z.literal('MovingPoint'),
    datetimes: z.array(Instant).min(1),
    coordinates: z.array(z.tuple([z.number().min(-180).max(180), z.number().min(-90).max(90)])).min(1),
    interpolation: z.enum(['Discrete', 'Step', 'Linear', 'Quadratic', 'Cube']),
  })
  .refine(({ datetimes, coordinates }) => datetimes.length === coordinates.length)
  .refine(({ datetimes }) => datetimes.every((at, i) => i === 0 || datetimes[i - 1]! < at))
  .refine(({ datetimes, interpolation }) => (datetimes.length === 1) === (interpolation === 'Discrete'));
const Collection = z.strictObject({ type: z.literal('MovingGeometryCollection'), prisms: z.array(MovingPoint) });
const MovingFeature = z.object({
  type: z.literal('Feature'),
  id: z.string(),
  temporalGeometry: z.discriminatedUnion('type', [MovingPoint, Collection]),
  geometry: z.null(),
  properties: z.looseObject({ name: z.string() }),
});
const Crs = z.strictObject({ type: z.literal('Name'), properties: z.strictObject({ name: z.string() }) });
const MovingFeatures = z.object({
  type: z.literal('FeatureCollection'),
  crs: Crs,
  trs: Crs,
  features: z.array(MovingFeature),
});

const prismsOf = ({ temporalGeometry }: z.output<typeof MovingFeature>) =>
  temporalGeometry.type === 'MovingPoint' ? [temporalGeometry] : temporalGeometry.prisms;

describe('MF_JSON', () => {
  it('tells every fix as the standard has it', async () => {
    await fc.assert(
      fc.asyncProperty(anAnswer(), async (answer) => {
        const { features } = MovingFeatures.parse(JSON.parse((await written(MF_JSON, answer)).toString()));
        expect(features.map(({ id }) => id)).toEqual(answer.about.animals.map(({ id }) => id));
        for (const feature of features) {
          const rows = rowsOf(answer).filter(({ animal }) => animal.id === feature.id);
          const segments = [...new Set(rows.map(({ segment }) => segment))].map((number) =>
            rows.filter(({ segment }) => segment === number),
          );
          const prisms = prismsOf(feature);
          expect(prisms.map(({ coordinates }) => coordinates)).toEqual(
            segments.map((segment) => segment.map(({ lon, lat }) => [lon + 0, lat + 0])),
          );
          expect(prisms.map(({ datetimes }) => datetimes)).toEqual(
            segments.map((segment) => segment.map(({ at }) => new Date(at).toISOString())),
          );
          expect(feature.temporalGeometry.type === 'MovingPoint').toBe(segments.length === 1);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('is one feature of one animal, with its reference systems', async () => {
    const about = { animals: [{ id: 'sofia', name: 'Sofia', species: 'Panthera pardus orientalis' }], several: false };
    const feature = JSON.parse((await written(MF_JSON, { parts: [], about })).toString()) as { crs: unknown };
    expect(MovingFeature.parse(feature).properties).toEqual({
      animal: 'sofia',
      name: 'Sofia',
      species: 'Panthera pardus orientalis',
    });
    expect(Crs.parse(feature.crs).properties.name).toBe('urn:ogc:def:crs:OGC:1.3:CRS84');
  });
});
