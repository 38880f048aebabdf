import fc from 'fast-check';
import { trueOffset } from '../../../test/support/geodesy-oracle.ts';
import {
  compareFixes,
  confirm,
  type Confirmation,
  isImplausible,
  type PlacedFix,
  STAMINA,
  type Stamina,
  UNKNOWN_ANIMAL,
} from './confirm.ts';
import { doubtBit, doubtNames } from './doubt.ts';

const HOUR = 3_600_000;
const HOME = { lon: 131.7, lat: 43.3 };

/** A fix some hours after the beginning, some kilometres east of home. */
const fix = (hours: number, km: number, collarId = 1): PlacedFix => ({
  ...trueOffset(HOME, 90, km * 1_000),
  at: hours * HOUR,
  collarId,
});

interface Outcome {
  /** Index of each judged fix, in the order of judging. */
  readonly judged: number[];
  /** Doubts of each fix in the end, as they stand in storage. */
  readonly doubts: string[];
  readonly state: Confirmation;
}

function run(fixes: readonly PlacedFix[], stamina: Stamina = STAMINA, keep = <T>(state: T): T => state): Outcome {
  const bits = fixes.map(() => 0);
  const judged: number[] = [];
  const indexOf = ({ at, collarId }: PlacedFix) => fixes.findIndex((f) => f.at === at && f.collarId === collarId);
  let state: Confirmation = UNKNOWN_ANIMAL;
  for (const next of fixes) {
    const confirmed = confirm(state, next, stamina);
    for (const { fix: other, from, to } of confirmed.reconsidered) {
      expect(bits[indexOf(other)]).toBe(from);
      bits[indexOf(other)] = to;
    }
    judged.push(...confirmed.judge.map(indexOf));
    state = keep(confirmed.state);
  }
  return { judged, doubts: bits.map((set) => doubtNames(set).join()), state };
}

/** Rule 4 as it is written: each fix with its predecessor and successor, over the whole list. */
function byTheRule(fixes: readonly PlacedFix[], stamina: Stamina): string[] {
  const doubts = fixes.map(() => '');
  let last: PlacedFix | null = null;
  for (const [index, now] of fixes.entries()) {
    const next = fixes[index + 1];
    if (last !== null && isImplausible(last, now, stamina)) {
      if (next === undefined) doubts[index] = 'unconfirmed';
      else if (isImplausible(now, next, stamina)) doubts[index] = 'impossible-speed';
    }
    if (doubts[index] === '') last = now;
  }
  return doubts;
}

describe('isImplausible', () => {
  it.each([
    [2, 17.4, false],
    [2, 17.6, true],
    [0, 1.49, false],
    [0, 1.51, true],
  ])('in %d h, %d km: %s', (hours, km, expected) => {
    expect(isImplausible(fix(0, 0), fix(hours, km), STAMINA)).toBe(expected);
  });

  it('is a matter of the animal: a pelican is not a leopard', () => {
    expect(isImplausible(fix(0, 0), fix(1, 50), STAMINA)).toBe(true);
    expect(isImplausible(fix(0, 0), fix(1, 50), { maxKmh: 80, slackM: 1_500 })).toBe(false);
  });
});

describe('confirm', () => {
  it('trusts the first fix, and judges what is plausible at once', () => {
    expect(run([fix(0, 0), fix(2, 5), fix(4, 10)])).toMatchObject({ judged: [0, 1, 2], doubts: ['', '', ''] });
  });

  it('lets an implausible fix wait, and judges nothing', () => {
    const { judged, doubts, state } = run([fix(0, 0), fix(1, 40)]);
    expect(judged).toEqual([0]);
    expect(doubts).toEqual(['', 'unconfirmed']);
    expect(state).toEqual({ last: fix(0, 0), unconfirmed: fix(1, 40) });
  });

  it('condemns a leap that the next fix does not follow', () => {
    expect(run([fix(0, 0), fix(1, 40), fix(2, 1)])).toMatchObject({
      judged: [0, 2],
      doubts: ['', 'impossible-speed', ''],
    });
  });

  it('clears a leap that the next fix follows, and judges it before that', () => {
    expect(run([fix(0, 0), fix(1, 40), fix(2, 41), fix(3, 42)])).toMatchObject({
      judged: [0, 1, 2, 3],
      doubts: ['', '', '', ''],
    });
  });

  it('makes one leap after another wait in turn', () => {
    const leaps = run([fix(0, 0), fix(1, 40), fix(2, -40), fix(3, 80), fix(4, 2)]);
    expect(leaps.judged).toEqual([0, 4]);
    expect(leaps.doubts).toEqual(['', 'impossible-speed', 'impossible-speed', 'impossible-speed', '']);
  });

  it('gives a fix time: what is implausible in an hour is not in a day', () => {
    expect(run([fix(0, 0), fix(24, 40)]).doubts).toEqual(['', '']);
  });

  it('orders fixes of two collars at one moment by the collar', () => {
    const [a, b, c] = [fix(1, 0, 2), fix(1, 0.1, 1), fix(0, 0, 9)];
    expect([a, b, c].sort(compareFixes)).toEqual([c, b, a]);
    expect(run([c, b, a]).judged).toEqual([0, 1, 2]);
  });

  const aTrail = fc
    .array(
      fc.record({
        minutes: fc.integer({ min: 0, max: 600 }),
        km: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -90, max: 90 })),
      }),
      {
        minLength: 1,
        maxLength: 25,
      },
    )
    .map((steps) => {
      let minutes = 0;
      return steps.map((step, index) => fix((minutes += step.minutes) / 60, step.km, index + 1));
    });

  it('doubts what the rule doubts, and judges every other fix once, in order', () => {
    fc.assert(
      fc.property(aTrail, (fixes) => {
        const { judged, doubts } = run(fixes);
        expect(doubts).toEqual(byTheRule(fixes, STAMINA));
        expect(judged).toEqual([...fixes.keys()].filter((index) => doubts[index] === ''));
      }),
      { numRuns: 2_000 },
    );
  });

  it('remembers all it needs as JSON', () => {
    fc.assert(
      fc.property(aTrail, (fixes) => {
        expect(run(fixes, STAMINA, (state) => JSON.parse(JSON.stringify(state)) as typeof state)).toEqual(run(fixes));
      }),
    );
  });

  it('keeps the bits it writes apart from the doubts of a fix itself', () => {
    const { reconsidered } = confirm({ last: fix(0, 0), unconfirmed: null }, fix(1, 40), STAMINA);
    expect(reconsidered).toEqual([{ fix: fix(1, 40), from: 0, to: doubtBit('unconfirmed') }]);
  });
});
