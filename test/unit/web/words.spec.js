import { describe, expect, it } from '@jest/globals';
import { waitMs } from '../../../web/backoff.js';
import { age, ago, clock, coordinates, distance, doubted, wind } from '../../../web/words.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Times as this machine's clock shows them, wherever it stands. */
const local = (day, hour, minute = 0) => new Date(2026, 10, day, hour, minute).getTime();
const NOW = local(22, 15);
describe('ages', () => {
  it.each([
    [0, 'less than a minute', 'just now'],
    [3 * MINUTE + 59_999, '3 min', '3 min ago'],
    [HOUR, '1 h', '1 h ago'],
    [2 * HOUR + 10 * MINUTE, '2 h 10 min', '2 h 10 min ago'],
    [25 * HOUR, '1 day 1 h', '1 day 1 h ago'],
    [80 * HOUR, '3 days', '3 days ago'],
    [-30_000, 'less than a minute', 'just now'],
    [-HOUR, 'in the future', 'in the future'],
  ])('of %p ms', (ms, old, before) => {
    expect([age(ms), ago(ms)]).toEqual([old, before]);
  });

  it('are told with a day where it is not today', () => {
    expect(clock(local(22, 9, 5), NOW)).toBe('09:05');
    expect(clock(local(21, 23, 59), NOW)).toBe('23:59 yesterday');
    expect(clock(local(20, 9, 5), NOW)).toMatch(/^09:05 on Fri,? 20 Nov$/);
    expect(clock(new Date(2008, 3, 5, 10, 0).getTime(), NOW)).toMatch(/^10:00 on Sat,? 5 Apr 2008$/);
  });
});

describe('places', () => {
  it('are told as people say them', () => {
    expect([132.4, 999.8, 1_532, 15_300].map(distance)).toEqual(['132 m', '1.0 km', '1.5 km', '15 km']);
    expect([0, 44, 90, 225, 359].map(wind)).toEqual(['north', 'north-east', 'east', 'south-west', 'north']);
    expect(coordinates({ lat: 43.1012, lon: 131.487 })).toBe('43.10120° N, 131.48700° E');
    expect(coordinates({ lat: -1.5, lon: -0.25 })).toBe('1.50000° S, 0.25000° W');
  });
});

it('tells why a fix is doubted', () => {
  expect(doubted(['null-island', 'unconfirmed'])).toBe('its place is 0, 0; it is far off; the next fix will tell');
  expect(doubted(['a-doubt-of-tomorrow'])).toBe('a-doubt-of-tomorrow');
});

it('waits longer each time, up to 30 s, and half by chance', () => {
  expect([0, 1, 2, 5].map((attempt) => waitMs(attempt, 1))).toEqual([500, 1_000, 2_000, 16_000]);
  expect(waitMs(1_000, 1)).toBe(30_000);
  expect(waitMs(1_000, 0)).toBe(15_000);
});
