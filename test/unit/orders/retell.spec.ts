import fc from 'fast-check';
import { Places } from '../../../src/alerting/places.ts';
import { RuleBook } from '../../../src/alerting/rule-book.ts';
import type { StoredFix } from '../../../src/alerting/trail.ts';
import type { World } from '../../../src/alerting/watch.ts';
import { STAMINA } from '../../../src/domain/quality/confirm.ts';
import { doubtNames } from '../../../src/domain/quality/doubt.ts';
import { intrinsicDoubts } from '../../../src/domain/quality/intrinsic.ts';
import { loadRules } from '../../../src/rules/index.ts';
import { Random } from '../../../simulator/random.ts';
import { aLand, aWay, trackOf } from '../../factories/tracks.ts';
import { MemoryJudge } from '../../support/memory-judge.ts';
import { guarded, slowAlerts, type SlowOutcome, type TestFarm } from '../../support/slow-alerts.ts';
import type { SentFix } from '../../support/slow-doubts.ts';

const RUNS = Number(process.env['ORDERS_FOLDS'] ?? 400);
const START = Date.UTC(2026, 8, 1);
const rules = [...(await loadRules()).values()].filter(({ name }) => name === 'farm-proximity');

function worldOf(farms: readonly TestFarm[]): World {
  const book = new RuleBook(rules);
  const collar = { serial: '30211', fixIntervalS: null };
  const animal = { id: 'sofia', species: null, group: null, stamina: STAMINA, collar };
  const places = new Places(farms.map(guarded), [], book.rules);
  return { rules: book.rules, lookbackMs: book.lookbackMs, places, watched: () => animal };
}

const stored = (fix: SentFix): StoredFix => {
  const { receivedAt = fix.at, ...reading } = fix;
  return { ...reading, receivedAt, collarId: 1, doubts: intrinsicDoubts(fix, receivedAt) };
};

/** What a judge has in the end, as the slow reading tells it. */
function outcomeOf(judge: MemoryJudge): SlowOutcome {
  const alerts = judge.standing().map(({ place, state, episode }) => {
    const { level, peak, openedAt, closedAt, closest } = episode;
    const isOpen = state === 'open';
    return {
      farm: place,
      state: isOpen ? 'open' : 'closed',
      level,
      peak,
      openedAt,
      closedAt,
      closest: closest!,
    } as const;
  });
  return { doubts: judge.fixes.map(({ doubts }) => doubtNames(doubts)), alerts };
}

/** How a track comes: each fix is put so many places later, cut into batches; some come again, and the process ends at times. */
const aDelivery = fc.record({
  seed: fc.integer({ min: 0, max: 1_000_000 }),
  /** How far from its place a fix may come, of the whole track; −1: newest first. */
  disorder: fc.constantFrom(0.1, 0.3, 1, -1),
  longestBatch: fc.constantFrom(1, 3, 20),
  restarts: fc.boolean(),
});
type Delivery = typeof aDelivery extends fc.Arbitrary<infer D> ? D : never;

async function deliver(judge: MemoryJudge, fixes: readonly StoredFix[], how: Delivery): Promise<void> {
  const random = new Random(how.seed, 'delivery');
  const placed = fixes.map((fix, index) => ({ fix, rank: rankOf(index, fixes.length, how, random) }));
  const mixed = placed.sort((a, b) => a.rank - b.rank).flatMap(({ fix }) => (random.chance(0.1) ? [fix, fix] : [fix]));
  for (let first = 0; first < mixed.length;) {
    const size = 1 + Math.floor(random.unit() * how.longestBatch);
    await judge.hear(mixed.slice(first, first + size), START);
    if (how.restarts && random.chance(0.2)) judge.restart();
    first += size;
  }
}

function rankOf(index: number, length: number, { disorder }: Delivery, random: Random): number {
  return disorder < 0 ? length - index : index + random.unit() * disorder * length;
}

describe('a track that comes in any order', () => {
  const changes: Record<string, number> = {};

  it('ends in the doubts and visits of the rules, read as slowly as they are written', async () => {
    const property = fc.asyncProperty(aLand, aWay(40), aDelivery, async (land, way, delivery) => {
      const track = trackOf(way, land, START);
      const judge = new MemoryJudge(worldOf(land.farms));
      await deliver(judge, track.filter(isUndoubted).map(stored), delivery);
      expect(outcomeOf(judge)).toEqual(slowAlerts(track.filter(isUndoubted), land.farms));
      for (const { change } of judge.told) changes[change] = (changes[change] ?? 0) + 1;
    });
    await fc.assert(property, { numRuns: RUNS });
    console.log(`${RUNS} deliveries: ${JSON.stringify(changes)}`);
  }, 120_000);

  it.each(['opened', 'escalated', 'eased', 'closed', 'amended', 'retracted'])('has shown many times: %s', (change) => {
    expect(changes[change]).toBeGreaterThan(RUNS / 20);
  });
});

/** Fixes that are doubted for themselves are not handed to the judge: they are marked before they are stored. */
const isUndoubted = (fix: SentFix) => intrinsicDoubts(fix, fix.at) === 0;
