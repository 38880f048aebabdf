import { arrange, byId, element, setText } from './element.js';
import { nearestFarm } from './geo.js';
import { age, clock, coordinates, distance, doubted, wind } from './words.js';

/**
 * Where the animals are: of each the newest trusted fix, and what is wrong with a newer one. Ages grow by themselves, so that silence
 * never looks like presence.
 */
export class AnimalsView {
  /** @type {Map<string, { fix: any, doubtful: any, late: any, row: Row }>} */
  #animals = new Map();
  #list = byId('animal-list');

  /**
   * @param {import('./registry.js').Registry} registry
   * @param {() => void} onUnsure asks for the newest trusted fixes anew: what we have may not be the newest any more
   */
  constructor(registry, onUnsure) {
    this.registry = registry;
    this.onUnsure = onUnsure;
  }

  /** @param {readonly any[]} positions newest trusted fixes, all there are */
  replace(positions) {
    const told = new Set(positions.map(({ animal }) => animal));
    for (const animal of this.#animals.keys()) if (!told.has(animal)) this.#animals.delete(animal);
    for (const fix of positions) this.#of(fix.animal).fix = fix;
    this.show(Date.now());
  }

  /** @param {readonly any[]} positions */
  add(positions) {
    for (const fix of positions) {
      const known = this.#of(fix.animal);
      if (fix.doubts.length > 0) {
        if (!(known.fix && isBefore(fix, known.fix))) known.doubtful = fix;
      } else if (!known.fix || !isBefore(fix, known.fix)) {
        known.fix = fix;
        known.late = null;
        if (known.doubtful && isBefore(known.doubtful, fix)) known.doubtful = null;
      } else known.late = fix;
    }
    this.show(Date.now());
  }

  /** @param {readonly any[]} changes */
  judge(changes) {
    let isUnsure = false;
    for (const { animal, at, doubts } of changes) {
      const known = this.#animals.get(animal);
      if (!known) continue;
      if (known.doubtful?.at === at) known.doubtful = doubts.length > 0 ? { ...known.doubtful, doubts } : null;
      // Another fix may be the newest trusted one now: it may be this one, or one that was never told here.
      if (!known.fix || at >= known.fix.at) isUnsure = true;
    }
    if (isUnsure) this.onUnsure();
    this.show(Date.now());
  }

  /** @param {number} now */
  show(now) {
    const rows = [...this.#animals.entries()].sort(([one], [other]) =>
      this.registry.animal(one).localeCompare(this.registry.animal(other)),
    );
    for (const [animal, known] of rows) known.row.show(animal, known, this.registry, now);
    arrange(
      this.#list,
      rows.map(([, { row }]) => row.element),
    );
    byId('no-animals').hidden = rows.length > 0;
  }

  /** @param {string} animal */
  #of(animal) {
    let known = this.#animals.get(animal);
    if (!known) this.#animals.set(animal, (known = { fix: null, doubtful: null, late: null, row: new Row(animal) }));
    return known;
  }
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
    this.element = element('li', { 'data-animal': animal }, this.name, this.age, this.farm, this.place, this.notes);
  }

  show(animal, { fix, doubtful, late }, registry, now) {
    setText(this.name, registry.animal(animal));
    this.element.classList.toggle('silent', fix !== null && now - Date.parse(fix.at) > registry.patience(fix.collar));
    if (fix) this.#showFix(fix, registry, now);
    else setText(this.age, 'no trusted position yet');
    const notes = [
      ...(fix && this.element.classList.contains('silent') ? ['Silent for longer than its collar should be.'] : []),
      ...(doubtful ? [`A fix of ${clock(doubtful.at, now)} is doubted: ${doubted(doubtful.doubts)}.`] : []),
      ...(late ? [`A fix of ${clock(late.at, now)} came late; this is still the newest.`] : []),
    ];
    if (notes.join() !== [...this.notes.children].map(({ textContent }) => textContent).join())
      this.notes.replaceChildren(...notes.map((text) => element('li', { text })));
  }

  #showFix(fix, registry, now) {
    setText(this.age, `${age(now - Date.parse(fix.at))} old`);
    this.age.title = `Fix of ${clock(fix.at, now)}`;
    setText(this.place, coordinates(fix));
    const nearest = nearestFarm(fix, registry.farms);
    if (!nearest) setText(this.farm, '');
    else if (nearest.metres === 0) setText(this.farm, `inside ${nearest.farm.name}`);
    else {
      const way = `${distance(nearest.metres)} ${wind((nearest.bearing + 180) % 360)} of ${nearest.farm.name}`;
      setText(this.farm, `about ${way}`);
    }
  }
}
