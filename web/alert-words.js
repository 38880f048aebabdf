import { kindOf, readable } from './alert-kinds.js';
import { age, ago, clock, distance } from './words.js';

/** What alerts and their changes say to people. Pure: the time is an argument. */

/** @typedef {import('./alert-kinds.js').Names} Names */
/** @typedef {{ before: any, reason?: string, learnedAt: string }} Amendment */

const MINUTE = 60_000;

/**
 * What an alert says, in one sentence. Of one that was withdrawn what it had said, to be shown struck out.
 *
 * @param {any} alert as the API gives it
 * @param {Names} names
 * @param {number} now
 * @param {boolean} [isPast] whether it was of the past already when it was learned
 */
export function headline(alert, names, now, isPast = false) {
  const { is, was, end = '' } = kindOf(alert);
  if (alert.state === 'retracted') return `${was(alert, names, now)}.`;
  if (isPast) return `${wasAtItsNearest(alert, names, now)}, learned ${clock(alert.learnedAt, now)}.`;
  if (alert.state === 'open') return `${is(alert, names, now)}.`;
  return `${was(alert, names, now)}${endedByFix(alert) ? end : ''}.`;
}

/** Whether the animal itself ended what the alert tells. @param {any} alert */
function endedByFix({ reason }) {
  return reason === undefined || reason === 'late-fixes';
}

/**
 * @param {any} alert
 * @param {Names} names
 * @param {number} now
 */
function wasAtItsNearest(alert, names, now) {
  const { closest } = alert;
  if (alert.kind !== 'farm-proximity' || !closest) return kindOf(alert).was(alert, names, now);
  const farm = names.farm(alert.farm);
  const where = closest.m === 0 ? `inside ${farm}` : `${distance(closest.m)} from the fence of ${farm}`;
  return `${names.animal(alert.animal)} was ${where} at ${clock(closest.at, now)}`;
}

/**
 * What stands beside the headline: how bad it is, or that it is over.
 *
 * @param {any} alert
 * @param {boolean} isPast
 */
export function badge(alert, isPast = false) {
  if (alert.state === 'retracted') return 'withdrawn';
  if (isPast) return 'learned late';
  return alert.state === 'open' ? readable(alert.level) : alert.state;
}

/**
 * What else there is to know of an alert, a sentence each.
 *
 * @param {any} alert
 * @param {number} newsAt when the animal was last heard of, as far as is known here
 * @param {number} now
 * @param {Amendment | null} amendment how it was last corrected, as far as is known here
 * @returns {string[]}
 */
export function details(alert, newsAt, now, amendment = null) {
  const { state, openedAt, learnedAt } = alert;
  const kind = kindOf(alert);
  const withdrawn = state === 'retracted' ? [`Withdrawn: ${because(alert.reason)}.`] : [];
  const ended = state === 'closed' && !endedByFix(alert) ? [`Ended: ${because(alert.reason)}.`] : [];
  const corrected = amendment && state !== 'retracted' ? [correction(amendment, alert, now)] : [];
  const news =
    state === 'open' && alert.kind !== 'silence' && newsAt > Date.parse(openedAt)
      ? [`Last news of it: ${clock(newsAt, now)}, ${ago(now - newsAt)}.`]
      : [];
  const delay = Date.parse(learnedAt) - Date.parse(openedAt);
  const known = delay < MINUTE ? [] : [`We learned of it at ${clock(learnedAt, now)}, ${age(delay)} after it began.`];
  const isStillSo = state === 'open' && alert.kind === 'silence';
  const late = alert.late && !isStillSo ? ['Late: when we learned of it, it was no longer how things stood.'] : [];
  return [
    ...withdrawn,
    ...ended,
    ...corrected,
    ...nearest(alert, kind.border, now),
    period(alert, kind.isNoticed ?? false, now),
    ...news,
    ...kind.facts(alert, now),
    ...known,
    ...late,
  ];
}

/**
 * @param {any} alert
 * @param {string | undefined} border
 * @param {number} now
 */
function nearest({ closest }, border, now) {
  if (!closest || !border) return [];
  const way = closest.between ? ', on the way between two fixes' : '';
  return closest.m === 0
    ? [`Got inside ${border} at ${clock(closest.at, now)}${way}.`]
    : [`Nearest: ${distance(closest.m)} from ${border} at ${clock(closest.at, now)}${way}.`];
}

/**
 * @param {any} alert
 * @param {boolean} isNoticed
 * @param {number} now
 */
