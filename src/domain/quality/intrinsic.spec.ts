import fc from 'fast-check';
import type { Reading } from '../fix.ts';
import { type Doubt, DOUBTS, doubtBit, doubtNames } from './doubt.ts';
import { intrinsicDoubts } from './intrinsic.ts';

const RECEIVED = Date.parse('2026-11-22T09:10:00Z');
const MINUTE = 60_000;
const DAY = 86_400_000;
const ROLLOVER = 1_024 * 7 * DAY;

const doubtsOf = (reading: Partial<Reading>): Doubt[] =>
  doubtNames(intrinsicDoubts({ at: RECEIVED, lon: 131.487, lat: 43.1012, ...reading }, RECEIVED));

describe('intrinsicDoubts', () => {
  it.each<[string, Partial<Reading>, Doubt[]]>([
    ['a good fix', { accuracyM: 12 }, []],
    ['an old one', { at: RECEIVED - 400 * DAY }, []],
    ['10 minutes ahead', { at: RECEIVED + 10 * MINUTE }, []],
    ['more than 10 minutes ahead', { at: RECEIVED + 10 * MINUTE + 1 }, ['future-time']],
    ['1,024 weeks ago', { at: RECEIVED - ROLLOVER }, ['week-rollover']],
    ['1,024 weeks and two days ago', { at: RECEIVED - ROLLOVER - 2 * DAY }, ['week-rollover']],
    ['1,024 weeks and more than two days ago', { at: RECEIVED - ROLLOVER - 2 * DAY - 1 }, []],
    ['1,024 weeks ahead', { at: RECEIVED + ROLLOVER - DAY }, ['future-time', 'week-rollover']],
    ['0, 0', { lon: 0, lat: 0 }, ['null-island']],
    ['0, −0', { lon: 0, lat: -0 }, ['null-island']],
    ['on the equator', { lat: 0 }, []],
    ['an error of 500 m', { accuracyM: 500 }, []],
    ['an error of more', { accuracyM: 500.1 }, ['poor-accuracy']],
    ['an HDOP of 101', { hdop: 101 }, ['poor-accuracy']],
    ['an accuracy that is better than its HDOP', { accuracyM: 20, hdop: 101 }, []],
    [
      'everything wrong at once',
      { at: RECEIVED + DAY, lon: 0, lat: 0, accuracyM: 9_000 },
      ['future-time', 'null-island', 'poor-accuracy'],
    ],
  ])('%s: %j', (_, reading, expected) => {
    expect(doubtsOf(reading)).toEqual(expected);
  });
});

describe('doubts as bits', () => {
  it('name what they are made of, whatever the set', () => {
    fc.assert(
      fc.property(fc.subarray([...DOUBTS]), (doubts) => {
        expect(doubtNames(doubts.reduce((bits, doubt) => bits | doubtBit(doubt), 0))).toEqual(doubts);
      }),
    );
  });

  it('stay where they are: stored fixes hold them', () => {
    expect(DOUBTS.slice(0, 6).map(doubtBit)).toEqual([1, 2, 4, 8, 16, 32]);
    expect(doubtBit('null-island')).toBe(4);
    expect(doubtBit('impossible-speed')).toBe(16);
    expect(doubtBit('unconfirmed')).toBe(32);
  });
});
