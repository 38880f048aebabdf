/** @typedef {{ lat: number, lon: number }} Place */
/** @typedef {{ id: string, name: string, polygons: number[][][][] }} Farm polygons as GeoJSON has them: rings of [lon, lat] */

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
      const found = nearestOf(rings.map((ring) => flat(ring, place)));
      if (!nearest || found.metres < nearest.metres) nearest = { farm, ...found };
    }
  }
  return nearest;
}

/**
 * @param {number[][]} ring
 * @param {Place} around
 * @returns {number[][]} metres east and north of it
 */
function flat(ring, { lat, lon }) {
  const east = METRES_PER_DEGREE * Math.cos((lat * Math.PI) / 180);
  return ring.map(([x, y]) => {
    const turn = x - lon;
    return [(turn - 360 * Math.round(turn / 360)) * east, (y - lat) * METRES_PER_DEGREE];
  });
}

/** @param {number[][][]} rings around 0, 0 */
function nearestOf(rings) {
  let best = { metres: Infinity, bearing: 0 };
  let crossings = 0;
  for (const ring of rings) {
    for (let i = 1; i < ring.length; i++) {
      const [a, b] = [ring[i - 1], ring[i]];
      if (a[1] > 0 !== b[1] > 0 && a[0] + (-a[1] / (b[1] - a[1])) * (b[0] - a[0]) > 0) crossings++;
      const [x, y] = nearestOnSegment(a, b);
      const metres = Math.hypot(x, y);
      if (metres < best.metres) best = { metres, bearing: ((Math.atan2(x, y) * 180) / Math.PI + 360) % 360 };
    }
  }
  return crossings % 2 === 1 ? { metres: 0, bearing: 0 } : best;
}

/** @param {number[]} a @param {number[]} b */
function nearestOnSegment([ax, ay], [bx, by]) {
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  const t = length === 0 ? 0 : Math.max(0, Math.min(1, -(ax * dx + ay * dy) / length));
  return [ax + t * dx, ay + t * dy];
}
