/** Metres of one degree of latitude, near enough to place a test's farm. */
const M_PER_DEGREE = 111_132;

/** Where test farms stand. */
export const FARM_AT = { lon: 131.7, lat: 43.3 };

/** A square of 1 km around a place, `nearM` 2,000 and `closeM` 500. */
export function aFarm(id = 'olenevod', at = FARM_AT, sideM = 1_000) {
  const dLat = sideM / 2 / M_PER_DEGREE;
  const dLon = dLat / Math.cos((at.lat * Math.PI) / 180);
  const [w, e, s, n] = [at.lon - dLon, at.lon + dLon, at.lat - dLat, at.lat + dLat];
  return {
    type: 'Feature',
    id,
    geometry: {
      type: 'Polygon',
      coordinates: [
        [
          [w, s],
          [e, s],
          [e, n],
          [w, n],
          [w, s],
        ],
      ],
    },
    properties: { name: id, nearM: 2_000, closeM: 500 },
  };
}

/** A place so many metres north of the north fence of `aFarm()`. */
export function northOfFarm(metres: number, at = FARM_AT, sideM = 1_000) {
  return { lon: at.lon, lat: at.lat + (sideM / 2 + metres) / M_PER_DEGREE };
}

export const SECRET = 'a-collar-secret-of-32-characters-or-more';

/** A farm, Sofia, her collar 30211 since 2026 began, and a gateway that may publish for all. */
export function aReserve() {
  return {
    farms: { type: 'FeatureCollection', features: [aFarm()] },
    animals: [{ id: 'sofia', name: 'Sofia', species: 'Panthera pardus orientalis', sex: 'female' }],
    collars: [{ serial: '30211', format: 'json-v1', secret: SECRET, fixIntervalS: 7_200 }],
    deployments: [{ animal: 'sofia', collar: '30211', from: '2026-01-01T00:00:00Z', to: null }],
    gateways: [{ id: 'iridium', secret: SECRET, collars: '*' }],
  };
}
