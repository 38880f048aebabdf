const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/**
 * How long to wait before the next attempt: twice as long each time, up to 30 s, of which the half is left to chance so that the
 * readers of a server that restarts do not all come back at once.
 *
 * @param {number} attempt 0 for the first
 * @param {number} chance from 0 to 1
 * @returns {number} milliseconds
 */
export function waitMs(attempt, chance) {
  const whole = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 16));
  return Math.round(whole / 2 + (whole / 2) * chance);
}
