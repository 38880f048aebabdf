import { call } from './api.js';
import { element, setText } from './element.js';
import { clock, details, headline, step } from './words.js';

const LEVELS = { near: 'near', close: 'close', inside: 'inside' };

/** One visit: what is known of it now, what happened, and who takes care of it. */
export class AlertCard {
  #history = element('ol');
  #changesRead = 0;
  #newsAt = 0;

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
    this.events.addEventListener('toggle', () => this.#readHistory());
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
   * @param {string} [at] when that change happened, if it was the animal's
   */
  update(alert, at) {
    if (at) this.#newsAt = Math.max(this.#newsAt, Date.parse(at));
    if (alert.revision < this.alert.revision) return;
    this.alert = alert;
    void this.#readHistory();
  }

  /**
   * @param {import('./registry.js').Registry} registry
   * @param {number} newestAt the time of the animal's newest trusted fix; 0: not known here
   * @param {number} now
   */
  show(registry, newestAt, now) {
    const { alert } = this;
    const newsAt = Math.max(this.#newsAt, newestAt, Date.parse(alert.closest.at));
    this.element.dataset.state = alert.state;
    this.element.dataset.level = alert.state === 'open' ? alert.level : alert.peak;
    setText(this.title, headline(alert, registry));
    setText(this.level, alert.state === 'open' ? (LEVELS[alert.level] ?? alert.level) : alert.state);
    const facts = details(alert, newsAt, now);
    if (this.facts.children.length !== facts.length) this.facts.replaceChildren(...facts.map(() => element('li')));
    facts.forEach((fact, place) => setText(this.facts.children[place], fact));
    const { acknowledged } = alert;
    const note = acknowledged?.note ? `: “${acknowledged.note}”` : '.';
    setText(
      this.taken,
      acknowledged ? `${acknowledged.by} took care of it at ${clock(acknowledged.at, now)}${note}` : '',
    );
    this.taken.hidden = acknowledged === null;
    this.form.hidden = acknowledged !== null || alert.state !== 'open';
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

  /** The steps so far, as the server has them: the page may not have seen all of them. */
  async #readHistory() {
    if (!this.events.open || this.#changesRead >= this.alert.revision) return;
    const { id, revision } = this.alert;
    this.#changesRead = revision;
    try {
      const { changes } = await call('GET', `/alerts/${id}`);
      const now = Date.now();
      this.#history.replaceChildren(...changes.map((change) => element('li', { text: step(change, now) })));
    } catch (error) {
      this.#changesRead = 0;
      this.#history.replaceChildren(element('li', { text: `It could not be read: ${error.message}` }));
    }
  }
}
