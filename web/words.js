/** How times, places and alerts are said to people. Pure: the time is an argument. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** @param {number} ms */
export function age(ms) {
  if (ms < MINUTE) return ms < -MINUTE ? 'in the future' : 'less than a minute';
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < DAY) {
    const minutes = Math.floor((ms % HOUR) / MINUTE);
    return `${Math.floor(ms / HOUR)} h${minutes > 0 ? ` ${minutes} min` : ''}`;
  }
  const days = Math.floor(ms / DAY);
  const hours = Math.floor((ms % DAY) / HOUR);
  return `${days} ${days === 1 ? 'day' : 'days'}${days < 3 && hours > 0 ? ` ${hours} h` : ''}`;
}

/** @param {number} ms */
export function ago(ms) {
  return ms < MINUTE && ms >= -MINUTE ? 'just now' : ms < 0 ? age(ms) : `${age(ms)} ago`;
}

/**
 * A time as a clock shows it here, with its day where that is not today.
 *
 * @param {string | number} at
 * @param {number} now
 */
export function clock(at, now) {
  const date = new Date(at);
  const today = new Date(now);
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
  const time = date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  if (date.toDateString() === today.toDateString()) return time;
  if (date.toDateString() === yesterday.toDateString()) return `${time} yesterday`;
  const day = date.toLocaleDateString('en-GB', { weekday: 'short', day: 'numeric', month: 'short' });
  return `${time} on ${day}${date.getFullYear() === today.getFullYear() ? '' : ` ${date.getFullYear()}`}`;
}

/** @param {number} metres */
export function distance(metres) {
  if (metres < 1_000) return `${Math.round(metres)} m`;
  return metres < 10_000 ? `${(metres / 1_000).toFixed(1)} km` : `${Math.round(metres / 1_000)} km`;
}

const WINDS = ['north', 'north-east', 'east', 'south-east', 'south', 'south-west', 'west', 'north-west'];

/** @param {number} degrees clockwise from north */
export function wind(degrees) {
  return WINDS[Math.round(degrees / 45) % 8] ?? '';
}

/** @param {{ lat: number, lon: number }} place */
export function coordinates({ lat, lon }) {
  return `${Math.abs(lat).toFixed(5)}° ${lat < 0 ? 'S' : 'N'}, ${Math.abs(lon).toFixed(5)}° ${lon < 0 ? 'W' : 'E'}`;
}

/** @type {Readonly<Record<string, string>>} */
const IS = { near: 'is near', close: 'is close to', inside: 'is inside' };
/** @type {Readonly<Record<string, string>>} */
const WAS = { near: 'was near', close: 'was close to', inside: 'was inside' };

/**
 * What an alert says, in one sentence.
 *
 * @param {any} alert as the API gives it
 * @param {{ animal: (id: string) => string, farm: (id: string) => string }} names
 */
export function headline(alert, names) {
  const animal = names.animal(alert.animal);
  const farm = names.farm(alert.farm);
  if (alert.state === 'retracted') return `Withdrawn: ${animal} was not near ${farm} after all.`;
  if (alert.state === 'closed') return `${animal} ${WAS[alert.peak] ?? 'was near'} ${farm}, and has left.`;
  return `${animal} ${IS[alert.level] ?? 'is near'} ${farm}.`;
}

/**
 * What else there is to know of an alert, a sentence each.
 *
 * @param {any} alert
 * @param {number} newsAt when the animal was last heard of, as far as is known here
 * @param {number} now
 * @returns {string[]}
 */
export function details(alert, newsAt, now) {
  const { closest, openedAt, closedAt, learnedAt } = alert;
  const way = closest.between ? ', on the way between two fixes' : '';
  const reached =
    closest.m === 0
      ? `Got inside the fence at ${clock(closest.at, now)}${way}.`
      : `Nearest: ${distance(closest.m)} from the fence at ${clock(closest.at, now)}${way}.`;
  const since =
    alert.state === 'open'
      ? `Since ${clock(openedAt, now)}, ${ago(now - Date.parse(openedAt))}.`
      : `From ${clock(openedAt, now)} to ${closedAt ? clock(closedAt, now) : 'now'}.`;
  const news =
    alert.state === 'open' && newsAt > Date.parse(openedAt)
      ? [`Last news of it: ${clock(newsAt, now)}, ${ago(now - newsAt)}.`]
      : [];
  const deeper = alert.state === 'open' && alert.peak !== alert.level ? [`It ${WAS[alert.peak]} it before.`] : [];
  const delay = Date.parse(learnedAt) - Date.parse(openedAt);
  const known = delay < MINUTE ? [] : [`We learned of it at ${clock(learnedAt, now)}, ${age(delay)} after it began.`];
  const late = alert.late ? ['Late: when we learned of it, it was no longer how things stood.'] : [];
  return [reached, since, ...news, ...deeper, ...known, ...late];
}

/** @type {Readonly<Record<string, string>>} */
const STEPS = {
  opened: 'came near',
  escalated: 'came closer',
  eased: 'moved away',
  amended: 'earlier fixes changed what was known',
  closed: 'left',
  retracted: 'withdrawn: later fixes showed that it was not so',
  acknowledged: 'acknowledged',
  commented: 'noted',
};

/**
 * One step in the life of an alert.
 *
 * @param {any} change
 * @param {number} now
 */
export function step(change, now) {
  const { at, learnedAt, by, note, alert } = change;
  const depth = change.change === 'escalated' || change.change === 'eased' ? `, now ${alert.level}` : '';
  const who = by ? ` by ${by}` : '';
  const said = note ? `: “${note}”` : '';
  const learned = Date.parse(learnedAt) - Date.parse(at) >= MINUTE ? ` (learned ${clock(learnedAt, now)})` : '';
  return `${clock(at, now)} ${STEPS[change.change] ?? change.change}${depth}${who}${said}${learned}`;
}

/** @type {Readonly<Record<string, number>>} */
const DEPTH = { inside: 3, close: 2, near: 1 };

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
    (one.state === 'open' ? (DEPTH[other.level] ?? 0) - (DEPTH[one.level] ?? 0) : 0) ||
    Date.parse(other.closedAt ?? other.openedAt) - Date.parse(one.closedAt ?? one.openedAt)
  );
}

/** @type {Readonly<Record<string, string>>} */
const DOUBTS = {
  'future-time': 'its time is in the future',
  'week-rollover': 'its date is 1,024 weeks off',
  'null-island': 'its place is 0, 0',
  'poor-accuracy': 'it is very inaccurate',
  'impossible-speed': 'no animal is that fast',
  unconfirmed: 'it is far off; the next fix will tell',
};

/** @param {readonly string[]} doubts */
export function doubted(doubts) {
  return doubts.map((doubt) => DOUBTS[doubt] ?? doubt).join('; ');
}
