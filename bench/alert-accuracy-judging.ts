import { Places } from '../src/alerting/places.ts';
import { inDefault, RuleBook } from '../src/alerting/rule-book.ts';
import type { StoredFix } from '../src/alerting/trail.ts';
import type { World } from '../src/alerting/watch.ts';
import { type Ring, RINGS } from '../src/domain/farm.ts';
import type { EpochMs } from '../src/domain/fix.ts';
import { prepareBoundary } from '../src/domain/geo/boundary.ts';
import { distanceMetres } from '../src/domain/geo/distance.ts';
import { STAMINA } from '../src/domain/quality/confirm.ts';
import type { Rule, Watched } from '../src/rules/rule.ts';
import { MemoryJudge } from '../test/support/memory-judge.ts';
import { type Arrived, FARM, radiusOf, RESERVE, type Span } from './alert-accuracy-life.ts';

/** How often it is looked whether a silence has become one; a server looks every second. */
export const LOOK_MS = 300_000;

/** An alert, as it stood in the end, and when people were told of it. */
export interface Raised extends Span {
  readonly rule: string;
  /** The worst level that it had, as it stands in the end. */
  readonly peak: string;
  readonly isRetracted: boolean;
  /** When it was told of, with the worst level that it had by then, in the order of telling. */
  readonly told: readonly { readonly at: EpochMs; readonly peak: string }[];
}

/** The rules as they are by default, each of them on. */
export function worldOf(rules: ReadonlyMap<string, Rule>, intervalMs: number): World {
  const inForce = [...rules.values()].map((rule) => ({ ...inDefault(rule), enabled: true }));
  const book = new RuleBook(rules.values(), inForce);
  const collar = { serial: 'sofia', fixIntervalS: intervalMs / 1_000 };
  const animal: Watched = {
    ...{ id: 'sofia', species: 'Panthera pardus orientalis', group: null },
    ...{ stamina: STAMINA, collar },
  };
  return {
    rules: book.rules,
    lookbackMs: book.lookbackMs,
    places: new Places([FARM], [RESERVE], book.rules),
    watched: () => animal,
  };
}

/** Judges messages as they arrive, as the evaluator does. */
export async function judge(messages: readonly Arrived[], world: World, until: EpochMs): Promise<Raised[]> {
  const judge = new MemoryJudge(world);
  let now = messages[0]?.at ?? until;
  const passTimeTo = async (end: EpochMs) => {
    for (; now < end; now += LOOK_MS) await judge.lapse(now);
    now = end;
  };
  for (const { at, fixes } of messages) {
    await passTimeTo(at);
    await judge.hear(fixes, at);
  }
  await passTimeTo(until);
  const told = new Map<string, Raised['told'][number][]>();
  const withdrawnAt = new Map<string, EpochMs>();
  for (const { alertId, change, learnedAt: at, episode } of judge.told) {
    if (change === 'retracted') withdrawnAt.set(alertId, at);
    else told.set(alertId, [...(told.get(alertId) ?? []), { at, peak: episode.peak }]);
  }
  return [...judge.stored.values()].map(({ id, rule, state, episode }) => ({
    rule,
    from: episode.openedAt,
    to: episode.closedAt ?? withdrawnAt.get(id) ?? until,
    peak: episode.peak,
    isRetracted: state === 'retracted',
    told: told.get(id) ?? [],
  }));
}

/**
 * What others do: every fix by itself, as it arrives. A fix within a ring whose predecessor was not within it raises an alert,
 * and the next that arrives from outside ends it. No doubts, no latch, no path, no order.
 */
export function judgeNaively(messages: readonly Arrived[], ring: Ring): Raised[] {
  const shape = prepareBoundary(FARM.boundary);
  const isIn = (fix: StoredFix) => distanceMetres(fix, shape) <= radiusOf(ring);
  const raised: { from: EpochMs; to: EpochMs; toldAt: EpochMs }[] = [];
  let wasIn = false;
  for (const { at, fixes } of messages) {
    for (const fix of fixes) {
      const is = isIn(fix);
      const last = raised.at(-1);
      if (is && wasIn && last) {
        last.from = Math.min(last.from, fix.at);
        last.to = Math.max(last.to, fix.at);
      } else if (is) raised.push({ from: fix.at, to: fix.at, toldAt: at });
      wasIn = is;
    }
  }
  return raised.map(({ from, to, toldAt }) => ({
    ...{ rule: 'farm-proximity', from, to, peak: ring, isRetracted: false },
    told: [{ at: toldAt, peak: ring }],
  }));
}

/** Whether one ring is another, or lies within it. */
export function reaches(peak: string, ring: Ring): boolean {
  return RINGS.indexOf(peak as Ring) >= RINGS.indexOf(ring);
}
