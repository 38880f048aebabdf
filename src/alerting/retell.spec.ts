import fc from 'fast-check';
import { MemoryJudge } from '../../test/support/memory-judge.ts';
import { trueOffset } from '../../test/support/geodesy-oracle.ts';
import { evenly } from '../../test/support/shapes.ts';
import { STAMINA } from '../domain/quality/confirm.ts';
import { loadRules } from '../rules/index.ts';
import type { Farm } from '../domain/farm.ts';
import { Places } from './places.ts';
import { inDefault, RuleBook } from './rule-book.ts';
import type { StoredFix } from './trail.ts';
import type { World } from './watch.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 5, 1);
const CENTRE = { lon: 131.7, lat: 43.3 };

function farmAt(id: string, azimuth: number, metres: number): Farm {
  const { lon, lat } = trueOffset(CENTRE, azimuth, metres);
  const [w, s, e, n] = [lon - 0.004, lat - 0.003, lon + 0.004, lat + 0.003];
  const ring = [
    [w, s],
    [e, s],
    [e, n],
    [w, n],
    [w, s],
  ];
  return { id, name: id, nearM: 2_000, closeM: 500, boundary: { type: 'Polygon', coordinates: [ring] } };
}

const farms = [farmAt('middle', 0, 0), farmAt('east', 90, 5_000), farmAt('far', 0, 30_000)];
const area = { id: 'land', name: 'Land', watch: 'leaves' as const, boundary: farmAt('land', 0, 0).boundary };
const rules = await loadRules();

function worldOf(names: readonly string[]): World {
  const asked = [...rules.values()].filter(({ name }) => names.includes(name));
  const book = new RuleBook(
    asked,
    asked.map((rule) => ({ ...inDefault(rule), enabled: true })),
  );
  const collar = { serial: '30211', fixIntervalS: 3_600 };
  const animal = { id: 'sofia', species: 'Panthera pardus orientalis', group: null, stamina: STAMINA, collar };
  return {
    rules: book.rules,
    lookbackMs: book.lookbackMs,
    places: new Places(farms, [area], book.rules),
    watched: () => animal,
  };
}

/** A walk about the farms: steps, jumps that no leopard makes, rests, silences. */
const aTrack: fc.Arbitrary<StoredFix[]> = fc
  .array(
    fc.record({
      minutes: fc.oneof(
        { weight: 8, arbitrary: fc.constantFrom(15, 30, 60, 60, 60, 120) },
        { weight: 1, arbitrary: fc.constantFrom(400, 1_500) },
      ),
      azimuth: fc.integer({ min: 0, max: 359 }),
      metres: fc.oneof(
        { weight: 4, arbitrary: fc.integer({ min: 0, max: 4_000 }) },
        { weight: 4, arbitrary: fc.integer({ min: 4_000, max: 9_000 }) },
        { weight: 1, arbitrary: fc.integer({ min: 20_000, max: 90_000 }) },
      ),
      isRest: fc.boolean(),
      accuracyM: fc.constantFrom(8, 15, 60, 250),
      batteryV: fc.constantFrom(3.6, 3.5, 3.2),
    }),
    { minLength: 20, maxLength: 80, size: 'max' },
  )
  .map((steps) => {
    let at = START;
    let place = CENTRE;
    return steps.map(({ minutes, azimuth, metres, isRest, accuracyM, batteryV }): StoredFix => {
      at += minutes * MINUTE;
      if (!isRest) place = trueOffset(CENTRE, azimuth, metres);
      return { ...place, at, receivedAt: at, collarId: 1, doubts: 0, accuracyM, batteryV };
    });
  });

/** How a track arrives: an order, batches, duplicates, restarts. */
const aDelivery = fc.record({
  order: fc.infiniteStream(evenly(0, 1)),
  /** How far from its place a fix may come; 1: anywhere. */
  disorder: fc.constantFrom(0.1, 0.3, 1),
  sizes: fc.infiniteStream(fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 12 }))),
  repeats: fc.infiniteStream(fc.integer({ min: 0, max: 9 })),
});

type Delivery = typeof aDelivery extends fc.Arbitrary<infer T> ? T : never;

function deliver(track: readonly StoredFix[], { order, disorder, sizes, repeats }: Delivery): StoredFix[][] {
  const next = <T>(stream: fc.Stream<T>) => stream.next().value as T;
  const shuffled = track
    .map((fix, index) => ({ fix, rank: index + next(order) * disorder * track.length }))
    .sort((a, b) => a.rank - b.rank)
    .flatMap(({ fix }) => (next(repeats) === 0 ? [fix, fix] : [fix]));
  const batches: StoredFix[][] = [];
  for (let first = 0; first < shuffled.length;) {
    const size = next(sizes);
    batches.push(shuffled.slice(first, first + size));
    first += size;
  }
  return batches;
}

const doubtsOf = (judge: MemoryJudge) => judge.fixes.map(({ at, doubts }) => [at, doubts]);
const standing = (judge: MemoryJudge) =>
  judge.standing().map(({ rule, place, episode, settledAt }) => ({ rule, place, episode, settledAt }));

async function judged(world: World, batches: readonly (readonly StoredFix[])[], now: number): Promise<MemoryJudge> {
  const judge = new MemoryJudge(world);
  for (const [index, batch] of batches.entries()) {
    // Silences become alerts while fixes are on their way, too.
    const newest = Math.max(
      ...batches
        .slice(0, index + 1)
        .flat()
        .map(({ at }) => at),
    );
    await judge.hear(batch, newest);
    if (index % 3 === 2) await judge.lapse(newest + 5 * 60 * MINUTE);
    if (index % 7 === 6) judge.restart();
  }
  await judge.hear(batches.flat().slice(0, 1), now);
  await judge.lapse(now);
  return judge;
}

describe.each([[['farm-proximity']], [[...rules.keys()]]])('telling again, by the rules %j', (names) => {
  const world = worldOf(names);

  it('ends in the same alerts and doubts whatever the order, the batches and the repetitions', async () => {
    const changes: Record<string, number> = {};
    await fc.assert(
      fc.asyncProperty(aTrack, aDelivery, async (track, delivery) => {
        const now = track.at(-1)!.at + 30 * 60 * MINUTE;
        const sorted = await judged(world, [track], now);
        const mixed = await judged(world, deliver(track, delivery), now);
        for (const { rule, change } of mixed.told)
          changes[`${rule} ${change}`] = (changes[`${rule} ${change}`] ?? 0) + 1;
        expect(doubtsOf(mixed)).toEqual(doubtsOf(sorted));
        expect(standing(mixed)).toEqual(standing(sorted));
      }),
      { numRuns: 300 },
    );
    for (const change of ['opened', 'escalated', 'eased', 'closed', 'amended', 'retracted'])
      expect(changes[`farm-proximity ${change}`]).toBeGreaterThan(10);
  }, 120_000);
});
