import { clock, distance } from './words.js';

/**
 * What alerts of each kind say. Pure: names and the time are arguments.
 *
 * @typedef {{ animal: (id: string) => string, farm: (id: string | null) => string, area: (id: string | null) => string }} Names
 *
 * @typedef {object} Kind
 * @property {(alert: any, names: Names, now: number) => string} is of one that is open, without the full stop
 * @property {(alert: any, names: Names, now: number) => string} was of one that is over or was wrong
 * @property {string} [end] what follows `was` when a fix ended it
 * @property {(alert: any, now: number) => string[]} facts what its rule tells beside the rest, a sentence each
 * @property {boolean} [isNoticed] whether it begins when something is noticed, which itself began before
 * @property {string} [border] what `closest` is measured from
 * @property {Readonly<Record<string, string>>} steps
 */

/** @type {Readonly<Record<string, string>>} */
const RINGS = { near: 'near', close: 'close to', inside: 'inside' };

/** @type {Kind} */
const farmProximity = {
  is: ({ animal, farm, level }, names) => `${names.animal(animal)} is ${RINGS[level] ?? 'near'} ${names.farm(farm)}`,
  was: ({ animal, farm, peak }, names) => `${names.animal(animal)} was ${RINGS[peak] ?? 'near'} ${names.farm(farm)}`,
  end: ', and has left',
  facts: ({ state, peak, level }) =>
    state === 'open' && peak !== level ? [`It was ${RINGS[peak] ?? peak} it before.`] : [],
  border: 'the fence',
  steps: { opened: 'came near', escalated: 'came closer', eased: 'moved away', closed: 'left' },
};

/** @type {Kind} */
const silence = {
  is: ({ animal, unknownSince, openedAt, couldReach }, names, now) => {
    const unknown = `${names.animal(animal)}: position unknown since ${clock(unknownSince ?? openedAt, now)}`;
    if (!couldReach) return unknown;
    const by = Date.parse(couldReach.at) > now ? 'by' : 'since';
    return `${unknown}; could be at the fence of ${names.farm(couldReach.farm)} ${by} ${clock(couldReach.at, now)}`;
  },
  was: ({ animal, unknownSince, openedAt, closedAt }, names, now) => {
    const since = clock(unknownSince ?? openedAt, now);
    const period = closedAt ? `from ${since} to ${clock(closedAt, now)}` : `since ${since}`;
    return `${names.animal(animal)}: position was unknown ${period}`;
  },
  facts: ({ state, intervalS }) => [
    ...(intervalS ? [`Its collar should be heard every ${interval(intervalS)}.`] : []),
    ...(state === 'open' ? ['That nobody knows where it is does not mean that it is far away.'] : []),
  ],
  isNoticed: true,
  steps: { opened: 'not heard for too long', escalated: 'could be at the fence from now on', closed: 'heard again' },
};

/** @type {Kind} */
const approach = {
  is: ({ animal, farm, etaFrom, etaTo }, names, now) => {
    const where = `${names.animal(animal)} is heading for ${names.farm(farm)}`;
    if (!etaFrom || !etaTo) return where;
    if (Date.parse(etaTo) < now) return `${where}: could be near it since ${clock(etaFrom, now)}`;
    return `${where}: could be near it between ${clock(etaFrom, now)} and ${clock(etaTo, now)}`;
  },
  was: ({ animal, farm }, names) => `${names.animal(animal)} was heading for ${names.farm(farm)}`,
  facts: ({ state, metres }) =>
    state === 'open' && typeof metres === 'number'
      ? [`At the last fix it was ${distance(metres)} from what counts as near.`]
      : [],
  border: 'the fence',
  steps: { opened: 'heading there', closed: 'there, or no longer heading there' },
};

/** @type {Kind} */
const boundary = {
  is: ({ animal, area, level }, names) => `${names.animal(animal)} is ${side(level)} ${names.area(area)}`,
  was: ({ animal, area, peak }, names) => `${names.animal(animal)} was ${side(peak)} ${names.area(area)}`,
  end: ', and is back across the border',
  facts: ({ farthestM }) =>
    typeof farthestM === 'number' ? [`Farthest: ${distance(farthestM)} beyond the border.`] : [],
  border: 'the border',
  steps: { opened: 'crossed the border', closed: 'went back across the border' },
};

