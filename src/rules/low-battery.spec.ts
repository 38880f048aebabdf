import fc from 'fast-check';
import { SOMEBODY } from '../../test/support/long-fold.ts';
import { foldFromRest, foldRule, type Life } from '../../test/support/rule-fold.ts';
import rule from './low-battery.ts';
import type { JudgedFix } from './rule.ts';

const HOUR_MS = 3_600_000;
const settings = rule.settings.parse({});

/** Days of voltages around the limits: falling, rising, replaced, with cold hours, wild readings and none. */
const aLife: fc.Arbitrary<Life> = fc
  .record({
    everyH: fc.constantFrom(2, 3, 7),
    times: fc.array(
      fc.record({
        hours: fc.integer({ min: 6, max: 60 }),
        volts: fc.constantFrom(2.95, 3.05, 3.15, 3.25, 3.35, 3.45, 3.6),
        aDay: fc.constantFrom(0, -0.03, 0.02),
        coldV: fc.constantFrom(0, 0.06),
        wild: fc.constantFrom(-1, 5),
        silent: fc.boolean(),
      }),
      { minLength: 1, maxLength: 5 },
    ),
  })
  .map(({ everyH, times }) => {
    let at = 1_790_000_000_000;
    const fixes = times.flatMap(({ hours, volts, aDay, coldV, wild, silent }) =>
      Array.from({ length: Math.ceil(hours / everyH) }, (_, i): JudgedFix => {
        at += everyH * HOUR_MS;
        const isCold = Math.floor(at / HOUR_MS) % 24 < 9;
        const batteryV = i === wild ? 0 : volts + (aDay * i * everyH) / 24 - (isCold ? coldV : 0);
        return { lon: 131.7, lat: 43.3, at, errorM: 10, ...(silent && i % 3 === 1 ? {} : { batteryV }) };
      }),
    );
    return { animal: SOMEBODY, fixes, places: [null], farms: [] };
  });

/** The rule once more: every median from all fixes there are. */
function slowly(fixes: readonly JudgedFix[]): string[] {
  const told: string[] = [];
  let level: string | null = null;
  for (const { at, batteryV } of fixes) {
    const volts = fixes.filter((fix) => fix.at > at - 24 * HOUR_MS && fix.at <= at && fix.batteryV !== undefined);
    const known = volts.length >= 3 && volts.at(-1)!.at - volts[0]!.at >= 12 * HOUR_MS;
    if (batteryV === undefined || !known) continue;
    const sorted = volts.map((fix) => fix.batteryV!).sort((a, b) => a - b);
    const middle = (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
    const both = Math.max(middle, batteryV);
    let next: string | null = level;
    if (level === null) {
      if (both < 3.3) next = middle < 3.1 ? 'critical' : 'low';
    } else if (middle >= settings.lowV + settings.hysteresisV) next = null;
    else if (level === 'low' && both < 3.1) next = 'critical';
    else if (level === 'critical' && middle >= settings.criticalV + settings.hysteresisV) next = 'low';
    if (next === level) continue;
    const change = level === null ? 'opened' : next === null ? 'closed' : next === 'low' ? 'eased' : 'escalated';
    told.push(`${change} ${next ?? level} ${at}`);
    level = next;
  }
  return told;
}

describe('low-battery', () => {
  it('gives the steps that follow when every median is taken of all fixes', () => {
    const counts: Record<string, number> = {};
    fc.assert(
      fc.property(aLife, (life) => {
        const told = foldRule(rule, life, settings).told.map(({ step }) => {
          counts[step.change] = (counts[step.change] ?? 0) + 1;
          return `${step.change} ${step.episode.level} ${step.at}`;
        });
        expect(told).toEqual(slowly(life.fixes));
      }),
      { numRuns: 400 },
    );
    for (const change of ['opened', 'escalated', 'eased', 'closed']) expect(counts[change]).toBeGreaterThan(30);
  });

  it('tells the same from every moment of rest, and from states that went through JSON', () => {
    fc.assert(
      fc.property(aLife, (life) => {
        for (const { anew, whole } of foldFromRest(rule, life, settings)) expect(anew).toEqual(whole);
        expect(foldRule(rule, life, settings).told).toEqual(foldRule(rule, life, settings, { keep: (s) => s }).told);
      }),
      { numRuns: 25 },
    );
  });

  it('remembers something exactly while an alert is open, and tells its details anew once a day at the most', () => {
    fc.assert(
      fc.property(aLife, (life) => {
        let changedAt = -Infinity;
        foldRule(rule, life, settings, {
          keep: (state) => state,
          onJudged: ({ state, episode, steps }, index, before) => {
            expect(state !== null).toBe(episode !== null && episode.closedAt === null);
            if (state === before) return;
            const { at } = life.fixes[index]!;
            if (steps.length === 0) expect(at - changedAt).toBeGreaterThanOrEqual(24 * HOUR_MS);
            changedAt = at;
          },
        });
      }),
      { numRuns: 200 },
    );
  });

  it('counts the days to empty by the fall of the voltage since the alert opened', () => {
    const fixes = Array.from({ length: 24 * 12 }, (_, hour): JudgedFix => {
      const batteryV = 3.35 - (0.03 * hour) / 24;
      return { lon: 131.7, lat: 43.3, at: 1_790_000_000_000 + hour * HOUR_MS, errorM: 10, batteryV };
    });
    const days: unknown[] = [];
    foldRule(rule, { animal: SOMEBODY, fixes, places: [null], farms: [] }, settings, {
      onJudged: ({ episode }) => days.push(episode?.details?.['daysLeft']),
    });
    const told = [...new Set(days.filter((left) => left !== undefined))];
    expect(told).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0].slice(0, told.length));
    expect(told.length).toBeGreaterThan(7);
  });

  it.each([
    ['criticalV', { criticalV: 3.4 }],
    ['emptyV', { emptyV: 3.1 }],
    ['lowV', { lowV: -1, criticalV: 3.1 }],
    ['hysteresisV', { hysteresisV: 0 }],
    ['smoothH', { smoothH: 1 }],
    ['minReadings', { minReadings: 300 }],
  ])('refuses %s in %j', (field, wrong) => {
    const fields = rule.settings.safeParse(wrong).error?.issues.map(({ path }) => path.join('.'));
    expect(fields).toContain(field);
  });
});
