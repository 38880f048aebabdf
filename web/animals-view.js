import { arrange, byId, element, setText } from './element.js';
import { nearestFarm } from './geo.js';
import { movementCharts } from './movement-charts.js';
import { age, clock, coordinates, distance, doubted, wind } from './words.js';

/**
 * What is known of one animal: its newest trusted fix, the one before it, a newer doubted one, and the last that came late.
 *
 * @typedef {{ fix: any, before: any, doubtful: any, late: any, row: Row }} Known
 */

/**
 * Where the animals are: of each the newest trusted fix, and what is wrong with a newer one. Ages grow by themselves, so that silence
 * never looks like presence.
 */
export class AnimalsView {
  /** @type {Map<string, Known>} */
  #animals = new Map();
  #list = byId('animal-list');

  /**
   * @param {import('./registry.js').Registry} registry
   * @param {() => void} onUnsure asks for the newest trusted fixes anew: what we have may not be the newest any more
   * @param {(animal: string) => number} silentSince since when an alert says that nobody knows where an animal is; 0: none does
   */
  constructor(registry, onUnsure, silentSince) {
    this.registry = registry;
    this.onUnsure = onUnsure;
    this.silentSince = silentSince;
  }

  /** @param {readonly any[]} positions the newest trusted fixes; nothing else is known any more */
  replace(positions) {
    const before = this.#animals;
    this.#animals = new Map();
    for (const fix of positions) {
      const row = before.get(fix.animal)?.row ?? new Row(fix.animal);
      this.#animals.set(fix.animal, { fix, before: null, doubtful: null, late: null, row });
    }
    this.show(Date.now());
  }

  /** @param {readonly any[]} positions trusted fixes that were asked for; what came meanwhile may be newer */
  correct(positions) {
    for (const fix of positions) {
      const known = this.#of(fix.animal);
      if (!known.fix || !isBefore(fix, known.fix)) known.fix = fix;
    }
    this.show(Date.now());
  }

  /** @param {readonly any[]} positions */
  add(positions) {
    for (const fix of positions) {
      const known = this.#of(fix.animal);
      if (known.fix && isBefore(fix, known.fix)) {
        if (fix.doubts.length === 0) known.late = fix;
      } else if (fix.doubts.length > 0) known.doubtful = fix;
      else trust(known, fix);
    }
    this.show(Date.now());
  }

  /** @param {readonly any[]} changes */
  judge(changes) {
    let isUnsure = false;
    for (const { animal, at, doubts } of changes) {
      const known = this.#animals.get(animal);
      if (!known) continue;
      if (known.fix?.at === at && doubts.length > 0) {
        known.doubtful = { ...known.fix, doubts };
        known.fix = known.before;
        isUnsure = true;
      } else if (known.doubtful?.at === at) {
        if (doubts.length > 0) known.doubtful = { ...known.doubtful, doubts };
        else trust(known, { ...known.doubtful, doubts });
      } else if (!known.fix || at > known.fix.at) isUnsure = true;
    }
    // A fix that was never told here may be the newest trusted one now.
    if (isUnsure) this.onUnsure();
    this.show(Date.now());
  }

  /** @param {string} animal @returns {number} when its newest trusted fix was; 0: there is none */
  newestAt(animal) {
    const fix = this.#animals.get(animal)?.fix;
    return fix ? Date.parse(fix.at) : 0;
  }

  /** @param {number} now */
  show(now) {
    const rows = [...this.#animals.entries()].sort(([one], [other]) =>
      this.registry.animal(one).localeCompare(this.registry.animal(other)),
    );
    for (const [animal, known] of rows) known.row.show(animal, known, this.registry, now, this.silentSince(animal));
    arrange(
      this.#list,
      rows.map(([, { row }]) => row.element),
    );
    byId('no-animals').hidden = rows.length > 0;
  }

  /** @param {string} animal */
  #of(animal) {
    let known = this.#animals.get(animal);
    if (!known) {
      known = { fix: null, before: null, doubtful: null, late: null, row: new Row(animal) };
      this.#animals.set(animal, known);
    }
    return known;
  }
}

/**
 * A newer trusted fix settles what was late or doubted before it.
 *
 * @param {Known} known
 * @param {any} fix
 */
function trust(known, fix) {
  known.before = known.fix;
  known.fix = fix;
  known.late = null;
  if (known.doubtful && !isBefore(fix, known.doubtful)) known.doubtful = null;
}

/** RFC 3339 in UTC with milliseconds, as the server writes it, sorts as text. */
function isBefore(one, other) {
  return one.at < other.at;
}

/** One animal in the list. */
class Row {
  /** @param {string} animal */
  constructor(animal) {
    this.name = element('h3');
    this.age = element('p', { class: 'age' });
    this.place = element('p', { class: 'place' });
    this.farm = element('p', { class: 'nearest' });
    this.notes = element('ul', { class: 'notes' });
    const lines = [this.name, this.age, this.farm, this.place, this.notes];
    this.element = element('li', { 'data-animal': animal }, ...lines, movementCharts(animal));
  }

  show(animal, { fix, doubtful, late }, registry, now, silentSince) {
    setText(this.name, registry.animal(animal));
    const at = fix === null ? now : Date.parse(fix.at);
    // A fix from after that ends the silence, whatever is still to be told of it.
    const isSilent = at <= silentSince || now - at > registry.patience(fix?.collar);
    this.element.classList.toggle('silent', isSilent);
    if (fix) this.#showFix(fix, registry, now, isSilent);
    else setText(this.age, 'no trusted position yet');
    const notes = [
      ...(isSilent ? ['Silent for longer than its collar should be: where it is now is not known.'] : []),
      ...(doubtful ? [`A fix of ${clock(doubtful.at, now)} is doubted: ${doubted(doubtful.doubts)}.`] : []),
      ...(late ? [`A fix of ${clock(late.at, now)} came late; this is still the newest.`] : []),
    ];
    if (notes.join() !== [...this.notes.children].map(({ textContent }) => textContent).join())
      this.notes.replaceChildren(...notes.map((text) => element('li', { text })));
  }

  #showFix(fix, registry, now, isSilent) {
    setText(this.age, `${age(now - Date.parse(fix.at))} old`);
    this.age.title = `Fix of ${clock(fix.at, now)}`;
    setText(this.place, `${isSilent ? 'last known: ' : ''}${coordinates(fix)}`);
    const nearest = nearestFarm(fix, registry.farms);
    if (!nearest) setText(this.farm, '');
    else if (nearest.metres === 0) setText(this.farm, `${isSilent ? 'was ' : ''}inside ${nearest.farm.name}`);
    else {
      const way = `${distance(nearest.metres)} ${wind((nearest.bearing + 180) % 360)} of ${nearest.farm.name}`;
      setText(this.farm, `${isSilent ? 'was ' : ''}about ${way}`);
    }
  }
}
