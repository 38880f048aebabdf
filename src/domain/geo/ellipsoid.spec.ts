import fc from 'fast-check';
import { trueMetres, trueOffset } from '../../../test/support/geodesy-oracle.ts';
import { aDistance, anAzimuth, aPosition } from '../../../test/support/shapes.ts';
import { metresAtLeast, metresAtMost } from './ellipsoid.ts';

describe('metresAtLeast and metresAtMost', () => {
  it('hold the true metres between them, near and far, everywhere to 85°', () => {
    fc.assert(
      fc.property(aPosition(85), anAzimuth(), aDistance(5_000_000), (from, azimuth, metres) => {
        const to = trueOffset(from, azimuth, metres);
        const truth = trueMetres(from, to);
        expect(metresAtLeast(from, to)).toBeLessThanOrEqual(truth * (1 + 1e-9) + 1e-6);
        expect(metresAtMost(from, to)).toBeGreaterThanOrEqual(truth * (1 - 1e-9) - 1e-6);
      }),
      { numRuns: 2_000 },
    );
  });

  it('are of some use: of short ways the bound below is never less than four tenths', () => {
    fc.assert(
      fc.property(aPosition(60), anAzimuth(), aDistance(2_000), (from, azimuth, metres) => {
        expect(metresAtLeast(from, trueOffset(from, azimuth, metres))).toBeGreaterThan(0.4 * metres);
      }),
    );
  });
});
