import fc from 'fast-check';
import { person } from '../../../src/access/principal.ts';
import { grantPositions } from '../../../src/access/visibility.ts';
import { type Doubt, doubtBit, doubtNames } from '../../../src/domain/quality/doubt.ts';
import type { FixBlock } from '../../../src/history/fix-block.ts';
import { FixBlockStore } from '../../../src/history/fix-block.store.ts';
import { KnownThen } from '../../../src/history/known-then.ts';
import type { TrackQuestion } from '../../../src/history/track-question.ts';
import { TrackReader } from '../../../src/history/track-reader.ts';
import { Registry } from '../../../src/registry/registry.ts';
import { aLand, aWay, trackOf } from '../../factories/tracks.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { type SentFix, slowDoubts } from '../../support/slow-doubts.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 31, 20);
const RUNS = 50;

const grant = grantPositions(person({ id: 'a', name: 'a', role: 'ranger', farms: [], until: null }));
type Sent = SentFix & { readonly receivedAt: number };
type Shown = readonly [at: number, lon: number, lat: number, doubts: string];

describe('TrackReader', () => {
  let test: TestDatabase;
  let reader: TrackReader;
  beforeAll(async () => {
    test = await createTestDatabase();
    const store = new FixBlockStore(test.database);
    reader = new TrackReader(store, new KnownThen(store));
  });
  afterAll(() => test.drop());

  let collars = 0;

  /** Stores a track as collars of its own would have it in the end: the second is worn from `changeAt` on. */
  async function stored(track: readonly Sent[], changeAt: number): Promise<Registry> {
    const [first, second] = [++collars, ++collars];
    const doubts = slowDoubts(track);
    const rows = track.map(({ at, receivedAt, lon, lat, hdop, accuracyM }, index) => ({
      collar: at < changeAt ? first : second,
      at: at / 1_000,
      received: receivedAt / 1_000,
      ...{ lon, lat, hdop, accuracy: accuracyM },
      doubts: doubts[index]!.reduce((bits, name) => bits | doubtBit(name as Doubt), 0),
    }));
    await test.database.ensureMonths(track.map(({ at }) => at));
    await test.database.client.$executeRaw`
      INSERT INTO fix (at, received_at, lon, lat, collar_id, doubts, late, hdop, accuracy_m)
      SELECT to_timestamp(at), to_timestamp(received), lon, lat, collar, doubts, false, hdop, accuracy
      FROM json_to_recordset(${JSON.stringify(rows)}::json)
        AS r(collar int, at float8, received float8, lon float8, lat float8, doubts smallint, hdop real, accuracy real)`;
    const collar = (id: number) => ({
      id,
      serial: `c${id}`,
      format: '',
      secretHash: null,
      fixIntervalS: null,
      details: {},
    });
    return new Registry({
      ...{ version: 1, farms: [], areas: [], gateways: [] },
      animals: [{ id: 'sofia', name: 'Sofia', details: {} }],
      collars: [collar(first), collar(second)],
      deployments: [
        { id: 1, animal: 'sofia', collarId: first, from: START - 1, to: changeAt },
        { id: 2, animal: 'sofia', collarId: second, from: changeAt, to: null },
      ],
    });
  }

  async function shown(registry: Registry, question: Omit<TrackQuestion, 'animal'>): Promise<Shown[]> {
    const fixes: Shown[] = [];
    for await (const block of reader.blocks(grant, registry, { animal: 'sofia', ...question })) {
      expect(block.length).toBeGreaterThan(0);
      for (let i = 0; i < block.length; i++)
        fixes.push([block.at[i]!, block.lon[i]!, block.lat[i]!, doubtNames(block.doubts[i]!).join()]);
    }
    return fixes;
  }

  /** The same, by the rule as it is written. */
  function expected(
    track: readonly Sent[],
    { from, to, doubted, asOf = Infinity }: Omit<TrackQuestion, 'animal'>,
  ): Shown[] {
    const known = track.filter(({ receivedAt }) => receivedAt <= asOf);
    const doubts = slowDoubts(known);
    return known
      .map(({ at, lon, lat }, index): Shown => [at, lon, lat, doubts[index]!.join()])
      .filter(([at]) => at >= (from ?? -Infinity) && at < (to ?? Infinity))
      .filter(([, , , names]) => doubted === true || names === '');
  }

  const aHistory = fc
    .tuple(aLand, aWay(40), fc.array(fc.constantFrom(0, 0, 0, 1, 30, 300, 3_000, 100_000), { maxLength: 40 }))
    .map(([land, way, delays]) =>
      trackOf(way, land, START).map((fix, index): Sent => ({
        ...fix,
        receivedAt: fix.at + (delays[index] ?? 0) * MINUTE,
      })),
    );

  it('knows the past as it is and as it was known at any time, whatever came late', async () => {
    await fc.assert(
      fc.asyncProperty(aHistory, fc.infiniteStream(fc.nat()), fc.boolean(), async (track, picks, doubted) => {
        const times = [...new Set(track.flatMap(({ at, receivedAt }) => [at, at + 1, receivedAt, receivedAt - 1]))];
        const some = () => times[picks.next().value! % times.length]!;
        const registry = await stored(track, some());
        expect(await shown(registry, { doubted })).toEqual(expected(track, { doubted }));
        for (const asOf of [some(), some(), some(), Math.max(...times)]) {
          const [from, to] = [some(), some()].sort((a, b) => a - b) as [number, number];
          for (const period of [{}, { from, to: to + 1 }]) {
            const question = { ...period, doubted, asOf };
            expect(await shown(registry, question)).toEqual(expected(track, question));
          }
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('gives what a collar reported as it reported it, and what it did not as not a number', async () => {
    const collarId = ++collars;
    await test.database.ensureMonths([START]);
    await test.database.client.$executeRaw`
      INSERT INTO fix (at, received_at, lon, lat, collar_id, doubts, late, satellites, alt_m, accuracy_m, hdop, speed_mps, heading_deg,
                       temperature_c, battery_v, activity, device_seq)
      VALUES (to_timestamp(${START / 1_000 + 0.001}), to_timestamp(${START / 1_000}), -179.9999999, 1e-7, ${collarId}, 0, true, 7, -12.1,
              16777216, 1.4, 0.1, 359.99, -40.05, 3.583, 0, 9007199254740991),
             (to_timestamp(${START / 1_000 + 1}), to_timestamp(${START / 1_000}), 180, -90, ${collarId}, 0, false, NULL, NULL, NULL, NULL, NULL,
              NULL, NULL, NULL, NULL, NULL)`;
    const span = { collarId, serial: 'x', from: START, to: null };
    const store = new FixBlockStore(test.database);
    const columns = [
      'receivedAt',
      'late',
      'altM',
      'accuracyM',
      'hdop',
      'satellites',
      'speedMps',
      'headingDeg',
    ] as const;
    const more = ['temperatureC', 'batteryV', 'activity', 'seq'] as const;
    const block = await store.first(grant, { span, limit: 10, doubted: false, columns: [...columns, ...more] });
    const row = (place: number) => Object.values(block.columns).map((values) => values[place]);
    expect([...block.at]).toEqual([START + 1, START + 1_000]);
    expect([...block.lon, ...block.lat]).toEqual([-179.9999999, 180, 1e-7, -90]);
    expect(row(0)).toEqual([START, 1, -12.1, 16777216, 1.4, 7, 0.1, 359.99, -40.05, 3.583, 0, 9007199254740991]);
    expect(row(1)).toEqual([START, 0, ...Array<number>(10).fill(NaN)]);
  });

  it('reads on block after block', async () => {
    const collarId = ++collars;
    await test.database.ensureMonths([START, START + 25_000 * MINUTE]);
    await test.database.client.$executeRaw`
      INSERT INTO fix (at, received_at, lon, lat, collar_id, doubts, late)
      SELECT to_timestamp(${START / 1_000}) + n * interval '1 min', now(), 0, n * 1e-4, ${collarId}, 0, false FROM generate_series(0, 24999) n`;
    const collar = { id: collarId, serial: 'x', format: '', secretHash: null, fixIntervalS: null, details: {} };
    const registry = new Registry({
      ...{ version: 1, farms: [], areas: [], gateways: [], collars: [collar] },
      animals: [{ id: 'sofia', name: 'Sofia', details: {} }],
      deployments: [{ id: 1, animal: 'sofia', collarId, from: START, to: null }],
    });
    const blocks: FixBlock[] = [];
    for await (const block of reader.blocks(grant, registry, { animal: 'sofia' })) blocks.push(block);
    expect(blocks.map(({ length }) => length)).toEqual([10_000, 10_000, 5_000]);
    const times = blocks.flatMap(({ at }) => [...at]);
    expect(times.every((at, index) => at === START + index * MINUTE)).toBe(true);
    expect(times).toHaveLength(25_000);
  });
});
