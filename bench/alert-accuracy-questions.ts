import type { Ring } from '../src/domain/farm.ts';
import { LOOK_MS, type Raised, reaches } from './alert-accuracy-judging.ts';
import { radiusOf, type Heard, type Span, type Truth } from './alert-accuracy-life.ts';
import { overlap, type Question, score, silencesOf } from './alert-accuracy-score.ts';

const MINUTE_MS = 60_000;
/** A visit in truth lasts at least so long. */
const LEAST_VISIT_MS = 5 * MINUTE_MS;
/** As the rules have it by default: who leaves is out of a ring so far beyond it. */
const MARGIN_M = 100;
const MARGIN_SHARE = 0.1;
export const MISSED_INTERVALS = 3;
/** A silence that is over sooner is not asked for: it is looked for every five minutes. */
const LEAST_SILENCE_MS = 10 * MINUTE_MS;
/** An animal that heads for a farm comes there within so many intervals. */
const COMES_WITHIN = 3;

const marginOf = (radiusM: number): number => Math.max(MARGIN_M, MARGIN_SHARE * radiusM);

/** One animal in one collar: what was true, what arrived, what was told of it. */
export interface Life {
  readonly seed: number;
  readonly truth: Truth;
  readonly heard: Heard;
  readonly intervalMs: number;
  readonly raised: readonly Raised[];
}

/** Visits that nobody was told of, but that she may come to the farm unseen: a silence with that level was told before they ended. */
export function missedInSilence(lives: readonly Life[]): number {
  return lives.reduce((sum, life) => {
    const question = aboutRing(life, 'near');
    const visits = life.raised.filter(({ rule }) => rule === 'farm-proximity');
    const silences = life.raised.filter(({ rule }) => rule === 'silence');
    const lost = score(visits, life.heard.fixes, question).findings.filter(({ alerts }) => alerts === 0);
    const isTold = (span: Span) =>
      silences.some(({ told, from, to }) => {
        const at = told.find(({ peak }) => peak === 'could-reach')?.at ?? Infinity;
        return at <= span.to && overlap({ from, to: Math.max(to, at) }, span);
      });
    return sum + lost.filter(isTold).length;
  }, 0);
}

export function aboutRing({ truth, intervalMs }: Life, ring: Ring): Question {
  const radiusM = radiusOf(ring);
  const marginM = marginOf(radiusM);
  return {
    truth: truth.farm.within(radiusM, marginM, LEAST_VISIT_MS),
    isIn: ({ farmM }) => farmM <= radiusM,
    wasThere: (span) => truth.farm.least(span) <= radiusM + marginM,
    says: (peak) => reaches(peak, ring),
    slackMs: intervalMs,
  };
}

export function aboutReserve({ truth, intervalMs }: Life): Question {
  return {
    truth: truth.reserve.beyond(0, MARGIN_M, LEAST_VISIT_MS),
    isIn: ({ reserveM }) => reserveM > MARGIN_M,
    wasThere: (span) => truth.reserve.greatest(span) > 0,
    says: () => true,
    slackMs: intervalMs,
  };
}

/** Its truth is what arrived when: known to the millisecond. */
export function aboutSilence({ heard, intervalMs, truth: { to } }: Life): Question {
  const arrivals = [...heard.messages.map(({ at }) => at), to];
  const all = silencesOf(arrivals, MISSED_INTERVALS * intervalMs, 0);
  const truth = silencesOf(arrivals, MISSED_INTERVALS * intervalMs, LEAST_SILENCE_MS);
  return {
    truth,
    isIn: () => false,
    wasThere: (said) => all.some((span) => overlap(span, said)),
    says: () => true,
    slackMs: LOOK_MS,
    counts: 'told',
  };
}

/** When people were told, not what it turned out to have been. */
export function toldThen({ raised }: Life): Raised[] {
  return raised.flatMap((one) => one.told.slice(0, 1).map(({ at }) => ({ ...one, from: at, to: at })));
}

/** An announcement holds for as long as she may still come. */
export function announced({ raised, intervalMs }: Life): Raised[] {
  return raised.map((one) => ({ ...one, to: one.to + (COMES_WITHIN - 1) * intervalMs }));
}

export function aboutApproach(life: Life): Question {
  const near = aboutRing(life, 'near');
  const { intervalMs } = life;
  const entries = near.truth.map(({ from }) => ({ from, to: from }));
  return {
    truth: entries,
    isIn: () => false,
    wasThere: near.wasThere,
    says: () => true,
    slackMs: intervalMs,
    isAnnounced: true,
  };
}

/** Nothing of the kind ever happens to these animals. */
export function aboutNothing(): Question {
  return { truth: [], isIn: () => false, wasThere: () => false, says: () => true, slackMs: 0 };
}
