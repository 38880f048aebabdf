import { call } from './api.js';
import { badge, details, headline, step, urgency } from './alert-words.js';
import { element, setText } from './element.js';
import { clock } from './words.js';

/** A life that could not be read is asked for again after so long. */
const RETRY_MS = 10_000;
/** Changes that tell of the animal itself. */
const OF_THE_ANIMAL = new Set(['opened', 'escalated', 'eased', 'closed']);

/** One alert: what is known of it now, what happened, and who takes care of it. */
export class AlertCard {
  #history = element('ol');
  #changesRead = 0;
  #failedAt = 0;
  #newsAt = 0;
  #changedAt = 0;
  /** Whether something of it was told that described the present. */
  #isOfPresent = false;
  /** @type {import('./alert-words.js').Amendment | null} */
  #amendment = null;
  /** When the page first knew of it. */
  knownSince = Date.now();

  /** @param {any} alert */
  constructor(alert) {
    this.alert = alert;
    const titleId = `alert-${alert.id}`;
    this.level = element('p', { class: 'level' });
    this.title = element('h3', { id: titleId });
    this.facts = element('ul', { class: 'facts' });
    this.taken = element('p', { class: 'taken' });
    this.form = this.#createForm(alert.id);
    this.events = element('details', {}, element('summary', { text: 'What happened' }), this.#history);
    this.events.addEventListener('toggle', () => this.#readLife());
    this.element = element(
      'article',
      { 'data-alert': alert.id, 'aria-labelledby': titleId },
      element('header', {}, this.title, this.level),
      this.facts,
      this.taken,
      this.form,
      this.events,
    );
  }

  /**
   * @param {any} alert as it stands after a change; an older one than is known changes nothing
   * @param {any} [change] that change, where it is known
   */
  update(alert, change) {
    if (change) this.#learn(change, this.alert);
    if (alert.revision < this.alert.revision) return;
    this.alert = alert;
    void this.#readLife();
  }

  /** Whether it was of the past already when it was learned, and nothing newer has been told of it. */
  get isPast() {
    const { late, state, kind } = this.alert;
    // A silence that is open is of the present, whenever it was noticed.
    const isPresent = state === 'open' && (this.#isOfPresent || kind === 'silence');
    return late && state !== 'retracted' && !isPresent;
  }

  /** When it became what it is, if it is over. */
  get overSince() {
    const { state, closedAt, learnedAt } = this.alert;
    if (state === 'retracted') return Math.max(this.#changedAt, Date.parse(learnedAt));
    return Date.parse(this.isPast ? learnedAt : (closedAt ?? learnedAt));
  }

  /**
   * @param {import('./registry.js').Registry} registry
   * @param {number} newestAt the time of the animal's newest trusted fix; 0: not known here
   * @param {number} now
   */
  show(registry, newestAt, now) {
    const { alert } = this;
    if (alert.late && alert.state === 'open') void this.#readLife();
    const newsAt = Math.max(this.#newsAt, newestAt, alert.closest ? Date.parse(alert.closest.at) : 0);
    const { dataset } = this.element;
    dataset.state = alert.state;
    dataset.kind = alert.kind;
    dataset.level = alert.state === 'open' ? alert.level : alert.peak;
    dataset.tone = this.isPast ? 'past' : String(urgency(alert));
    setText(this.title, headline(alert, registry, now, this.isPast));
    setText(this.level, badge(alert, this.isPast));
    const facts = details(alert, newsAt, now, this.#amendment);
    if (this.facts.children.length !== facts.length) this.facts.replaceChildren(...facts.map(() => element('li')));
    facts.forEach((fact, place) => setText(this.facts.children[place], fact));
    this.#showTaken(now);
  }

  /** @param {number} now */
  #showTaken(now) {
    const { acknowledged, state } = this.alert;
    const note = acknowledged?.note ? `: “${acknowledged.note}”` : '.';
    setText(
      this.taken,
      acknowledged ? `${acknowledged.by} took care of it at ${clock(acknowledged.at, now)}${note}` : '',
    );
    this.taken.hidden = acknowledged === null;
    this.form.hidden = acknowledged !== null || state !== 'open';
  }

  /**
   * @param {any} change
   * @param {any} before the alert as it stood before; an older or the same one says nothing
   */
  #learn({ change, at, learnedAt, late, reason, alert }, before) {
    if (OF_THE_ANIMAL.has(change)) this.#newsAt = Math.max(this.#newsAt, Date.parse(at));
    if (!late && (OF_THE_ANIMAL.has(change) || change === 'amended')) this.#isOfPresent = true;
    if (change === 'amended' || change === 'retracted') this.#changedAt = Date.parse(learnedAt);
    if (change === 'amended' && before.revision < alert.revision) this.#amendment = { before, reason, learnedAt };
  }

  /** @param {string} id */
  #createForm(id) {
    const note = element('input', { type: 'text', id: `note-${id}`, maxlength: '2000', autocomplete: 'off' });
    const label = element('label', { for: note.id, text: 'Note, for those who read it later' });
    const button = element('button', { type: 'submit', text: 'Acknowledge' });
    const answer = element('p', { class: 'answer', role: 'alert' });
    const form = element('form', {}, label, element('div', { class: 'line' }, note, button), answer);
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      button.disabled = true;
      answer.textContent = '';
      try {
        this.update(await call('POST', `/alerts/${id}/acknowledge`, { note: note.value }));
      } catch (error) {
        answer.textContent = `It was not noted: ${error.message}`;
      } finally {
        button.disabled = false;
      }
    });
    return form;
  }

  /** The steps so far, as the server has them: the page may not have seen all of them. Read when somebody looks, or when it matters. */
  async #readLife() {
    const isWanted = this.events.open || (this.alert.late && this.alert.state === 'open' && !this.#isOfPresent);
    if (!isWanted || this.#changesRead >= this.alert.revision || Date.now() - this.#failedAt < RETRY_MS) return;
    const { id, revision } = this.alert;
    this.#changesRead = revision;
    try {
      const { changes } = await call('GET', `/alerts/${id}`);
      const now = Date.now();
      changes.forEach((change, place) => this.#learn(change, changes[place - 1]?.alert ?? change.alert));
      this.#history.replaceChildren(
        ...changes.map((change, place) => element('li', { text: step(change, now, changes[place - 1]?.alert) })),
      );
    } catch (error) {
      this.#changesRead = 0;
      this.#failedAt = Date.now();
      this.#history.replaceChildren(element('li', { text: `It could not be read: ${error.message}` }));
    }
  }
}
