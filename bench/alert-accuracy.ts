import { parseArgs } from 'node:util';
import type { EpochMs } from '../src/domain/fix.ts';
import { RINGS } from '../src/domain/farm.ts';
import { loadRules } from '../src/rules/index.ts';
import type { Rule } from '../src/rules/rule.ts';
import type { DeliveryWay } from '../simulator/collar/uplink.ts';
import { judge, judgeNaively, type Raised, worldOf } from './alert-accuracy-judging.ts';
import { animalOf, type CollarPlan, heardOf, type Truth, truthOf } from './alert-accuracy-life.ts';
import {
  aboutApproach,
  aboutNothing,
  aboutReserve,
  aboutRing,
  aboutSilence,
  announced,
  type Life,
  MISSED_INTERVALS,
  missedInSilence,
  toldThen,
} from './alert-accuracy-questions.ts';
import { type Question, type Score, score, together } from './alert-accuracy-score.ts';
import { goals, otherTable, type Rated, visitsTable } from './alert-accuracy-table.ts';

const OPTIONS = {
  seeds: { type: 'string', default: '20' },
  days: { type: 'string', default: '90' },
  intervals: { type: 'string', default: '15m,1h,2h,4h' },
  deliveries: { type: 'string', default: 'lorawan,satellite' },
  /** Share of fixes with a gross error, in rows of their own at one hour (or the first interval). */
  outliers: { type: 'string', default: '0.01' },
  /** Tells on standard error of every visit that was missed and every alert that is untrue. */
  tell: { type: 'boolean', default: false },
  runs: { type: 'string' },
} as const;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Alerts on simulated animals, held against what they truly did. */
export async function run(args: readonly string[] = []): Promise<string> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  const [seeds, days] = [Number(values.seeds), Number(values.days)];
  const intervals = values.intervals.split(',');
  const ways = values.deliveries.split(',') as DeliveryWay[];
  const rules = await loadRules();
  const truths = Array.from({ length: seeds }, (_, seed) => truthOf(seed + 1, days));
  const outliers = Number(values.outliers);
  const rated: Rated[] = [];
  for (const { interval, share } of [
    ...intervals.map((one) => ({ interval: one, share: 0 })),
    ...(outliers > 0 ? [{ interval: intervals.includes('1h') ? '1h' : intervals[0]!, share: outliers }] : []),
  ]) {
    for (const way of ways) {
      process.stderr.write(
        `${seeds} animals, a fix every ${interval}, by ${way}${share > 0 ? ', with outliers' : ''}\n`,
      );
      const plan = { intervalMs: intervalMsOf(interval), way, outliers: share };
      const lives: Life[] = [];
      for (const [index, truth] of truths.entries()) lives.push(await live(index + 1, days, truth, plan, rules));
      rated.push(rate(lives, interval, plan, (seeds * days) / 30));
    }
  }
  if (values.tell) for (const one of rated) tell(one);
  const about = `${seeds} animals × ${days} days; ${Math.round(truths.length * days)} animal-days at each interval and delivery.`;
  return [about, visitsTable(rated), otherTable(rated), ...goals(rated)].join('\n\n');
}

interface Plan extends CollarPlan {
  readonly outliers: number;
}

async function live(
  seed: number,
  days: number,
  truth: Truth,
  plan: Plan,
  rules: ReadonlyMap<string, Rule>,
): Promise<Life> {
  const { intervalMs, outliers } = plan;
  const heard = heardOf(animalOf(seed, days, plan), outliers);
  return { seed, truth, heard, intervalMs, raised: await judge(heard.messages, worldOf(rules, intervalMs), truth.to) };
}

function rate(lives: readonly Life[], interval: string, { way, intervalMs, outliers }: Plan, months: number): Rated {
  const of = (rule: string, raised: (life: Life) => readonly Raised[], question: (life: Life) => Question) =>
    lives.map((life): { seed: number; score: Score } => ({
      seed: life.seed,
      score: score(
        raised(life).filter((one) => one.rule === rule),
        life.heard.fixes,
        question(life),
      ),
    }));
  const sum = (scores: ReturnType<typeof of>) => ({ each: scores, all: together(scores.map((one) => one.score)) });
  const ours = ({ raised }: Life) => raised;
  const attempts = lives.reduce((all, { heard }) => all + heard.attempts, 0);
  return {
    interval,
    outliers,
    way,
    months,
    intervalMs,
    failedShare: 1 - lives.reduce((all, { heard }) => all + heard.fixes.length, 0) / attempts,
    visits: RINGS.map((ring) => ({
      ring,
      ours: sum(of('farm-proximity', ours, (life) => aboutRing(life, ring))),
      naive: sum(
        of(
          'farm-proximity',
          ({ heard }) => judgeNaively(heard.messages, ring),
          (life) => aboutRing(life, ring),
        ),
      ),
    })),
    missedInSilence: missedInSilence(lives),
    others: [
      {
        rule: 'silence',
        truth: `nothing heard for ${MISSED_INTERVALS} intervals`,
        ...sum(of('silence', toldThen, aboutSilence)),
      },
      { rule: 'boundary', truth: 'outside of the reserve', ...sum(of('boundary', ours, aboutReserve)) },
      { rule: 'approach', truth: 'came to the near ring', ...sum(of('approach', announced, aboutApproach)) },
      { rule: 'immobility', truth: null, ...sum(of('immobility', ours, aboutNothing)) },
      { rule: 'low-battery', truth: null, ...sum(of('low-battery', ours, aboutNothing)) },
    ],
  };
}

function intervalMsOf(text: string): number {
  const [, count, unit] = /^(\d+)([mh])$/.exec(text) ?? [];
  if (count === undefined) throw new Error(`--intervals: expected as 15m or 2h, not ${text}`);
  return Number(count) * (unit === 'h' ? HOUR_MS : MINUTE_MS);
}

function tell({ interval, way, outliers, visits, others }: Rated): void {
  const time = (at: EpochMs) => new Date(at).toISOString().slice(0, 19);
  const named = [
    ...visits.map(({ ring, ours }) => ({ name: ring, each: ours.each })),
    ...others.map(({ rule, each }) => ({ name: rule, each })),
  ];
  for (const { name, each } of named) {
    for (const {
      seed,
      score: { findings, untrue },
    } of each) {
      const what = `${interval}${outliers > 0 ? ' with outliers' : ''} ${way} ${name} seed ${seed}:`;
      for (const { from, to, fixes, alerts } of findings)
        if (alerts === 0) process.stderr.write(`${what} missed ${time(from)} to ${time(to)}, ${fixes} fixes\n`);
      for (const { from, to, peak } of untrue)
        process.stderr.write(`${what} untrue ${peak} ${time(from)} to ${time(to)}\n`);
    }
  }
}
