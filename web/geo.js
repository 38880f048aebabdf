/** @typedef {{ lat: number, lon: number }} Place */
/** @typedef {[number, number]} Point longitude and latitude, or metres east and north */
/** @typedef {{ id: string, name: string, polygons: Point[][][] }} Farm polygons as GeoJSON has them */

const METRES_PER_DEGREE = 111_195;

/**
 * The nearest of some farms. On a flat map around the place: within one percent up to some 50 km, which is enough for a sentence. What
 * the server warns by is its own geodesy.
 *
 * @param {Place} place
 * @param {readonly Farm[]} farms
 * @returns {{ farm: Farm, metres: number, bearing: number } | null} bearing in degrees from the place to the farm; 0 metres: inside
 */
export function nearestFarm(place, farms) {
  let nearest = null;
  for (const farm of farms) {
    for (const rings of farm.polygons) {
      const found = nearestOf(rings.map((ring) => ring.map((point) => flat(point, place))));
      if (!nearest || found.metres < nearest.metres) nearest = { farm, ...found };
    }
  }
  return nearest;
}

/**
 * @param {Point} point
 * @param {Place} around
 * @returns {Point} metres east and north of it
 */
function flat([x, y], { lat, lon }) {
  const east = METRES_PER_DEGREE * Math.cos((lat * Math.PI) / 180);
  const turn = x - lon;
  return [(turn - 360 * Math.round(turn / 360)) * east, (y - lat) * METRES_PER_DEGREE];
}

/** @param {Point[][]} rings around 0, 0 */
function nearestOf(rings) {
  let best = { metres: Infinity, bearing: 0 };
  let isInside = false;
  for (const ring of rings) {
    let a = ring[0] ?? [NaN, NaN];
    for (const b of ring.slice(1)) {
      if (crossesEastward(a, b)) isInside = !isInside;
      const [x, y] = nearestOnSegment(a, b);
      const metres = Math.hypot(x, y);
      if (metres < best.metres) best = { metres, bearing: ((Math.atan2(x, y) * 180) / Math.PI + 360) % 360 };
      a = b;
    }
  }
  return isInside ? { metres: 0, bearing: 0 } : best;
}

/**
 * Whether a ray from 0, 0 to the east meets this side.
 *
 * @param {Point} a
 * @param {Point} b
 */
function crossesEastward([ax, ay], [bx, by]) {
  return ay > 0 !== by > 0 && ax - (ay / (by - ay)) * (bx - ax) > 0;
}

/**
 * @param {Point} a
 * @param {Point} b
 * @returns {Point}
 */
function nearestOnSegment([ax, ay], [bx, by]) {
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  const t = length === 0 ? 0 : Math.max(0, Math.min(1, -(ax * dx + ay * dy) / length));
  return [ax + t * dx, ay + t * dy];
}
