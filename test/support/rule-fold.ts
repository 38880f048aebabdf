import type { Episode, Step } from '../../src/domain/alert/episode.ts';
import type { EpochMs, Position } from '../../src/domain/fix.ts';
import { distanceMetres } from '../../src/domain/geo/distance.ts';
import type { GuardedFarm, JudgedFix, Judgement, Place, Rule, Scene, Watched } from '../../src/rules/rule.ts';

const FIVE_MINUTES_MS = 300_000;

/** An animal's whole life as one rule is told of it. */
export interface Life {
  readonly animal: Watched;
  /** Undoubted, in the order of time. */
  readonly fixes: readonly JudgedFix[];
  /** What the rule is asked about, each by itself; [null] for a rule about the animal. */
  readonly places: readonly Place[];
  /** Farms that a scene knows of. */
  readonly farms: readonly GuardedFarm[];
  /** How long nothing has been heard after the last fix; absent: nobody asks. */
  readonly now?: EpochMs;
}

/** A step, and what it is about. */
export interface Told {
  readonly place: string | null;
  /** Of the fix that it is of, or after. */
  readonly index: number;
  readonly step: Step;
}

export interface Folded {
  readonly told: readonly Told[];
  /** By place, as they stand at the end. */
  readonly episodes: ReadonlyMap<string | null, Episode | null>;
}

/** What a fold is asked to do beside folding. */
export interface Watching {
  /** The first fix to be judged, by its index; the rule is at rest there. Scenes still know of those before. */
  readonly begin?: number;
  /** What is kept of a state between two moves; else it goes through JSON, as the evaluator keeps it. */
  readonly keep?: (state: unknown) => unknown;
  /** Sees every judgement, the index of the fix it is of or after, and the state before. */
  readonly onJudged?: (judgement: Judgement, index: number, before: unknown) => void;
}

const throughJson = (state: unknown): unknown => JSON.parse(JSON.stringify(state));

/** Tells a rule an animal's life as the evaluator does: each fix, and between two fixes each moment that it asked for. */
export function foldRule(rule: Rule, life: Life, settings: unknown, watching: Watching = {}): Folded {
  const { begin = 0, keep = throughJson, onJudged = () => {} } = watching;
  const told: Told[] = [];
  const episodes = new Map<string | null, Episode | null>();
  const states = new Map<string | null, unknown>();
  for (let index = begin; index < life.fixes.length; index++) {
    const [to, next] = [life.fixes[index]!, life.fixes[index + 1]];
    const scene = sceneAt(rule, life, settings, index);
    const note = (key: string | null, judgement: Judgement) => {
      onJudged(judgement, index, states.get(key) ?? null);
      states.set(key, keep(judgement.state));
      episodes.set(key, judgement.episode);
      told.push(...judgement.steps.map((step) => ({ place: key, index, step })));
    };
    for (const place of life.places) {
      const key = place?.id ?? null;
      const state = states.get(key) ?? null;
      note(key, rule.judge({ from: life.fixes[index - 1] ?? null, to }, place, state, settings, scene));
    }
    const until = next ? next.at - 1 : (life.now ?? -Infinity);
    for (let at = to.at; ;) {
      const due = rule.dueAt?.(to, states.get(null) ?? null, settings, scene) ?? null;
      if (due === null || due > until) break;
      if (due <= at) throw new Error(`${rule.name} asks again for ${due}, which is not after ${at}`);
      note(null, rule.lapse!(due, to, states.get(null) ?? null, settings, scene));
      at = due;
    }
  }
  return { told, episodes };
}

/**
 * What a rule tells from each fix on before which it was at rest about everything, judged anew from there, beside what it told
 * when it was told the whole life. The two must be the same, or nobody could judge a part of the past anew.
 */
export function foldFromRest(
  rule: Rule,
  life: Life,
  settings: unknown,
): { anew: readonly Told[]; whole: readonly Told[] }[] {
  const restless = new Set<number>();
  const { told } = foldRule(rule, life, settings, {
    onJudged: ({ state }, index) => (state === null ? restless.delete(index + 1) : restless.add(index + 1)),
  });
  if (life.places.length > 1) throw new Error('one place at a time');
  return life.fixes.flatMap((_, begin) => {
    if (restless.has(begin)) return [];
    const anew = foldRule(rule, life, settings, { begin }).told;
    return [{ anew, whole: told.filter(({ index }) => index >= begin) }];
  });
}

/** What surrounds the move to the fix at an index: of the fixes before, those that a rule may count on, and no other. */
function sceneAt(rule: Rule, { animal, fixes, farms }: Life, settings: unknown, index: number): Scene {
  const to = fixes[index]!;
  const since = to.at - (rule.lookbackMs?.(settings) ?? 0);
  const slice = (fix: JudgedFix | undefined) => (fix ? Math.floor(fix.at / FIVE_MINUTES_MS) : null);
  const recent = fixes.slice(0, index).filter((fix, i) => slice(fix) !== slice(fixes[i - 1]) && fix.at >= since);
  return { animal, recent, nearestFarm: (position, withinM) => nearestOf(farms, position, withinM) };
}

function nearestOf(farms: readonly GuardedFarm[], position: Position, withinM: number) {
  let nearest: ReturnType<Scene['nearestFarm']> = null;
  for (const farm of farms) {
    const m = distanceMetres(position, farm.shape);
    if (m <= withinM && (nearest === null || m < nearest.m)) nearest = { farm, m };
  }
  return nearest;
}
