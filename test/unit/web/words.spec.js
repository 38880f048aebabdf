import { describe, expect, it } from '@jest/globals';
import { waitMs } from '../../../web/backoff.js';
import {
  age,
  ago,
  clock,
  coordinates,
  details,
  distance,
  doubted,
  headline,
  step,
  wind,
  worstFirst,
} from '../../../web/words.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Times as this machine's clock shows them, wherever it stands. */
const local = (day, hour, minute = 0) => new Date(2026, 10, day, hour, minute).getTime();
const iso = (at) => new Date(at).toISOString();
const NOW = local(22, 15);
const names = { animal: (id) => id.toUpperCase(), farm: (id) => `Farm ${id}` };

const alert = (over = {}) => ({
  animal: 'sofia',
  farm: 'olenevod',
  state: 'open',
  level: 'near',
  peak: 'near',
  openedAt: iso(local(22, 14)),
  closedAt: null,
  closest: { m: 1_532, at: iso(local(22, 14)), between: false },
  learnedAt: iso(local(22, 14)),
  late: false,
  acknowledged: null,
  ...over,
});

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
    expect([distance(132.4), distance(1_532), distance(15_300)]).toEqual(['132 m', '1.5 km', '15 km']);
    expect([0, 44, 90, 225, 359].map(wind)).toEqual(['north', 'north-east', 'east', 'south-west', 'north']);
    expect(coordinates({ lat: 43.1012, lon: 131.487 })).toBe('43.10120° N, 131.48700° E');
    expect(coordinates({ lat: -1.5, lon: -0.25 })).toBe('1.50000° S, 0.25000° W');
  });
});

describe('an alert', () => {
  it.each([
    [{ level: 'near' }, 'SOFIA is near Farm olenevod.'],
    [{ level: 'close' }, 'SOFIA is close to Farm olenevod.'],
    [{ level: 'inside' }, 'SOFIA is inside Farm olenevod.'],
    [{ state: 'closed', level: 'near', peak: 'close' }, 'SOFIA was close to Farm olenevod, and has left.'],
    [{ state: 'retracted' }, 'Withdrawn: SOFIA was not near Farm olenevod after all.'],
  ])('%j says: %s', (over, sentence) => {
    expect(headline(alert(over), names)).toBe(sentence);
  });

  it('tells how near, since when, how fresh and how it became known', () => {
    expect(details(alert(), local(22, 14, 40), NOW)).toEqual([
      'Nearest: 1.5 km from the fence at 14:00.',
      'Since 14:00, 1 h ago.',
      'Last news of it: 14:40, 20 min ago.',
    ]);
    const learned = {
      learnedAt: iso(local(22, 14, 30)),
      late: true,
      peak: 'inside',
      closest: { m: 0, at: iso(local(22, 14, 10)), between: true },
    };
    expect(details(alert(learned), 0, NOW)).toEqual([
      'Got inside the fence at 14:10, on the way between two fixes.',
      'Since 14:00, 1 h ago.',
      'It was inside it before.',
      'We learned of it at 14:30, 30 min after it began.',
      'Late: when we learned of it, it was no longer how things stood.',
    ]);
    expect(details(alert({ state: 'closed', closedAt: iso(local(22, 14, 50)) }), NOW, NOW)[1]).toBe(
      'From 14:00 to 14:50.',
    );
  });

  it('is a story of steps', () => {
    const at = iso(local(22, 14, 20));
    expect(step({ change: 'escalated', at, learnedAt: at, alert: alert({ level: 'close' }) }, NOW)).toBe(
      '14:20 came closer, now close',
    );
    const later = iso(local(22, 14, 50));
    expect(step({ change: 'opened', at, learnedAt: later, alert: alert() }, NOW)).toBe(
      '14:20 came near (learned 14:50)',
    );
    expect(
      step({ change: 'acknowledged', at, learnedAt: at, by: 'Ivan', note: 'on my way', alert: alert() }, NOW),
    ).toBe('14:20 acknowledged by Ivan: “on my way”');
  });

  it('stands where it needs somebody first', () => {
    const taken = { by: 'Ivan', at: iso(NOW), note: '' };
    const order = [
      alert({ level: 'inside' }),
      alert({ level: 'close', openedAt: iso(NOW) }),
      alert({ level: 'close' }),
      alert({ level: 'inside', acknowledged: taken }),
      alert({ state: 'closed', closedAt: iso(NOW) }),
      alert({ state: 'closed', closedAt: iso(NOW - HOUR), peak: 'inside' }),
    ];
    expect([...order].reverse().sort(worstFirst)).toEqual(order);
  });

  it('tells why a fix is doubted', () => {
    expect(doubted(['null-island', 'unconfirmed'])).toBe('its place is 0, 0; it is far off; the next fix will tell');
    expect(doubted(['a-doubt-of-tomorrow'])).toBe('a-doubt-of-tomorrow');
  });
});

it('waits longer each time, up to 30 s, and half by chance', () => {
  expect([0, 1, 2, 5].map((attempt) => waitMs(attempt, 1))).toEqual([500, 1_000, 2_000, 16_000]);
  expect(waitMs(1_000, 1)).toBe(30_000);
  expect(waitMs(1_000, 0)).toBe(15_000);
});
