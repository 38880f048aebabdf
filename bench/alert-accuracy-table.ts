import type { Ring } from '../src/domain/farm.ts';
import { type Finding, quantile, type Score } from './alert-accuracy-score.ts';
import { round } from './measure.ts';

/** Scores of all animals, and of each. */
export interface Scores {
  readonly each: readonly { readonly seed: number; readonly score: Score }[];
  readonly all: Score;
}

/** What one fix interval and way of delivery came to. */
export interface Rated {
  readonly interval: string;
  readonly intervalMs: number;
  readonly way: string;
  /** Share of fixes with a gross error. */
  readonly outliers: number;
  readonly months: number;
  readonly failedShare: number;
  readonly visits: readonly { readonly ring: Ring; readonly ours: Scores; readonly naive: Scores }[];
  /** Missed visits to the near ring during which people knew that she could be there. */
  readonly missedInSilence: number;
  /** `truth`: what is to be found; null: nothing of the kind happens. */
  readonly others: readonly (Scores & { readonly rule: string; readonly truth: string | null })[];
}

const MS_PER_MIN = 60_000;
const GOAL_FALSE = 0.1;

const nameOf = ({ interval, way, outliers }: Rated) =>
  `${interval}, ${way}${outliers > 0 ? `, ${percent(outliers)} outliers` : ''}`;
const isMissed = ({ alerts }: Finding) => alerts === 0;
const percent = (share: number) => `${Math.round(100 * share)} %`;
const perMonth = (count: number, months: number) => round(count / months);

/** A time as tables have it: minutes under ten hours, hours above; less than 0: before. */
function span(ms: number): string {
  if (!Number.isFinite(ms)) return '–';
  const minutes = ms / MS_PER_MIN;
  return minutes < 600 ? `${Math.round(minutes)} min` : `${round(minutes / 60)} h`;
}

function spread(ms: readonly number[]): string {
  return ms.length === 0 ? '–' : `${span(quantile(ms, 0.5))} / ${span(quantile(ms, 0.9))}`;
}

/** Delays and floors of the same visits: those that a fix was taken in. */
function delays({ findings }: Score): { readonly told: readonly number[]; readonly floor: readonly number[] } {
  const both = findings.filter(({ delayMs, floorMs }) => delayMs !== null && floorMs !== null);
  return { told: both.map(({ delayMs }) => delayMs!), floor: both.map(({ floorMs }) => floorMs!) };
}

function missed({ findings }: Score): string {
  const lengths = findings.filter(isMissed).map(({ from, to }) => to - from);
  const longest = Math.max(0, ...lengths);
  // What is announced has no length.
  return longest === 0
    ? String(lengths.length)
    : `${lengths.length} (${span(quantile(lengths, 0.5))}, ${span(longest)})`;
}

function missedWithTwo({ findings }: Score): string {
  const seen = findings.filter(({ fixes }) => fixes >= 2);
  return `${seen.filter(isMissed).length} of ${seen.length}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Visits to the farm, by ring; ours beside the naive rule. */
export function visitsTable(rated: readonly Rated[]): string {
  const rows = rated.flatMap((one) => {
    const { months, failedShare, visits } = one;
    return visits.map(({ ring, ours: { all: ours }, naive: { all: naive } }) => {
      const { told, floor } = delays(ours);
      const tooMany = (score: Score) => score.findings.filter(({ alerts }) => alerts > 1).length;
      return [
        `${nameOf(one)} (${percent(failedShare)})`,
        ring,
        String(ours.findings.length),
        String(ours.findings.filter((one) => !isMissed(one)).length),
        missed(ours),
        missedWithTwo(ours),
        perMonth(ours.untrue.length, months),
        perMonth(ours.retracted, months),
        spread(told),
        spread(floor),
        `${naive.findings.filter((one) => !isMissed(one)).length}; ${missedWithTwo(naive)}`,
        perMonth(naive.untrue.length, months),
        `${tooMany(naive)} (${tooMany(ours)})`,
      ];
    });
  });
  const head = [
    ...['fix every, by (failed)', 'ring', 'visits in truth', 'found', 'missed (median, longest)'],
    ...['missed with two fixes in it', 'false a month', 'withdrawn a month', 'told after: median / 90 %', 'its floor'],
    ...['naive: found; missed with two', 'naive: false a month', 'visits told of twice or more: naive (ours)'],
  ];
  return table(head, rows);
}

/** The other rules, as far as truth can say. */
export function otherTable(rated: readonly Rated[]): string {
  const rows = rated.flatMap((one) =>
    one.others.map(({ rule, truth, all }) => [
      nameOf(one),
      rule,
      truth ?? 'never happens',
      String(all.findings.length),
      truth === null ? '–' : String(all.findings.filter(({ alerts }) => alerts > 0).length),
      truth === null ? '–' : missed(all),
      perMonth(all.opened, one.months),
      perMonth(all.retracted, one.months),
      perMonth(all.untrue.length, one.months),
      spread(all.findings.flatMap(({ delayMs }) => (delayMs === null ? [] : [delayMs]))),
    ]),
  );
  const head = [
    ...['fix every, by', 'rule', 'truth', 'in truth', 'found', 'missed (median, longest)'],
    ...['told a month', 'withdrawn a month', 'false a month', 'told after: median / 90 %'],
  ];
  return table(head, rows);
}

/** What issue and design ask of hourly fixes, reached or not. */
export function goals(rated: readonly Rated[]): string[] {
  return rated
    .filter(({ interval }) => interval === '1h')
    .map((one) => {
      const { months, intervalMs, visits } = one;
      const lines = visits.map(({ ring, ours: { all } }) => {
        const lost = all.findings.filter((visit) => isMissed(visit) && visit.fixes >= 2).length;
        const long = all.findings.filter((visit) => isMissed(visit) && visit.to - visit.from >= 2 * intervalMs).length;
        const untrue = all.untrue.length / months;
        const verdict = (is: boolean) => (is ? 'reached' : 'missed');
        return (
          `- \`${ring}\`: every visit with two fixes found: **${verdict(lost === 0)}** (${lost} not; of those of two hours or more, ` +
          `whatever fixes they got, ${long} not); under ${GOAL_FALSE} false a month: **${verdict(untrue < GOAL_FALSE)}** (${round(untrue)})`
        );
      });
      const lost = visits[0]!.ours.all.findings.filter(isMissed).length;
      const silent = `- of ${lost} missed visits to the near ring, ${one.missedInSilence} fell into a silence that was told as one in which she could reach the farm`;
      return [`Goals (${nameOf(one)}):`, '', ...lines, silent].join('\n');
    });
}
