import { BatchStore } from '../../../src/ingest/batch.store.ts';
import { FixStore } from '../../../src/ingest/fix.store.ts';
import { aFix } from '../../factories/fixes.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';

let test: TestDatabase;
let store: FixStore;
let log: BatchStore;

beforeAll(async () => {
  test = await createTestDatabase();
  store = new FixStore(test.database);
  log = new BatchStore(test.database);
});
afterAll(() => test.drop());

const count = async () => {
  const [row] = await test.database.client.$queryRaw<{ n: number }[]>`SELECT count(*)::integer AS n FROM fix`;
  return row!.n;
};

describe('FixStore', () => {
  it('stores every field of a fix and gives it back in the log, to the millisecond', async () => {
    const whole = aFix({
      at: Date.UTC(2008, 2, 22, 17, 0, 0, 7),
      lon: -112.68706977879135,
      lat: 43.802316306974156,
      doubts: 12,
      late: true,
      satellites: 7,
      altM: -529,
      accuracyM: 12.5,
      hdop: 1.4,
      speedMps: 0.4,
      headingDeg: 213,
      temperatureC: -4.5,
      batteryV: 3.58,
      activity: 41,
      seq: 9_007_199_254_740_991,
      extra: { firmware: { v: [1, null, 'x'] } },
    });
    const { seq, known, committedAt } = await store.commit([whole]);
    expect(known).toEqual([]);
    expect(Math.abs(committedAt - Date.now())).toBeLessThan(60_000);
    const [entry] = await log.readAfter(seq! - 1, 1);
    expect(entry).toEqual({ seq, committedAt, kind: 'fixes', fixes: [whole] });
    const [row] = await test.database.client.$queryRaw<unknown[]>`
      SELECT at, lon, lat, doubts, late, satellites, alt_m, battery_v, device_seq, extra FROM fix WHERE collar_id = 1`;
    expect(row).toEqual({
      at: new Date(whole.at),
      lon: whole.lon,
      lat: whole.lat,
      doubts: 12,
      late: true,
      satellites: 7,
      alt_m: -529,
      battery_v: 3.58,
      device_seq: 9_007_199_254_740_991n,
      extra: whole.extra,
    });
  });

  it('absorbs what it has, tells which, and logs only what is new', async () => {
    const fixes = [0, 1, 2, 3].map((n) => aFix({ collarId: 2, at: 1_700_000_000_001 + n * 7 }));
    const first = await store.commit(fixes.slice(0, 2));
    const second = await store.commit(fixes);
    expect(second.known).toEqual([0, 1]);
    expect(second.seq).toBeGreaterThan(first.seq!);
    expect(await log.readAfter(first.seq!, 10)).toMatchObject([{ fixes: fixes.slice(2) }]);
    const before = await count();
    expect(await store.commit(fixes)).toMatchObject({ seq: null, known: [0, 1, 2, 3] });
    expect(await count()).toBe(before);
  });

  it('tells what contradicts the stored fix from what repeats it', async () => {
    const fixes = [0, 1, 2, 3].map((n) =>
      aFix({ collarId: 3, at: 1_700_000_000_000 + n, batteryV: 3.58, hdop: 1.1, extra: { a: 1, b: 2 } }),
    );
    await store.commit(fixes);
    const again = [
      { ...fixes[0]!, receivedAt: 1_800_000_000_000, late: true, doubts: 1 },
      { ...fixes[1]!, lon: fixes[1]!.lon + 1e-9 },
      { ...fixes[2]!, batteryV: 3.59 },
      { ...fixes[3]!, extra: { b: 2, a: 1 } },
    ];
    expect(await store.conflicting(again)).toEqual([1, 2]);
  });

  it('keeps a dead letter once, however often it comes', async () => {
    const letter = {
      door: 'embedded' as const,
      serial: 'x',
      receivedAt: 1_700_000_000_000,
      reason: 'unreadable' as const,
      detail: 'expected JSON',
      payload: Buffer.from([0, 255, 34]),
    };
    await store.storeLetters([letter, letter]);
    await store.storeLetters([letter]);
    const rows = await test.database.client.$queryRaw<unknown[]>`SELECT serial, payload, times FROM dead_letter`;
    expect(rows).toEqual([{ serial: 'x', payload: new Uint8Array([0, 255, 34]), times: 2 }]);
  });

  it('gives the log numbers in the order of commits when writers overlap', async () => {
    const { head } = await log.reach();
    const seen: number[] = [];
    let cursor = head;
    const writers = Array.from({ length: 4 }, async (_, writer) => {
      for (let n = 0; n < 25; n++) await store.commit([aFix({ collarId: 10 + writer, at: 1_700_000_000_000 + n })]);
    });
    const done = Promise.all(writers);
    let finished = false;
    void done.then(() => (finished = true));
    for (let last = false; ;) {
      for (const { seq } of await log.readAfter(cursor, 1_000)) {
        seen.push(seq);
        cursor = seq;
      }
      if (last) break;
      last = finished;
    }
    await done;
    expect(seen).toHaveLength(100);
    expect([...seen].sort((a, b) => a - b)).toEqual(seen);
  });

  it('forgets old entries of the log, but none that a reader has not read, and remembers up to where', async () => {
    const { client } = test.database;
    await client.$executeRaw`UPDATE batch SET committed_at = now() - interval '8 days'`;
    const { head } = await log.reach();
    await client.$executeRaw`INSERT INTO cursor (name, seq) VALUES ('reader:test', ${head - 1})`;
    await log.prune(7);
    expect(await log.reach()).toEqual({ head, oldest: head - 1 });
    await client.$executeRaw`DELETE FROM cursor WHERE name = 'reader:test'`;
    await log.prune(7);
    expect(await log.reach()).toEqual({ head, oldest: head });
    const { seq } = await store.commit([aFix({ collarId: 20 })]);
    expect(seq).toBeGreaterThan(head);
  });

  it('knows the newest trusted fix of each animal through its deployments', async () => {
    const { client } = test.database;
    await client.$executeRaw`INSERT INTO animal (id, name, details) VALUES ('sofia', 'Sofia', '{}')`;
    await client.$executeRaw`INSERT INTO collar (serial, format, details) VALUES ('a', 'json-v1', '{}'), ('b', 'json-v1', '{}')`;
    await client.$executeRaw`
      INSERT INTO deployment (animal_id, collar_id, starts_at, ends_at)
      SELECT 'sofia', id, to_timestamp(CASE serial WHEN 'a' THEN 1000 ELSE 2000 END), to_timestamp(CASE serial WHEN 'a' THEN 2000 ELSE 99999 END) FROM collar`;
    const [a, b] = await client.$queryRaw<{ id: number }[]>`SELECT id FROM collar ORDER BY serial`;
    const at = (collarId: number, seconds: number, doubts = 0) =>
      aFix({ collarId: collarId, at: seconds * 1_000, doubts });
    await store.commit([at(a!.id, 1_500), at(a!.id, 2_500), at(b!.id, 2_100), at(b!.id, 9_000, 1)]);
    expect(await store.newestByAnimal()).toEqual(new Map([['sofia', 2_100_000]]));
  });
});
