import fc from 'fast-check';
import type { Episode } from '../../../src/domain/alert/episode.ts';
import { errorMetres } from '../../../src/domain/fix.ts';
import {
  confirm,
  isImplausible,
  type PlacedFix,
  STAMINA,
  UNKNOWN_ANIMAL,
} from '../../../src/domain/quality/confirm.ts';
import { geodesicMetres } from '../../../src/domain/geo/ellipsoid.ts';
import { doubtNames } from '../../../src/domain/quality/doubt.ts';
import { intrinsicDoubts } from '../../../src/domain/quality/intrinsic.ts';
import rule from '../../../src/rules/farm-proximity.ts';
import type { JudgedFix, Scene } from '../../../src/rules/rule.ts';
import { aLand, aWay, trackOf } from '../../factories/tracks.ts';
import { trueOffset } from '../../support/geodesy-oracle.ts';
import { anAzimuth, evenly } from '../../support/shapes.ts';
import { guarded, slowAlerts, type SlowAlert, type SlowOutcome, type TestFarm } from '../../support/slow-alerts.ts';
import { type SentFix, slowDoubts } from '../../support/slow-doubts.ts';

const RUNS = Number(process.env['ORDERS_FOLDS'] ?? 400);
const HOUR = 3_600_000;
const START = Date.UTC(2026, 8, 1);
const settings = rule.settings.parse({});
const scene: Scene = {
  animal: { id: 'sofia', species: null, group: null, stamina: STAMINA, collar: { serial: '1', fixIntervalS: null } },
  recent: [],
  nearestFarm: () => null,
};

type Placed = SentFix & PlacedFix;

/** The server's own pure parts over fixes in order: what is doubted of each, then what is told of each farm. */
function outcomeOf(fixes: readonly SentFix[], farms: readonly TestFarm[]): SlowOutcome {
  const bits = fixes.map((fix) => intrinsicDoubts(fix, fix.receivedAt ?? fix.at));
  const placeOf = new Map(fixes.map(({ at }, index) => [at, index]));
  const judged: Placed[] = [];
  let state = UNKNOWN_ANIMAL as Parameters<typeof confirm<Placed>>[0];
  for (const [index, fix] of fixes.entries()) {
    if (bits[index] !== 0) continue;
    const confirmed = confirm<Placed>(state, { ...fix, collarId: 1 }, STAMINA);
    for (const { fix: other, to } of confirmed.reconsidered) bits[placeOf.get(other.at)!] = to;
    judged.push(...confirmed.judge);
    state = confirmed.state;
  }
  const moves = judged.map((fix): JudgedFix => ({ at: fix.at, lon: fix.lon, lat: fix.lat, errorM: errorMetres(fix) }));
  const byFarm = [...farms].sort((a, b) => (a.id < b.id ? -1 : 1));
  return { doubts: bits.map(doubtNames), alerts: byFarm.flatMap((farm) => alertsOf(moves, farm)) };
}

function alertsOf(fixes: readonly JudgedFix[], testFarm: TestFarm): SlowAlert[] {
  const farm = guarded(testFarm);
  const alerts: SlowAlert[] = [];
  let state = null;
  for (const [index, to] of fixes.entries()) {
    const {
      steps,
      episode,
      state: next,
    } = rule.judge({ from: fixes[index - 1] ?? null, to }, farm, state, settings, scene);
    state = next;
    for (const step of steps) keep(step.change === 'opened', step.episode);
    if (steps.length === 0 && episode) keep(false, episode);
  }
  function keep(isNew: boolean, { level, peak, openedAt, closedAt, closest }: Episode): void {
    if (!isNew) alerts.pop();
    const told = { farm: farm.id, level, peak, openedAt, closedAt, closest: closest! };
    alerts.push({ ...told, state: closedAt === null ? 'open' : 'closed' });
  }
  return alerts;
}

/** What appeared how often in the tracks that were drawn. */
class Census {
  readonly counts: Record<string, number> = {};

  add(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }

  addOutcome(fixes: readonly SentFix[], { doubts, alerts }: SlowOutcome): void {
    for (const [index, names] of doubts.entries()) {
      for (const name of names) this.add(name);
      if (names.includes('impossible-speed') && doubts[index + 1]?.includes('impossible-speed')) this.add('two spikes');
      if (names.length === 0) this.addTrusted(fixes, doubts, index);
    }
    for (const { state, peak, level, closest } of alerts) {
      this.add(`visit ${state}`);
      this.add(`peak ${peak}`);
      if (closest.between) this.add('closest between fixes');
      if (level !== peak) this.add('eased');
    }
    if (Math.abs(fixes[0]!.lat) > 79) this.add('far north');
    if (fixes.some(({ lon }) => lon > 179) && fixes.some(({ lon }) => lon < -179)) this.add('across 180°');
  }

