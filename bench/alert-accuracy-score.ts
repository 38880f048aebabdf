import type { EpochMs } from '../src/domain/fix.ts';
import type { Raised } from './alert-accuracy-judging.ts';
import type { Span, TrueFix } from './alert-accuracy-life.ts';

/** What is to be found of one animal, and how it is known that something was not there. */
export interface Question {
  /** What truly happened, in order. */
  readonly truth: readonly Span[];
  /** The fixes that were taken while it did, truly. */
  readonly isIn: (fix: TrueFix) => boolean;
  /** Whether it truly happened, or all but did, at some moment of a span. */
  readonly wasThere: (span: Span) => boolean;
  /** Whether an alert says it. */
  readonly says: (peak: string) => boolean;
  /** An alert may be so far off in time: the collar's interval, ms. */
  readonly slackMs: number;
  /** `told`: what people were told counts, even if it was withdrawn later. Absent: what stands in the end. */
  readonly counts?: 'told';
  /** Only who is told of it before it happens has been told. */
  readonly isAnnounced?: true;
}

/** Something that happened, as people heard of it. */
export interface Finding extends Span {
  /** Fixes taken meanwhile that arrived. */
  readonly fixes: number;
  /** Alerts that tell of it; 0: it was missed. */
  readonly alerts: number;
  /** From its beginning until people were told, ms; null: missed, or told of before, for what happened earlier. */
  readonly delayMs: number | null;
  /** From its beginning until the first fix that was truly in it arrived, ms; null: there was none. */
  readonly floorMs: number | null;
}

export interface Score {
  readonly findings: readonly Finding[];
  /** Alerts that stand and tell of what was not. */
  readonly untrue: readonly Raised[];
  /** Alerts that people were told of, whatever became of them. */
  readonly opened: number;
  /** Of those, withdrawn later. */
  readonly retracted: number;
}

export function score(raised: readonly Raised[], fixes: readonly TrueFix[], question: Question): Score {
  const { truth, says, slackMs, wasThere, counts } = question;
  const opened = raised.filter(({ told }) => told.some(({ peak }) => says(peak)));
  const standing = raised.filter(({ isRetracted, peak }) => (!isRetracted || counts === 'told') && says(peak));
  return {
    findings: truth.map((span) => find(span, standing, fixes, question)),
    untrue: standing.filter((alert) => !wasThere(widened(alert, slackMs))),
    opened: opened.length,
    retracted: opened.filter(({ isRetracted }) => isRetracted).length,
  };
}

function find(span: Span, standing: readonly Raised[], fixes: readonly TrueFix[], question: Question): Finding {
  const { isIn, says, slackMs, isAnnounced = false } = question;
  const meanwhile = fixes.filter((fix) => fix.at >= span.from && fix.at <= span.to && isIn(fix));
  const toldAt = ({ told }: Raised) => told.find(({ peak }) => says(peak))?.at ?? Infinity;
  const alerts = standing.filter(
    (alert) => overlap(widened(alert, slackMs), span) && (!isAnnounced || toldAt(alert) < span.from),
  );
  const firstAt = Math.min(...alerts.map(toldAt));
  const arrivedAt = Math.min(...meanwhile.map((fix) => fix.arrivedAt));
  return {
    ...span,
    fixes: meanwhile.length,
    alerts: alerts.length,
    delayMs: Number.isFinite(firstAt) && (isAnnounced || firstAt >= span.from) ? firstAt - span.from : null,
    floorMs: meanwhile.length > 0 ? arrivedAt - span.from : null,
  };
}

export function widened({ from, to }: Span, byMs: number): Span {
  return { from: from - byMs, to: to + byMs };
}

export function overlap(a: Span, b: Span): boolean {
  return a.from <= b.to && b.from <= a.to;
}

/** Scores of several animals as one. */
export function together(scores: readonly Score[]): Score {
  return {
    findings: scores.flatMap(({ findings }) => findings),
    untrue: scores.flatMap(({ untrue }) => untrue),
    opened: scores.reduce((sum, { opened }) => sum + opened, 0),
    retracted: scores.reduce((sum, { retracted }) => sum + retracted, 0),
  };
}

/** Times when nothing was heard for longer than a limit: from the limit on, until something was; no shorter ones than `leastMs`. */
export function silencesOf(arrivals: readonly EpochMs[], limitMs: number, leastMs: number): Span[] {
  return arrivals.slice(1).flatMap((to, index) => {
    const from = arrivals[index]! + limitMs;
    return to - from >= leastMs ? [{ from, to }] : [];
  });
}

/** The value below which a share of the values lies; NaN: there are none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}
