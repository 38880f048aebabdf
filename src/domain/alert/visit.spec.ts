import {
  advanceVisit,
  isDeeper,
  type LeavingLimits,
  NO_VISIT,
  type Passing,
  ringAt,
  type VisitState,
  type VisitStep,
} from './visit.ts';

const radii = { nearM: 2_000, closeM: 500 };
const limits: LeavingLimits = { marginM: 100, marginShare: 0.1, errorCapM: 200 };

/** A fix at a minute, some metres from the farm; with a path before it, the minute and metres of its nearest point. */
interface Seen {
  readonly at: number;
  readonly m: number;
  readonly errorM?: number;
  readonly path?: Passing;
}

function visits(...seen: readonly Seen[]): { state: VisitState | null; steps: VisitStep[] } {
  const steps: VisitStep[] = [];
  let state: VisitState | null = null;
  for (const { at, m, errorM = 10, path } of seen) {
    const progress = advanceVisit(state, path ?? null, { at, m, errorM }, radii, limits);
    steps.push(...progress.steps);
    state = progress.state;
  }
  return { state, steps };
}

const told = (...seen: readonly Seen[]) =>
  visits(...seen).steps.map(({ change, at, episode: { level } }) => `${at} ${change} ${level}`);

describe('ringAt', () => {
  it.each([
    [0, 'inside'],
    [0.001, 'close'],
    [500, 'close'],
    [500.001, 'near'],
    [2_000, 'near'],
    [2_000.001, null],
  ])('%d m: %s', (m, ring) => {
    expect(ringAt(m, radii)).toBe(ring);
  });

  it('lies deeper the nearer it is', () => {
    expect(isDeeper('inside', 'close')).toBe(true);
    expect(isDeeper('near', null)).toBe(true);
    expect(isDeeper('close', 'close')).toBe(false);
    expect(isDeeper(null, null)).toBe(false);
  });
});

describe('advanceVisit', () => {
  it('says nothing and remembers nothing of an animal that stays away', () => {
    expect(advanceVisit(null, null, { at: 1, m: 2_001, errorM: 500 }, radii, limits)).toBe(NO_VISIT);
  });

  it('opens with the first fix in a ring, at its deepest level, and tells what people need to know', () => {
    const { steps, state } = visits({ at: 7, m: 300 });
    const visit = {
      level: 'close',
      peak: 'close',
      openedAt: 7,
      closedAt: null,
      closest: { m: 300, at: 7, between: false },
    };
    expect(steps).toEqual([{ change: 'opened', at: 7, episode: visit }]);
    expect(state).toEqual({ visit, leaving: {} });
  });

  it('unlatches at the second fix out in a row, and dates it at the first', () => {
    expect(told({ at: 1, m: 300 }, { at: 2, m: 700 }, { at: 3, m: 700 })).toEqual(['1 opened close', '2 eased near']);
  });

  it.each([
    ['exactly at the margin', { m: 2_210, errorM: 10 }, false],
    ['a metre beyond it', { m: 2_211, errorM: 10 }, true],
    ['within its error of it', { m: 2_399, errorM: 200 }, false],
    ['beyond the greatest error that counts', { m: 2_401, errorM: 900 }, true],
  ])('counts a fix %s: out or not', (_, fix, isOut) => {
    const { steps } = visits({ at: 1, m: 1_000 }, { at: 2, ...fix }, { at: 3, ...fix });
    expect(steps.length).toBe(isOut ? 2 : 1);
  });

  it('asks for the greater margin: 100 m, or a tenth of the radius', () => {
    expect(told({ at: 1, m: 0 }, { at: 2, m: 105 }, { at: 3, m: 105 })).toEqual(['1 opened inside']);
    expect(told({ at: 1, m: 0 }, { at: 2, m: 111 }, { at: 3, m: 111 })).toEqual(['1 opened inside', '2 eased close']);
  });

  it('eases ring by ring where the fixes do, in one step each', () => {
    const way = [0, 300, 300, 1_500, 1_500, 3_000, 3_000].map((m, at) => ({ at, m }));
    expect(told(...way)).toEqual(['0 opened inside', '1 eased close', '3 eased near', '5 closed near']);
  });

  it('unlatches a deep ring while it only begins to leave the one around it', () => {
    const { state, steps } = visits({ at: 1, m: 0 }, { at: 2, m: 300 }, { at: 3, m: 3_000 });
    expect(steps.at(-1)).toMatchObject({ change: 'eased', at: 2, episode: { level: 'close' } });
    expect(state?.leaving).toEqual({ near: 3, close: 3 });
  });

  it('keeps on leaving a deep ring while a fix latches the one around it', () => {
    // The second fix out of `close` is in `near`: that is no reason to stay close.
    expect(told({ at: 1, m: 300 }, { at: 2, m: 3_000 }, { at: 3, m: 1_000 })).toEqual([
      '1 opened close',
      '2 eased near',
    ]);
  });

  it('judges the path first, and a path that latches starts the count of its rings anew', () => {
    const path = { at: 25, m: 300, fromM: 1_900 };
    const { state, steps } = visits({ at: 10, m: 200 }, { at: 20, m: 1_900 }, { at: 30, m: 1_900, path });
    expect(steps.map(({ change }) => change)).toEqual(['opened']);
    expect(state?.leaving).toEqual({ close: 30 });
  });

  it('does not latch by a path that is no deeper than one of its ends', () => {
    expect(told({ at: 30, m: 1_500, path: { at: 20, m: 1_200, fromM: 9_000 } })).toEqual(['30 opened near']);
    expect(told({ at: 30, m: 5_000, path: { at: 20, m: 1_200, fromM: 1_400 } })).toEqual([]);
  });

  it('takes the nearest point of a path for the visit only from its opening on', () => {
    const before = visits({ at: 30, m: 1_500, path: { at: 20, m: 1_200, fromM: 9_000 } });
    expect(before.state?.visit.closest).toEqual({ m: 1_500, at: 30, between: false });
    const opening = visits({ at: 30, m: 5_000, path: { at: 20, m: 1_200, fromM: 9_000 } });
    expect(opening.state?.visit.closest).toEqual({ m: 1_200, at: 20, between: true });
    const during = visits({ at: 10, m: 1_500 }, { at: 30, m: 1_400, path: { at: 20, m: 1_200, fromM: 1_500 } });
    expect(during.state?.visit.closest).toEqual({ m: 1_200, at: 20, between: true });
  });

  it('keeps the first of equal distances', () => {
    const { state } = visits({ at: 1, m: 0 }, { at: 2, m: 0, path: { at: 1, m: 0, fromM: 0 } });
    expect(state?.visit.closest).toEqual({ m: 0, at: 1, between: false });
  });

  it('escalates by a path, and keeps the peak when it eases', () => {
    const path = { at: 25, m: 0, fromM: 1_000 };
    const { steps } = visits({ at: 20, m: 1_000 }, { at: 30, m: 1_000, path }, { at: 40, m: 1_000 });
    expect(steps.map(({ change, at, episode }) => [change, at, episode.level, episode.peak])).toEqual([
      ['opened', 20, 'near', 'near'],
      ['escalated', 25, 'inside', 'inside'],
      ['eased', 30, 'near', 'inside'],
    ]);
  });
});
