import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import type { FeatureCollection } from 'geojson';
import { describeWithRealData } from '../../../test/support/real-data.ts';
import { aFarmShape } from '../../../test/support/shapes.ts';
import { checkBoundary } from './check-boundary.ts';

const ring = [
  [131, 43],
  [131.1, 43],
  [131.1, 43.1],
  [131, 43.1],
  [131, 43],
];
const polygon = (...coordinates: unknown[]) => ({ type: 'Polygon', coordinates });
const at = (...corners: [number, number][]) => [...corners, corners[0]];

/** A ring with many corners on a circle. */
const circle = (corners: number) =>
  at(
    ...Array.from({ length: corners }, (_, i): [number, number] => {
      const turn = (2 * Math.PI * i) / corners;
      return [131 + Math.cos(turn) / 10, 43 + Math.sin(turn) / 10];
    }),
  );

describe('checkBoundary', () => {
  it('takes any real shape of a farm', () => {
    fc.assert(
      fc.property(aFarmShape(50_000), ({ geometry }) => {
        expect(checkBoundary(geometry)).toEqual({ ok: true, geometry });
      }),
    );
  });

  it.each([
    ['a ring that touches itself at a corner', polygon(at([0, 0], [2, 0], [1, 1], [2, 2], [0, 2], [1, 1]))],
    ['a position said twice', polygon(at([0, 0], [0, 0], [2, 0], [2, 2]))],
    ['altitudes', polygon(ring.map((position) => [...position, 212]))],
    ['a ring that steps across 180°', polygon(at([179, 1], [-179, 1], [-179, 2], [179, 2]))],
    ['10,000 positions', polygon(circle(9_999))],
  ])('takes %s', (_, geometry) => {
    expect(checkBoundary(geometry)).toEqual({ ok: true, geometry });
  });

  it.each([
    [null, 'type', 'a Polygon'],
    ['POLYGON', 'type', 'a Polygon'],
    [{ type: 'Point', coordinates: [1, 2] }, 'type', 'a Polygon'],
    [polygon(), 'coordinates', 'rings, one at least'],
    [{ type: 'MultiPolygon', coordinates: [] }, 'coordinates', 'polygons, one at least'],
    [{ type: 'MultiPolygon', coordinates: [[ring], []] }, 'coordinates[1]', 'rings, one at least'],
    [polygon(ring, ring.slice(1)), 'coordinates[1]', 'end where it began'],
    [polygon(ring.slice(2)), 'coordinates[0]', 'four positions'],
    [polygon([...ring.slice(0, 4), [131, 43.00001]]), 'coordinates[0]', 'end where it began'],
    [polygon([ring[0], [131, 91], ...ring]), 'coordinates[0][1]', 'within ±180 and ±85'],
    [polygon([ring[0], [181, 43], ...ring]), 'coordinates[0][1]', 'within'],
    [polygon([ring[0], [NaN, 43], ...ring]), 'coordinates[0][1]', 'within'],
    [polygon([ring[0], ['131', 43], ...ring]), 'coordinates[0][1]', 'within'],
    [polygon([ring[0], [131], ...ring]), 'coordinates[0][1]', 'within'],
    [polygon([[ring[0], null, ...ring]][0]), 'coordinates[0][1]', 'within'],
    [polygon(at([0, 0], [1, 1], [1, 0], [0, 1])), 'coordinates[0]', 'cross itself'],
    [
      { type: 'MultiPolygon', coordinates: [[ring], [at([0, 0], [1, 1], [1, 0], [0, 1])]] },
      'coordinates[1][0]',
      'cross',
    ],
    [polygon(at([179.5, 0], [-179.5, 1], [-179.5, 0], [179.5, 1])), 'coordinates[0]', 'cross itself'],
    [polygon(at([0, 0], [1, 1], [2, 2])), 'coordinates[0]', 'encloses an area'],
    [polygon(at([0, 0], [0, 0], [0, 0])), 'coordinates[0]', 'encloses an area'],
    [polygon(at([-120, 80], [0, 80], [120, 80])), 'coordinates[0]', 'around the world'],
    [polygon(at([-100, 0], [0, 0], [100, 0], [100, 1], [0, 1], [-100, 1])), 'coordinates', 'less than 180°'],
    [polygon(at([0, -60], [80, -60], [80, 60], [0, 60])), 'coordinates', 'at most 20000 km'],
    [polygon(circle(10_000)), 'coordinates', 'at most 10000 positions'],
  ])('refuses %#', (geometry, field, expected) => {
    const result = checkBoundary(geometry);
    expect(result).toMatchObject({ ok: false, field });
    expect(result).toMatchObject({ expected: expect.stringContaining(expected) });
  });

  it('finds one crossing among thousands of edges', () => {
    const corners = circle(5_000);
    [corners[1_200], corners[3_700]] = [corners[3_700], corners[1_200]];
    expect(checkBoundary(polygon(corners))).toMatchObject({ ok: false, field: 'coordinates[0]' });
  });
});

const parcels = ['fi_parcels.geojson', 'ie_parcels.geojson'];
describeWithRealData('farm-parcels', (folder) => {
  it.each(parcels)('are all taken: %s', (file) => expectAllTaken(`${folder}/${file}`));
});

describeWithRealData('geofence-samples', (folder) => {
  it.each(['polygons.geojson', 'test_poly.geojson'])('are all taken: %s', (file) =>
    expectAllTaken(`${folder}/${file}`),
  );

  it('refuses what is no polygon', () => {
    const { features } = JSON.parse(readFileSync(`${folder}/with_null_geometry.geojson`, 'utf8')) as FeatureCollection;
    for (const { geometry } of features) expect(checkBoundary(geometry)).toMatchObject({ ok: false, field: 'type' });
  });
});

function expectAllTaken(file: string) {
  const { features } = JSON.parse(readFileSync(file, 'utf8')) as FeatureCollection;
  expect(features.length).toBeGreaterThan(0);
  for (const { geometry } of features) expect(checkBoundary(geometry)).toEqual({ ok: true, geometry });
}
