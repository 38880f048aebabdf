import fc from 'fast-check';
import { z } from 'zod';
import { anAnswer, rowsOf, written } from '../../../test/factories/track-parts.ts';
import { TRIPS } from './trips.ts';

// docs.kepler.gl, "Trip layer": LineStrings alone, of positions of four numbers, the last a time in epoch seconds or milliseconds.
const Trips = z.strictObject({
  type: z.literal('FeatureCollection'),
  features: z.array(
    z.strictObject({
      type: z.literal('Feature'),
      properties: z.object({ animal: z.string(), segment: z.int() }),
      geometry: z.strictObject({
        type: z.literal('LineString'),
        coordinates: z.array(z.tuple([z.number(), z.number(), z.number(), z.int()])).min(2),
      }),
    }),
  ),
});

describe('TRIPS', () => {
  it('tells every fix in lines of longitude, latitude, altitude and milliseconds', async () => {
    await fc.assert(
      fc.asyncProperty(anAnswer(), async (answer) => {
        const { features } = Trips.parse(JSON.parse((await written(TRIPS, answer)).toString()));
        for (const { geometry } of features)
          expect(geometry.coordinates.every(([, , , at], i, all) => i === 0 || all[i - 1]![3] < at)).toBe(true);
        const told = features.flatMap(({ properties: { animal, segment }, geometry: { coordinates } }) => {
          const [first, second] = coordinates;
          const isLone = coordinates.length === 2 && second![3] === first![3] + 1 && second![0] === first![0];
          const rows = rowsOf(answer).filter((row) => row.animal.id === animal && row.segment === segment);
          expect(isLone).toBe(rows.length === 1);
          return (isLone ? [first!] : coordinates).map((position) => [animal, segment, ...position]);
        });
        expect(told).toEqual(
          rowsOf(answer).map(({ animal, segment, lon, lat, at, sensor }) => {
            const altM = sensor('altM');
            return [animal.id, segment, lon + 0, lat + 0, Number.isNaN(altM) ? 0 : altM + 0, at];
          }),
        );
      }),
      { numRuns: 50 },
    );
  });
});