function period({ state, openedAt, closedAt }, isNoticed, now) {
  const [since, from] = isNoticed ? ['An alert since', 'An alert from'] : ['Since', 'From'];
  if (state === 'open') return `${since} ${clock(openedAt, now)}, ${ago(now - Date.parse(openedAt))}.`;
  return closedAt ? `${from} ${clock(openedAt, now)} to ${clock(closedAt, now)}.` : `${from} ${clock(openedAt, now)}.`;
}

/** @type {Readonly<Record<string, string>>} */
const REASONS = {
  'late-fixes': 'fixes that came late showed otherwise',
  'deployment-edited': 'it was corrected who wore which collar',
  'deployment-ended': 'the animal does not wear the collar any more',
  'farm-edited': 'the farm was edited',
  'farm-removed': 'the farm was removed',
  'area-edited': 'the area was edited',
  'area-removed': 'the area was removed',
  'animal-edited': 'what is known of the animal was edited',
  'rule-edited': 'the rule was edited',
  'rule-disabled': 'the rule was switched off',
};

/** @param {string | undefined} reason */
function because(reason) {
  return reason === undefined ? 'it turned out otherwise' : (REASONS[reason] ?? readable(reason));
}

/**
 * @param {Amendment} amendment
 * @param {any} after
 * @param {number} now
 */
function correction({ before, reason, learnedAt }, after, now) {
  const said = differences(before, after, now);
  return `Corrected at ${clock(learnedAt, now)}: ${because(reason)}.${said ? ` Before, it said: ${said}.` : ''}`;
}

/**
 * What an alert said that it does not say any more.
 *
 * @param {any} before
 * @param {any} after
 * @param {number} now
 */
function differences(before, after, now) {
  const far = ({ closest }) => (closest ? distance(closest.m) : '');
  const end = ({ closedAt, state }) => closedAt ?? state;
  return [
    ...(before.peak !== after.peak ? [readable(before.peak)] : []),
    ...(before.openedAt !== after.openedAt ? [`from ${clock(before.openedAt, now)}`] : []),
    ...(end(before) !== end(after) ? [before.closedAt ? `until ${clock(before.closedAt, now)}` : 'not over yet'] : []),
    ...(before.closest && far(before) !== far(after) ? [`nearest ${far(before)}`] : []),
  ].join(', ');
}

/** @type {Readonly<Record<string, string>>} */
const STEPS = { amended: 'corrected', retracted: 'withdrawn', acknowledged: 'acknowledged', commented: 'noted' };

/**
 * One step in the life of an alert.
 *
 * @param {any} change
 * @param {number} now
 * @param {any} [before] the alert as it stood before the change
 */
export function step(change, now, before) {
  const { at, learnedAt, by, note, alert, late, reason } = change;
  const what = kindOf(alert).steps[change.change] ?? STEPS[change.change] ?? readable(change.change);
  const depth = ['escalated', 'eased'].includes(change.change) ? `, now ${readable(alert.level)}` : '';
  const who = by ? ` by ${by}` : '';
  const said = note ? `: “${note}”` : '';
  const why = reason ? `: ${because(reason)}` : '';
  const old = change.change === 'amended' && before ? differences(before, alert, now) : '';
  const isLater = Date.parse(learnedAt) - Date.parse(at) >= MINUTE;
  const learned = isLater ? [`learned ${clock(learnedAt, now)}`] : [];
  const aside = [...learned, ...(late ? ['late'] : []), ...(old ? [`before: ${old}`] : [])].join('; ');
  return `${clock(at, now)} ${what}${depth}${who}${said}${why}${aside ? ` (${aside})` : ''}`;
}

/** @type {Readonly<Record<string, number>>} */
const RINGS = { inside: 6, close: 5, near: 4 };

/**
 * How much an open alert needs somebody: a farm's rings, then where an animal could be, then where it is going.
 *
 * @param {any} alert
 */
export function urgency({ kind, level, couldReach }) {
  if (kind === 'farm-proximity') return RINGS[level] ?? 4;
  if (level === 'could-reach') return 3;
  if (kind === 'approach' || kind === 'boundary') return 2;
  return kind === 'silence' && couldReach ? 1 : 0;
}

/**
 * The order in which alerts are shown: what needs somebody first.
 *
 * @param {any} one
 * @param {any} other
 */
export function worstFirst(one, other) {
  return (
    Number(other.state === 'open') - Number(one.state === 'open') ||
    (one.state === 'open' ? Number(one.acknowledged !== null) - Number(other.acknowledged !== null) : 0) ||
    (one.state === 'open' ? urgency(other) - urgency(one) : 0) ||
    Date.parse(other.closedAt ?? other.openedAt) - Date.parse(one.closedAt ?? one.openedAt)
  );
}
