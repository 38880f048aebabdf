/** How times and places are said to people. Pure: the time is an argument. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** @param {number} ms */
export function age(ms) {
  if (ms < MINUTE) return ms < -MINUTE ? 'in the future' : 'less than a minute';
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < DAY) {
    const minutes = Math.floor((ms % HOUR) / MINUTE);
    return `${Math.floor(ms / HOUR)} h${minutes > 0 ? ` ${minutes} min` : ''}`;
  }
  const days = Math.floor(ms / DAY);
  const hours = Math.floor((ms % DAY) / HOUR);
  return `${days} ${days === 1 ? 'day' : 'days'}${days < 3 && hours > 0 ? ` ${hours} h` : ''}`;
}

/** @param {number} ms */
export function ago(ms) {
  return ms < MINUTE && ms >= -MINUTE ? 'just now' : ms < 0 ? age(ms) : `${age(ms)} ago`;
}

/**
 * A time as a clock shows it here, with its day where that is not today.
 *
 * @param {string | number} at
 * @param {number} now
 */
export function clock(at, now) {
  const date = new Date(at);
  const today = new Date(now);
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
  const time = date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  if (date.toDateString() === today.toDateString()) return time;
  if (date.toDateString() === yesterday.toDateString()) return `${time} yesterday`;
  const day = date.toLocaleDateString('en-GB', { weekday: 'short', day: 'numeric', month: 'short' });
  return `${time} on ${day}${date.getFullYear() === today.getFullYear() ? '' : ` ${date.getFullYear()}`}`;
}

/** @param {number} metres */
export function distance(metres) {
  if (metres < 999.5) return `${Math.round(metres)} m`;
  return metres < 10_000 ? `${(metres / 1_000).toFixed(1)} km` : `${Math.round(metres / 1_000)} km`;
}

const WINDS = ['north', 'north-east', 'east', 'south-east', 'south', 'south-west', 'west', 'north-west'];

/** @param {number} degrees clockwise from north */
export function wind(degrees) {
  return WINDS[Math.round(degrees / 45) % 8] ?? '';
}

/** @param {{ lat: number, lon: number }} place */
export function coordinates({ lat, lon }) {
  return `${Math.abs(lat).toFixed(5)}° ${lat < 0 ? 'S' : 'N'}, ${Math.abs(lon).toFixed(5)}° ${lon < 0 ? 'W' : 'E'}`;
}

/** @type {Readonly<Record<string, string>>} */
const DOUBTS = {
  'future-time': 'its time is in the future',
  'week-rollover': 'its date is 1,024 weeks off',
  'marked-outlier': 'whoever imported it had marked it as wrong',
  'null-island': 'its place is 0, 0',
  'poor-accuracy': 'it is very inaccurate',
  'impossible-speed': 'no animal is that fast',
  unconfirmed: 'it is far off; the next fix will tell',
};

/** @param {readonly string[]} doubts */
export function doubted(doubts) {
  return doubts.map((doubt) => DOUBTS[doubt] ?? doubt).join('; ');
}
