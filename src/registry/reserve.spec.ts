import { wrongFields } from '../access/checked-input.ts';
import { Reserve } from './reserve.ts';

const ring = [
  [131.2, 42.6],
  [131.3, 42.6],
  [131.3, 42.7],
  [131.2, 42.6],
];
const farm = (over: object = {}, properties: object = {}) => ({
  type: 'Feature',
  id: 'olenevod',
  geometry: { type: 'Polygon', coordinates: [ring] },
  properties: { name: 'Olenevod', ...properties },
  ...over,
});
const farms = (...features: unknown[]) => ({ farms: { type: 'FeatureCollection', features } });

const areas = (properties: object = {}, over: object = {}) => ({
  areas: farms(farm({ id: 'land-of-the-leopard', properties: { name: 'Land of the Leopard', ...properties }, ...over }))
    .farms,
});
const sofia = (fields: object) => ({ animals: [{ id: 'sofia', name: 'Sofia', ...fields }] });

function wrong(document: unknown): string[] {
  const result = Reserve.safeParse(document);
  return result.success ? [] : wrongFields(result.error).map(({ field, expected }) => `${field}: ${expected}`);
}

describe('Reserve', () => {
  it('takes any part of a registry, with defaults for what is not said', () => {
    expect(Reserve.parse({})).toEqual({});
    const parsed = Reserve.parse({ ...farms(farm()), collars: [{ serial: '30211' }] });
    expect(parsed.farms?.features[0]?.properties).toEqual({ name: 'Olenevod', nearM: 2000, closeM: 500 });
    expect(parsed.collars?.[0]).toEqual({ serial: '30211', format: 'json-v1' });
  });

  it('watches who leaves an area, unless it says who enters', () => {
    const watched = (document: unknown) => Reserve.parse(document).areas?.features[0]?.properties.watch;
    expect(watched(areas())).toBe('leaves');
    expect(watched(areas({ watch: 'enters' }))).toBe('enters');
  });

  it('takes what an animal can do, at the ends of what is allowed too', () => {
    const swift = { species: '', group: 'birds', maxSpeedKmh: 200, speedSlackM: 0 };
    expect(Reserve.parse(sofia(swift)).animals).toEqual(sofia(swift).animals);
    expect(wrong(sofia({ species: 'x'.repeat(200), maxSpeedKmh: 0.1, speedSlackM: 100_000 }))).toEqual([]);
  });

  it('keeps fields that it has no name for', () => {
    const given = { id: 'sofia', name: 'Sofia', sex: 'female', measured: { kg: [38, 41.5] } };
    expect(Reserve.parse({ animals: [given] }).animals).toEqual([given]);
  });

  it.each([
    [farms(farm({ id: 'Olenevod' })), 'farms.features[0].id: an id'],
    [farms(farm(), farm({ id: 'x' }), farm()), 'farms.features[2].id: each once'],
    [farms(farm({ geometry: { type: 'Point', coordinates: [1, 2] } })), 'farms.features[0].geometry.type: a Polygon'],
    [farms(farm({ geometry: null })), 'farms.features[0].geometry.type: a Polygon'],
    [
      farms(farm({ geometry: { type: 'Polygon', coordinates: [] } })),
      'geometry.coordinates: each polygon to be a list of rings',
    ],
    [
      farms(farm({ geometry: { type: 'Polygon', coordinates: [ring.slice(1)] } })),
      'geometry.coordinates[0]: each ring to have four',
    ],
    [
      farms(farm({ geometry: { type: 'Polygon', coordinates: [[...ring.slice(0, 3), [0, 0]]] } })),
      'geometry.coordinates[0]: each ring to end',
    ],
    [
      farms(farm({ geometry: { type: 'Polygon', coordinates: [[[131, 91], ...ring]] } })),
      'geometry.coordinates[0][0]: [longitude, latitude]',
    ],
    [
      farms(farm({ geometry: { type: 'Polygon', coordinates: [[...ring, ['a', 1]]] } })),
      'geometry.coordinates[0][4]: [longitude, latitude]',
    ],
    [
      farms(
        farm({ geometry: { type: 'Polygon', coordinates: [[ring[0], ring[2], ring[1], [131.2, 42.9], ring[0]]] } }),
      ),
      'geometry.coordinates[0]: a ring that does not cross itself',
    ],
    [farms(farm({}, { nearM: 100 })), 'farms.features[0].properties.closeM: at most nearM'],
    [farms(farm({}, { nearM: -1 })), 'farms.features[0].properties.nearM: number to be >0'],
    [farms(farm({}, { name: '' })), 'farms.features[0].properties.name: string'],
    [farms(farm({}, { note: 'a\0b' })), 'farms.features[0].properties.note: text without NUL'],
    [{ animals: [{ id: 'sofia', name: 'Sofia', '\ud800': 1 }] }, 'animals[0]: field names without'],
    [{ animals: [{ id: 'sofia', name: 'Sofia', kg: Infinity }] }, 'animals[0].kg: a number within range'],
    [areas({ watch: 'both' }), 'areas.features[0].properties.watch: "leaves" or "enters"'],
    [areas({ watch: null }), 'areas.features[0].properties.watch: "leaves" or "enters"'],
    [areas({ name: undefined }), 'areas.features[0].properties.name: string'],
    [areas({ note: 'a\0b' }), 'areas.features[0].properties.note: text without NUL'],
    [areas({}, { id: 'Land' }), 'areas.features[0].id: an id'],
    [areas({}, { type: 'Point' }), 'areas.features[0].type'],
    [
      areas({}, { geometry: { type: 'Polygon', coordinates: [ring.slice(1)] } }),
      'areas.features[0].geometry.coordinates[0]: each ring to have four',
    ],
    [
      { areas: { ...areas().areas, features: [...areas().areas.features, ...areas().areas.features] } },
      'areas.features[1].id: each once',
    ],
    [{ areas: [] }, 'areas: object'],
    [{ animals: [{ id: 'sofia' }] }, 'animals[0].name: string'],
    [sofia({ maxSpeedKmh: 0 }), 'animals[0].maxSpeedKmh: number to be >0'],
    [sofia({ maxSpeedKmh: 200.1 }), 'animals[0].maxSpeedKmh: number to be <=200'],
    [sofia({ maxSpeedKmh: '8' }), 'animals[0].maxSpeedKmh: number'],
    [sofia({ maxSpeedKmh: null }), 'animals[0].maxSpeedKmh: number'],
    [sofia({ speedSlackM: -1 }), 'animals[0].speedSlackM: number to be >=0'],
    [sofia({ speedSlackM: 100_001 }), 'animals[0].speedSlackM: number to be <=100000'],
    [sofia({ group: 'Females of 2026' }), 'animals[0].group: an id'],
    [sofia({ species: 'x'.repeat(201) }), 'animals[0].species: string to have <=200'],
    [sofia({ species: 7 }), 'animals[0].species: string'],
    [{ collars: [{ serial: 'a/b' }] }, 'collars[0].serial: a serial'],
    [{ collars: [{ serial: '1', secret: 'short' }] }, 'collars[0].secret: string to have >=8'],
    [{ deployments: [{ animal: 'sofia', collar: '1', from: '2026-01-01' }] }, 'deployments[0].from: a time like'],
    [
      { deployments: [{ animal: 'sofia', collar: '1', from: '2026-01-01T00:00:00' }] },
      'deployments[0].from: a time like',
    ],
    [
      { deployments: [{ animal: 'sofia', collar: '1', from: '2026-02-30T00:00:00Z' }] },
      'deployments[0].from: a time like',
    ],
    [
      { deployments: [{ animal: 'sofia', collar: '1', from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' }] },
      'deployments[0].to: later than from',
    ],
    [
      { deployments: [{ animal: 'sofia', collar: '1', from: '2026-01-02T00:00:00Z', until: null }] },
      'deployments[0].until: no such field',
    ],
    [{ gateways: [{ id: 'iridium', collars: 'all' }] }, 'gateways[0].collars: a list of serials'],
    [{ herds: [] }, 'herds: no such field'],
  ])('refuses %j', (document, expected) => {
    expect(wrong(document)).toEqual(expect.arrayContaining([expect.stringContaining(expected)]));
  });

  it('refuses what is nested without end, without falling over', () => {
    let deep: unknown = 1;
    for (let i = 0; i < 2_000; i++) deep = { deep };
    expect(wrong({ animals: [{ id: 'sofia', name: 'Sofia', deep }] })[0]).toContain('at most 16 levels');
  });
});