  private addTrusted(fixes: readonly SentFix[], doubts: readonly string[][], index: number): void {
    const before = doubts.slice(0, index).findLastIndex((names) => names.length === 0);
    if (before < 0) {
      if (doubts[doubts.findIndex((names, after) => after > index && own(names))]?.length) this.add('first fix wrong');
      return;
    }
    const [from, to] = [fixes[before]!, fixes[index]!];
    if (isImplausible(from, to, STAMINA)) this.add('jump that stays');
    if (from.lon === to.lon && from.lat === to.lat) this.add('rest');
    if (to.at - from.at === 6 * HOUR) this.add('exactly six hours');
  }
}

/** Whether a fix was not doubted for itself. */
const own = (names: readonly string[]) => names.every((name) => name === 'impossible-speed' || name === 'unconfirmed');

const aWorld = fc.tuple(aLand, aWay(40));

describe('doubts and visits of a track in order', () => {
  const census = new Census();

  it('are those of the rules, read as slowly as they are written', () => {
    fc.assert(
      fc.property(aWorld, ([land, way]) => {
        const fixes = trackOf(way, land, START);
        const expected = slowAlerts(fixes, land.farms);
        expect(outcomeOf(fixes, land.farms)).toEqual(expected);
        census.addOutcome(fixes, expected);
        for (const { leg } of way.legs) census.add(`leg ${leg.kind}`);
      }),
      { numRuns: RUNS },
    );
    console.log(`${RUNS} tracks: ${JSON.stringify(census.counts)}`);
  });

  it.each([
    'visit open',
    'visit closed',
    'peak near',
    'peak close',
    'peak inside',
    'eased',
    'closest between fixes',
    'impossible-speed',
    'unconfirmed',
    'poor-accuracy',
    'null-island',
    'two spikes',
    'jump that stays',
    'first fix wrong',
    'rest',
    'exactly six hours',
    'across 180°',
    'far north',
    'leg limit',
  ])('have shown many times: %s', (kind) => {
    expect(census.counts[kind] ?? 0).toBeGreaterThan(RUNS / 50);
  });
});

describe('two fixes as far apart as an animal gets', () => {
  const doubtsOf = (fixes: readonly SentFix[]) => outcomeOf(fixes, []).doubts;
  const pairs = fc.record({
    azimuth: anAzimuth(),
    ms: fc.integer({ min: 0, max: 10 * HOUR }),
    lat: evenly(-80, 80),
    lon: fc.constantFrom(-179.99, 0, 131.7, 180),
  });
  const pair = ({ azimuth, ms, lat, lon }: typeof pairs extends fc.Arbitrary<infer P> ? P : never, moreM: number) => {
    const metres = 1_500 + (8_000 * ms) / HOUR + moreM;
    return [
      { at: START, lat, lon },
      { at: START + ms, ...trueOffset({ lat, lon }, azimuth, metres) },
    ];
  };

  it.each([
    // Metres are right to about 1.2 in 10 million of 100 km.
    ['3 cm less', -0.03, []],
    ['3 cm more', 0.03, ['unconfirmed']],
  ])('%s', (_, moreM, expected) => {
    fc.assert(
      fc.property(pairs, (drawn) => {
        const fixes = pair(drawn, moreM);
        expect(slowDoubts(fixes)).toEqual([[], expected]);
        expect(doubtsOf(fixes)).toEqual([[], expected]);
      }),
      { numRuns: 500 },
    );
  });

  it('exactly: it may have come there', () => {
    const [from, to] = pair({ azimuth: 30, ms: HOUR, lat: 43, lon: 131.7 }, 0) as [SentFix, SentFix];
    const metres = geodesicMetres(from, to);
    expect(isImplausible(from, to, { maxKmh: 0, slackM: metres })).toBe(false);
    expect(isImplausible(from, to, { maxKmh: 0, slackM: metres - 1e-6 })).toBe(true);
    expect(slowDoubts([from, to], { kmh: 0, km: metres / 1_000 })).toEqual([[], []]);
    expect(slowDoubts([from, to], { kmh: 0, km: metres / 1_000 - 1e-9 })).toEqual([[], ['unconfirmed']]);
  });
});
