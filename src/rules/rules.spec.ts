import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Closest } from '../domain/alert/episode.ts';
import type { Step } from '../domain/alert/episode.ts';
import { foldRule, type Told } from '../../test/support/rule-fold.ts';
import { lifeOf, readScenario, type Scenario } from '../../test/support/rule-scenario.ts';
import { loadRules } from './index.ts';
import type { Judgement } from './rule.ts';

const FIXTURES = path.resolve(import.meta.dirname, '../../test/fixtures/rules');
/** A time between two fixes is told to the second. */
const TIME_MS = 1_000;

const rules = [...(await loadRules()).values()];

function expectClosest(given: Closest | null, expected: Scenario['closest'] | null) {
  if (!expected) return expect(given).toBeNull();
  expect(Math.abs(given!.m - expected.m)).toBeLessThanOrEqual(0.005 * expected.m + 0.5);
  expect(Math.abs(given!.at - expected.at)).toBeLessThanOrEqual(TIME_MS);
  expect(given!.between).toBe(expected.between);
}

function expectStep(step: Step, expected: Scenario['steps'][number]) {
  const { episode } = step;
  expect(Math.abs(step.at - expected.at)).toBeLessThanOrEqual(TIME_MS);
  expect(episode.closedAt).toBe(step.change === 'closed' ? step.at : null);
  if (expected.peak) expect(episode.peak).toBe(expected.peak);
  if (expected.openedAt) expect(Math.abs(episode.openedAt - expected.openedAt)).toBeLessThanOrEqual(TIME_MS);
  if (expected.closest !== undefined) expectClosest(episode.closest, expected.closest);
  if (expected.details) expectDetails(episode.details, expected.details);
}

const MOMENT = /^\d{4}-\d\d-\d\dT/;

/** Every expected detail: moments to the second, numbers to half a percent, all else as it is. */
function expectDetails(given: unknown, expected: unknown) {
  if (typeof expected === 'object' && expected !== null) {
    expect(given).toBeInstanceOf(Object);
    for (const [name, value] of Object.entries(expected))
      expectDetails((given as Readonly<Record<string, unknown>>)[name], value);
  } else if (typeof expected === 'string' && MOMENT.test(expected)) {
    expect(given).toMatch(MOMENT);
    expect(Math.abs(Date.parse(given as string) - Date.parse(expected))).toBeLessThanOrEqual(TIME_MS);
  } else if (typeof expected === 'number') {
    expect(Math.abs((given as number) - expected)).toBeLessThanOrEqual(0.005 * Math.abs(expected) + 0.005);
  } else expect(given).toBe(expected);
}

/** Whatever the scenario, a rule remembers something exactly while an episode is open, and has no level but its own. */
function expectSound({ state, episode, steps }: Judgement, levels: readonly string[]) {
  expect(state !== null).toBe(episode !== null && episode.closedAt === null);
  for (const { level, peak } of [...steps.map((step) => step.episode), ...(episode ? [episode] : [])]) {
    expect(levels).toContain(level);
    expect(levels.indexOf(peak)).toBeGreaterThanOrEqual(levels.indexOf(level));
  }
}

const sentence = (change: string, level: string, place?: string | null) =>
  [change, level, ...(place ? ['at', place] : [])].join(' ');

describe.each(rules)('$name', (rule) => {
  const folder = path.join(FIXTURES, rule.name);

  it('has scenarios', () => {
    expect(existsSync(folder) ? readdirSync(folder) : `no ${folder}`).toContainEqual(expect.stringMatching(/\.json$/));
  });

  const files = existsSync(folder) ? readdirSync(folder).sort() : [];
  it.each(files)('%s', (file) => {
    const scenario = readScenario(path.join(folder, file));
    const life = lifeOf(scenario, rule.about);
    const { told, episodes } = foldRule(rule, life, rule.settings.parse(scenario.settings), {
      onJudged: (judgement) => expectSound(judgement, rule.levels),
    });
    const several = life.places.length > 1;
    expect(
      told.map(({ place, step }: Told) => sentence(step.change, step.episode.level, several ? place : null)),
    ).toEqual(scenario.steps.map(({ change, level, place }) => sentence(change, level, several ? place : null)));
    for (const [index, expected] of scenario.steps.entries()) expectStep(told[index]!.step, expected);
    const last = episodes.get(life.places[0]?.id ?? null) ?? null;
    if (scenario.closest) expectClosest(last!.closest, scenario.closest);
    if (scenario.details) expectDetails(last!.details, scenario.details);
  });
});
