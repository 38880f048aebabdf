import { AlertCard } from './alert-card.js';
import { headline, worstFirst } from './alert-words.js';
import { arrange, byId } from './element.js';

/** Alerts that are over are shown for so long, and so many of them. */
const PAST_MS = 86_400_000;
const PAST_COUNT = 20;
/** Changes that somebody has to hear of at once. */
const NEWS = new Set(['opened', 'escalated']);

/** Alerts, one card each: what needs somebody first, then what was over when it was learned, then what is over. */
export class AlertsView {
  /** @type {Map<string, AlertCard>} */
  #cards = new Map();

  /**
   * @param {import('./registry.js').Registry} registry
   * @param {(animal: string) => number} newestAt the time of an animal's newest trusted fix; 0: not known here
   */
  constructor(registry, newestAt) {
    this.registry = registry;
    this.newestAt = newestAt;
  }

  /** @param {readonly any[]} open all open alerts */
  replace(open) {
    const told = new Set(open.map(({ id }) => id));
    for (const [id, { alert }] of this.#cards) if (alert.state === 'open' && !told.has(id)) this.#cards.delete(id);
    for (const alert of open) this.#of(alert).update(alert);
    this.show(Date.now());
  }

  /**
   * @param {readonly any[]} alerts open ones as they stand now; those that are not shown stay so
   * @param {number | null} askedAt when they were asked for, if these are all of them: others are not open any more, or not for us to see
   */
  refresh(alerts, askedAt) {
    for (const alert of alerts) this.#cards.get(alert.id)?.update(alert);
    const told = new Set(alerts.map(({ id }) => id));
    for (const [id, card] of this.#cards)
      if (askedAt !== null && card.alert.state === 'open' && card.knownSince < askedAt && !told.has(id))
        this.#cards.delete(id);
    this.show(Date.now());
  }

  get hasOpen() {
    return [...this.#cards.values()].some(({ alert }) => alert.state === 'open');
  }

  /** Whether an open alert is about this animal. @param {string} animal */
  isAbout(animal) {
    return [...this.#cards.values()].some(({ alert }) => alert.state === 'open' && alert.animal === animal);
  }

  /**
   * @param {string} animal
   * @returns {number} since when an open alert says that nobody knows where it is; 0: none does
   */
  silentSince(animal) {
    const silences = [...this.#cards.values()].filter(
      ({ alert }) => alert.kind === 'silence' && alert.state === 'open' && alert.animal === animal,
    );
    return Math.max(0, ...silences.map(({ alert }) => Date.parse(alert.unknownSince ?? alert.openedAt)));
  }

  /** @param {readonly any[]} past alerts that are over */
  remember(past) {
    for (const alert of past) if (!this.#cards.has(alert.id)) this.#of(alert);
    this.show(Date.now());
  }

  /** @param {readonly any[]} changes */
  add(changes) {
    const now = Date.now();
    // What was corrected may be new to who is reading.
    const isNews = ({ change, late, alert }) =>
      (NEWS.has(change) || !this.#cards.has(alert.id)) && !late && alert.state === 'open';
    const news = changes.findLast(isNews);
    for (const change of changes) this.#of(change.alert).update(change.alert, change);
    if (news) byId('news').textContent = headline(news.alert, this.registry, now);
    this.show(now);
  }

  /** @param {number} now */
  show(now) {
    const cards = [...this.#cards.values()].sort((one, other) => worstFirst(one.alert, other.alert));
    const isRecent = (card) => card.alert.state === 'open' || now - card.overSince < PAST_MS;
    const open = cards.filter((card) => card.alert.state === 'open' && !card.isPast);
    const late = cards.filter((card) => card.isPast && isRecent(card)).slice(0, PAST_COUNT);
    const past = cards
      .filter((card) => card.alert.state !== 'open' && !card.isPast && isRecent(card))
      .slice(0, PAST_COUNT);
    const shown = [...open, ...late, ...past];
    for (const [id, card] of this.#cards) if (!shown.includes(card)) this.#cards.delete(id);
    for (const card of shown) card.show(this.registry, this.newestAt(card.alert.animal), now);
    for (const [name, list] of Object.entries({ open, late, past }))
      arrange(byId(`${name}-alerts`), list.map(elementOf));
    byId('no-alerts').hidden = cards.some(({ alert }) => alert.state === 'open');
    byId('late-title').hidden = late.length === 0;
    byId('past-title').hidden = past.length === 0;
    const waiting = open.filter(({ alert }) => alert.acknowledged === null).length;
    document.title = waiting > 0 ? `(${waiting}) Collarwatch` : 'Collarwatch';
  }

  /** @param {any} alert */
  #of(alert) {
    let card = this.#cards.get(alert.id);
    if (!card) this.#cards.set(alert.id, (card = new AlertCard(alert)));
    return card;
  }
}

/** @param {AlertCard} card */
function elementOf(card) {
  return card.element;
}
