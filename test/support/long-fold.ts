import type { JudgedFix, Judgement, Place, Rule, Watched } from '../../src/rules/rule.ts';
import { STAMINA } from '../../src/domain/quality/confirm.ts';
import type { Told } from './rule-fold.ts';

const FIVE_MINUTES_MS = 300_000;

/** Someone to tell a rule of. */
export const SOMEBODY: Watched = {
  id: 'sofia',
  species: null,
  group: null,
  stamina: STAMINA,
  collar: { serial: '30211', fixIntervalS: null },
};

/** What foldRule does, for tracks of years: what is recent is not gathered anew for each fix. Of rules that need no farms. */
export function foldLong<State, P extends Place>(
  rule: Rule<unknown, State, P>,
  fixes: readonly JudgedFix[],
  place: P,
  settings: unknown = rule.settings.parse({}),
): Told[] {
  const told: Told[] = [];
  const lookbackMs = rule.lookbackMs?.(settings) ?? 0;
  const recent: JudgedFix[] = [];
  let state: State | null = null;
  let from: JudgedFix | null = null;
  for (const [index, to] of fixes.entries()) {
    while (recent.length > 0 && recent[0]!.at < to.at - lookbackMs) recent.shift();
    const scene = { animal: SOMEBODY, recent, nearestFarm: () => null };
    const judgement: Judgement<State> = rule.judge({ from, to }, place, state, settings, scene);
    told.push(...judgement.steps.map((step) => ({ place: place?.id ?? null, step, index })));
    ({ state } = judgement);
    const isFirst = from === null || Math.floor(from.at / FIVE_MINUTES_MS) !== Math.floor(to.at / FIVE_MINUTES_MS);
    if (isFirst) recent.push(to);
    from = to;
  }
  return told;
}
