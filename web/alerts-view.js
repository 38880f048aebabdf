import { AlertCard } from './alert-card.js';
import { arrange, byId } from './element.js';
import { headline, worstFirst } from './words.js';

/** Alerts that are over are shown for so long, and so many of them. */
const PAST_MS = 86_400_000;
const PAST_COUNT = 20;
/** Changes that somebody has to hear of at once. */
const NEWS = new Set(['opened', 'escalated']);

/** Alerts, one card a visit, what needs somebody first. */
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

  /** @param {readonly any[]} alerts as they stand now; those that are not shown stay so */
  refresh(alerts) {
    for (const alert of alerts) this.#cards.get(alert.id)?.update(alert);
    this.show(Date.now());
  }

  get hasOpen() {
    return [...this.#cards.values()].some(({ alert }) => alert.state === 'open');
  }

  /** Whether an open alert is about this animal. @param {string} animal */
  isAbout(animal) {
    return [...this.#cards.values()].some(({ alert }) => alert.state === 'open' && alert.animal === animal);
  }

  /** @param {readonly any[]} past alerts that are over */
  remember(past) {
    for (const alert of past) if (!this.#cards.has(alert.id)) this.#of(alert);
    this.show(Date.now());
  }

  /** @param {readonly any[]} changes */
  add(changes) {
    for (const { alert, at, by } of changes) this.#of(alert).update(alert, by ? undefined : at);
    const news = changes.findLast(({ change, alert }) => NEWS.has(change) && !alert.late && alert.state === 'open');
    if (news) byId('news').textContent = headline(news.alert, this.registry);
    this.show(Date.now());
  }

  /** @param {number} now */
  show(now) {
    const cards = [...this.#cards.values()].sort((one, other) => worstFirst(one.alert, other.alert));
    const open = cards.filter(({ alert }) => alert.state === 'open');
    const past = cards
      .filter(({ alert }) => alert.state !== 'open' && now - Date.parse(alert.closedAt ?? alert.learnedAt) < PAST_MS)
      .slice(0, PAST_COUNT);
    for (const [id, card] of this.#cards) if (!open.includes(card) && !past.includes(card)) this.#cards.delete(id);
    for (const card of [...open, ...past]) card.show(this.registry, this.newestAt(card.alert.animal), now);
    arrange(byId('open-alerts'), open.map(elementOf));
    arrange(byId('past-alerts'), past.map(elementOf));
    byId('no-alerts').hidden = open.length > 0;
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
