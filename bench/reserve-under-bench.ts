import { seeded } from './measure.ts';

/** Primorye, degrees. */
export const PRIMORYE = { west: 130.5, south: 42.4, east: 138.5, north: 48.2 } as const;
export const METRES_PER_DEGREE = 111_195;
const VERTICES = 20;

/** The gateway that publishes for every collar. Its secret is long, so that checking it costs one fast hash. */
export const GATEWAY = { id: 'bench-gateway', secret: 'bench-gateway-secret-0123456789abcdef' } as const;

export const serialOf = (collar: number): string => `b${String(collar).padStart(5, '0')}`;

/** A registry as PUT /reserve takes it: every collar worn by its animal, farms of 20 vertices all over Primorye. */
export function benchReserve(collars: number, farms: number, seed: number): object {
  const random = seeded(seed);
  const numbers = Array.from({ length: collars }, (_, collar) => collar);
  const animalOf = (collar: number) => `a-${serialOf(collar)}`;
  return {
    farms: { type: 'FeatureCollection', features: Array.from({ length: farms }, (_, farm) => farmAt(farm, random)) },
    animals: numbers.map((collar) => ({ id: animalOf(collar), name: animalOf(collar) })),
    collars: numbers.map((collar) => ({ serial: serialOf(collar), format: 'json-v1' })),
    deployments: numbers.map((collar) => ({
      animal: animalOf(collar),
      collar: serialOf(collar),
      from: '2020-01-01T00:00:00Z',
      to: null,
    })),
    gateways: [{ ...GATEWAY, collars: '*' }],
  };
}

/** A star of 20 corners, 200 to 600 m wide. */
function farmAt(farm: number, random: () => number): object {
  const lon = PRIMORYE.west + random() * (PRIMORYE.east - PRIMORYE.west);
  const lat = PRIMORYE.south + random() * (PRIMORYE.north - PRIMORYE.south);
  const eastM = METRES_PER_DEGREE * Math.cos((lat * Math.PI) / 180);
  const ring = Array.from({ length: VERTICES }, (_, corner) => {
    const turn = (2 * Math.PI * corner) / VERTICES;
    const radiusM = 100 + 200 * random();
    return [lon + (radiusM * Math.cos(turn)) / eastM, lat + (radiusM * Math.sin(turn)) / METRES_PER_DEGREE];
  });
  return {
    type: 'Feature',
    id: `farm-${farm}`,
    geometry: { type: 'Polygon', coordinates: [[...ring, ring[0]!]] },
    properties: { name: `Farm ${farm}`, nearM: 2_000, closeM: 500 },
  };
}
