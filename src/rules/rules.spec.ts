import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { VisitStep, VisitSummary } from '../domain/alert/visit.ts';
import { farmOf, readScenario, type Scenario, trackOf } from '../../test/support/rule-scenario.ts';
import { loadRules } from './index.ts';
import type { JudgedFix, Rule } from './rule.ts';

const FIXTURES = path.resolve(import.meta.dirname, '../../test/fixtures/rules');
/** A time between two fixes is told to the second. */
const TIME_MS = 1_000;

const rules = [...(await loadRules()).values()];

/** Every move of a scenario, its state through JSON each time, as the evaluator keeps it. */
function judgeAll(rule: Rule, scenario: Scenario): { steps: VisitStep[]; episode: VisitSummary | null } {
  const farm = farmOf(scenario);
  const settings = rule.settings.parse(scenario.settings);
  const steps: VisitStep[] = [];
  let state: unknown = null;
  let episode: VisitSummary | null = null;
  let from: JudgedFix | null = null;
  for (const to of trackOf(scenario)) {
    const judgement = rule.judge({ from, to }, farm, state, settings);
    steps.push(...judgement.steps);
    state = JSON.parse(JSON.stringify(judgement.state));
    ({ episode } = judgement);
    from = to;
  }
  return { steps, episode };
}

function expectClosest(given: VisitSummary['closest'], expected: NonNullable<Scenario['closest']>) {
  expect(Math.abs(given.m - expected.m)).toBeLessThanOrEqual(0.005 * expected.m + 0.5);
  expect(Math.abs(given.at - expected.at)).toBeLessThanOrEqual(TIME_MS);
  expect(given.between).toBe(expected.between);
}

describe.each(rules)('$name', (rule) => {
  const folder = path.join(FIXTURES, rule.name);

  it('has scenarios', () => {
    expect(existsSync(folder) ? readdirSync(folder) : `no ${folder}`).toContainEqual(expect.stringMatching(/\.json$/));
  });

  const files = existsSync(folder) ? readdirSync(folder).sort() : [];
  it.each(files)('%s', (file) => {
    const scenario = readScenario(path.join(folder, file));
    const { steps, episode } = judgeAll(rule, scenario);
    expect(steps.map(({ change, episode: { level } }) => `${change} ${level}`)).toEqual(
      scenario.steps.map(({ change, level }) => `${change} ${level}`),
    );
    for (const [index, expected] of scenario.steps.entries()) {
      const step = steps[index]!;
      expect(Math.abs(step.at - expected.at)).toBeLessThanOrEqual(TIME_MS);
      expect(step.episode.closedAt).toBe(step.change === 'closed' ? step.at : null);
      if (expected.peak) expect(step.episode.peak).toBe(expected.peak);
      if (expected.openedAt) expect(Math.abs(step.episode.openedAt - expected.openedAt)).toBeLessThanOrEqual(TIME_MS);
      if (expected.closest) expectClosest(step.episode.closest, expected.closest);
    }
    if (scenario.closest) expectClosest(episode!.closest, scenario.closest);
  });
});
