import { call } from './api.js';

/** @typedef {import('./geo.js').Farm} Farm */

/** The names behind the ids, and what else the page says about animals and farms. Without it (a farmer) the ids speak. */
export class Registry {
  /** @type {Map<string, string>} */
  #animals = new Map();
  /** @type {Map<string, string>} */
  #farmNames = new Map();
  /** @type {Map<string, string>} */
  #areaNames = new Map();
  /** @type {Map<string, number>} Milliseconds between fixes, by collar. */
  #intervals = new Map();
  /** @type {readonly Farm[]} */
  farms = [];

  async load() {
    const { animals, farms, areas, collars } = await call('GET', '/reserve');
    this.#animals = new Map(animals.map(({ id, name }) => [id, name]));
    this.#intervals = new Map(collars.map(({ serial, fixIntervalS }) => [serial, (fixIntervalS ?? 0) * 1_000]));
    this.farms = farms.features.map(({ id, properties, geometry }) => ({
      id,
      name: properties.name,
      polygons: geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates,
    }));
    this.#farmNames = new Map(this.farms.map(({ id, name }) => [id, name]));
    this.#areaNames = new Map(areas.features.map(({ id, properties }) => [id, properties.name]));
  }

  /** @param {string} id */
  knows(id) {
    return this.#animals.has(id);
  }

  /** @param {string} id */
  animal(id) {
    return this.#animals.get(id) ?? readable(id);
  }

  /** @param {string | null} id */
  farm(id) {
    return id === null ? 'no farm' : (this.#farmNames.get(id) ?? readable(id));
  }

  /** @param {string | null} id */
  area(id) {
    return id === null ? 'no area' : (this.#areaNames.get(id) ?? readable(id));
  }

  /** How long a collar may be silent before that is worth a word, milliseconds. @param {string} collar */
  patience(collar) {
    const interval = this.#intervals.get(collar);
    return interval ? Math.max(3 * interval, 3_600_000) : 86_400_000;
  }
}

/** @param {string} id */
function readable(id) {
  return id.charAt(0).toUpperCase() + id.slice(1).replaceAll('-', ' ');
}
