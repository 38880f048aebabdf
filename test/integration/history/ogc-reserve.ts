import { doubtBit } from '../../../src/domain/quality/doubt.ts';
import { aFarm } from '../../factories/reserve.ts';
import { startRestApp, type RestApp } from '../../support/rest-app.ts';

/** A fix as tests write it. */
export interface TestFix {
  readonly collar: string;
  readonly at: string;
  readonly lon: number;
  readonly lat: number;
  readonly doubts?: number;
  readonly hdop?: number;
}

export const SPEED = doubtBit('impossible-speed');

/** Stores fixes as they would stand after their judging. */
export async function storeFixes(rest: RestApp, fixes: readonly TestFix[]): Promise<void> {
  const { database } = rest.test;
  await database.ensureMonths(fixes.map(({ at }) => Date.parse(at)));
  await database.client.$executeRaw`
    INSERT INTO fix (at, received_at, lon, lat, collar_id, doubts, late, hdop)
    SELECT f.at, f.at + interval '90 s', f.lon, f.lat, c.id, coalesce(f.doubts, 0), false, f.hdop
    FROM json_to_recordset(${JSON.stringify(fixes)}::json)
      AS f(collar text, at timestamptz, lon float8, lat float8, doubts smallint, hdop real) JOIN collar c ON c.serial = f.collar`;
}

/** A visit as its alert stands. */
export interface TestVisit {
  readonly id: string;
  readonly animal?: string;
  readonly farm: string;
  readonly state?: string;
  readonly kind?: string;
  readonly openedAt: string;
  readonly closedAt?: string | null;
}

export async function storeVisits(rest: RestApp, visits: readonly TestVisit[]): Promise<void> {
  for (const { id, animal = 'sofia', farm, state = 'closed', kind = 'farm-proximity', openedAt, closedAt } of visits)
    await rest.test.database.client.$executeRaw`
      INSERT INTO alert (id, kind, animal_id, farm_id, state, level, peak, opened_at, closed_at, closest_m, closest_at, closest_between,
        late, learned_at, revision)
      VALUES (${id}::uuid, ${kind}, ${animal}, ${farm}, ${state}, 'near', 'close', ${openedAt}::timestamptz,
        ${closedAt ?? null}::timestamptz, 132.44, ${openedAt}::timestamptz, false, false, ${openedAt}::timestamptz, 1)`;
}

/** A farm on 180°, its ring written with a step from sign to sign. */
const DATELINE = {
  ...aFarm('dateline'),
  geometry: {
    type: 'Polygon',
    coordinates: [
      [
        [179.99, 65.99],
        [-179.99, 65.99],
        [-179.99, 66.01],
        [179.99, 66.01],
        [179.99, 65.99],
      ],
    ],
  },
};

/** Sofia with two collars one after the other, Leo on her first, an animal never seen, and one on either side of 180°. */
export async function startReserve(settings: Readonly<Record<string, string>> = {}): Promise<RestApp> {
  const rest = await startRestApp(settings);
  const put = await rest.ask('PUT', '/api/v1/reserve', {
    body: {
      farms: {
        type: 'FeatureCollection',
        features: [aFarm(), aFarm('nakhodka', { lon: 132.9, lat: 42.8 }), DATELINE],
      },
      animals: [
        { id: 'sofia', name: 'Sofia', species: 'Panthera pardus orientalis', sex: 'female' },
        { id: 'leo', name: 'Leo "the second"' },
        { id: 'unseen', name: 'Unseen' },
        { id: 'wrangel', name: 'Wrangel' },
      ],
      collars: [{ serial: 'one' }, { serial: 'two' }, { serial: 'three' }, { serial: 'far' }],
      deployments: [
        { animal: 'sofia', collar: 'one', from: '2008-03-01T00:00:00Z', to: '2026-01-03T00:00:00Z' },
        { animal: 'sofia', collar: 'two', from: '2026-01-03T00:00:00Z' },
        { animal: 'leo', collar: 'one', from: '2026-01-03T00:00:00Z' },
        { animal: 'unseen', collar: 'three', from: '2026-01-01T00:00:00Z' },
        { animal: 'wrangel', collar: 'far', from: '2026-01-01T00:00:00Z' },
      ],
    },
  });
  if (put.status !== 200) throw new Error(put.text);
  await storeFixes(rest, [
    { collar: 'one', at: '2008-03-15T12:00:00.001Z', lat: 43.5, lon: 131.5 },
    { collar: 'one', at: '2026-01-01T00:00:00Z', lat: 43.1, lon: 131.1, hdop: 1.4 },
    { collar: 'one', at: '2026-01-02T00:00:00Z', lat: 10, lon: 20, doubts: SPEED },
    { collar: 'one', at: '2026-01-02T12:00:00Z', lat: 43.3, lon: 131.3 },
    { collar: 'two', at: '2026-01-02T23:59:59.999Z', lat: 1, lon: 1 },
    { collar: 'two', at: '2026-01-03T00:00:00Z', lat: 43.4, lon: 131.4 },
    { collar: 'two', at: '2026-01-04T00:00:00Z', lat: 50, lon: 140, doubts: SPEED },
    { collar: 'one', at: '2026-01-05T00:00:00Z', lat: 44, lon: 132 },
    { collar: 'far', at: '2026-01-05T00:00:00Z', lat: 66.1, lon: 179.9 },
    { collar: 'far', at: '2026-01-06T00:00:00Z', lat: 66.2, lon: -179.8 },
  ]);
  await storeVisits(rest, [
    { id: visitId(1), farm: 'olenevod', openedAt: '2026-01-01T00:00:00Z', closedAt: '2026-01-01T06:00:00Z' },
    { id: visitId(2), farm: 'olenevod', openedAt: '2026-01-02T00:00:00Z', state: 'retracted', closedAt: null },
    { id: visitId(3), farm: 'nakhodka', animal: 'leo', openedAt: '2026-01-05T00:00:00Z', state: 'open' },
    { id: visitId(4), farm: 'gone', openedAt: '2026-01-06T00:00:00Z', closedAt: '2026-01-07T00:00:00Z' },
    { id: visitId(5), farm: 'olenevod', openedAt: '2026-01-06T00:00:00Z', kind: 'approach', state: 'open' },
  ]);
  return rest;
}

export function visitId(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}