/** @type {Readonly<Record<string, string>>} */
const LOOKS = {
  still: 'Whatever carries the collar lies still: the errors of the fixes explain all of them.',
  unsure: 'A few single fixes lie elsewhere: it may be an animal at rest, or one under dense trees.',
};

/** @type {Kind} */
const immobility = {
  is: ({ animal, stillSince, openedAt }, names, now) =>
    `${names.animal(animal)} has not moved since ${clock(stillSince ?? openedAt, now)}`,
  was: ({ animal, stillSince, openedAt, closedAt }, names, now) => {
    const since = clock(stillSince ?? openedAt, now);
    return `${names.animal(animal)} had not moved ${closedAt ? `from ${since} to ${clock(closedAt, now)}` : `since ${since}`}`;
  },
  facts: ({ share, fixes, hours, radiusM, looksLike }) => [
    ...([share, fixes, hours, radiusM].every((value) => typeof value === 'number')
      ? [`${Math.round(100 * share)} % of ${fixes} fixes in ${hours} h lie within ${distance(radiusM)}.`]
      : []),
    ...(looksLike ? [LOOKS[looksLike] ?? `It looks like this: ${readable(looksLike)}.`] : []),
  ],
  isNoticed: true,
  steps: { opened: 'had not moved', closed: 'moved' },
};

/** @type {Readonly<Record<string, string>>} */
const CHARGE = { low: 'low', critical: 'nearly empty' };

/** @type {Kind} */
const lowBattery = {
  is: ({ animal, level, batteryV, daysLeft }, names) => {
    const volts = typeof batteryV === 'number' ? [`${batteryV.toFixed(2)} V`] : [];
    const left =
      typeof daysLeft !== 'number' ? [] : [daysLeft < 1 ? 'less than a day left' : `about ${days(daysLeft)} left`];
    const told = [...volts, ...left].join(', ');
    return `${collarOf(names.animal(animal))} is ${CHARGE[level] ?? 'low'}${told ? `: ${told}` : ''}`;
  },
  was: ({ animal, peak }, names) => `${collarOf(names.animal(animal))} was ${CHARGE[peak] ?? 'low'}`,
  end: ', and is well again',
  facts: () => [],
  isNoticed: true,
  steps: {
    opened: 'battery low',
    escalated: 'battery nearly empty',
    eased: 'battery better',
    closed: 'battery well again',
  },
};

/**
 * Kinds that this page has not heard of: rules can be added.
 *
 * @type {Kind}
 */
const other = {
  is: (alert, names) => `${subject(alert, names)}: ${readable(alert.kind)} (${readable(alert.level)})`,
  was: (alert, names) => `${subject(alert, names)}: ${readable(alert.kind)} (${readable(alert.peak)})`,
  end: ', over',
  facts: () => [],
  border: 'the border',
  steps: { opened: 'began', escalated: 'got worse', eased: 'got better', closed: 'was over' },
};

/** @type {Readonly<Record<string, Kind>>} */
const KINDS = {
  'farm-proximity': farmProximity,
  silence,
  approach,
  boundary,
  immobility,
  'low-battery': lowBattery,
};

/** @param {{ kind: string }} alert */
export function kindOf({ kind }) {
  return Object.hasOwn(KINDS, kind) ? KINDS[kind] : other;
}

/** A name of the server's as a person reads it. @param {string} name */
export function readable(name) {
  return String(name).replaceAll('-', ' ');
}

/** @param {string} level */
function side(level) {
  return level === 'inside' ? 'inside' : 'outside';
}

/** @param {string} animal */
function collarOf(animal) {
  return `The battery of ${animal}’s collar`;
}

/** @param {number} count */
function days(count) {
  return count === 1 ? '1 day' : `${count} days`;
}

/** @param {number} seconds */
function interval(seconds) {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 360) / 10} h`;
}

/**
 * @param {any} alert
 * @param {Names} names
 */
function subject({ animal, farm, area }, names) {
  const place = farm !== null ? ` at ${names.farm(farm)}` : area !== null ? ` at ${names.area(area)}` : '';
  return `${names.animal(animal)}${place}`;
}
