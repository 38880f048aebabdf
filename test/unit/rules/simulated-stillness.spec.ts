import { errorMetres } from '../../../src/domain/fix.ts';
import immobility from '../../../src/rules/immobility.ts';
import type { JudgedFix } from '../../../src/rules/rule.ts';
import { Collar } from '../../../simulator/collar/collar.ts';
import type { Leg } from '../../../simulator/movement/leg.ts';
import { legEnd } from '../../../simulator/movement/leg.ts';
import { Plane } from '../../../simulator/movement/plane.ts';
import { Walker } from '../../../simulator/movement/walker.ts';
import { foldLong } from '../../support/long-fold.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const FROM = Date.UTC(2026, 0, 1);
const HOME = { lon: 131.645, lat: 43.315 };
const SEEDS = [0, 1, 2, 3, 4, 5];

/** A simulated female, hourly, with the errors and failures of her collar; from a day on she does not move any more. */
function female(seed: number, days: number, diesOn = Infinity): JudgedFix[] {
  const until = FROM + days * DAY_MS;
  const plane = new Plane(HOME);
  const walker = new Walker({ seed, home: HOME, from: FROM, farms: [], visitChance: 0 });
  const collar = new Collar({ seed, plane, from: FROM, until, intervalMs: HOUR_MS, errors: true });
  const death = FROM + diesOn * DAY_MS;
  const fixes: JudgedFix[] = [];
  let place: Leg['waypoints'][0] | undefined;
  for (const leg of walker.legs()) {
    if (leg.waypoints[0].at >= death) place ??= leg.waypoints[0];
    for (const { report } of collar.attempts(place ? lyingAt(place, leg) : leg)) {
      if (!('lon' in report)) continue;
      const { at, lon, lat, activity = 0 } = report;
      fixes.push({ at, lon, lat, errorM: errorMetres(report), activity: place ? 0 : activity });
    }
    if (legEnd(leg).at >= until) return fixes;
  }
  return fixes;
}

function lyingAt({ x, y }: Leg['waypoints'][0], leg: Leg): Leg {
  const [begin, end] = [leg.waypoints[0], legEnd(leg)];
  return {
    state: 'rest',
    waypoints: [
      { ...begin, x, y },
      { ...end, x, y },
    ],
  };
}

const unheard = (fixes: readonly JudgedFix[]) => fixes.map(({ at, lon, lat, errorM }) => ({ at, lon, lat, errorM }));

const openedAt = (fixes: readonly JudgedFix[]) =>
  foldLong(immobility, fixes, null).flatMap(({ step }) => (step.change === 'opened' ? [step.at] : []));

describe('immobility of simulated females', () => {
  it('takes stays at kills and long rests for dead less than once in ten months, with a sensor', () => {
    const months = (SEEDS.length * 90) / 30;
    expect(SEEDS.flatMap((seed) => openedAt(female(seed, 90))).length / months).toBeLessThan(0.1);
  });

  it('does so hardly more often without', () => {
    const months = (SEEDS.length * 90) / 30;
    expect(SEEDS.flatMap((seed) => openedAt(unheard(female(seed, 90)))).length / months).toBeLessThan(0.2);
  });

  it.each(SEEDS)('tells of death %d once: within two days, or three without a sensor', (seed) => {
    const fixes = female(seed, 20, 10);
    const hours = (told: readonly number[]) =>
      told.map((at) => (at - FROM - 10 * DAY_MS) / HOUR_MS).filter((h) => h > 20);
    const [heard, alone] = [hours(openedAt(fixes)), hours(openedAt(unheard(fixes)))];
    expect([heard.length, alone.length]).toEqual([1, 1]);
    expect(heard[0]).toBeLessThan(48);
    expect(alone[0]).toBeLessThan(72);
  });
});
