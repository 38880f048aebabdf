import { type Stay, Stays } from './stays.ts';

const H = 3_600_000;

/** Stays of fixes written as hours; a minus: outside. */
function staysOf(...hours: readonly (readonly [number, boolean])[]): Stay[] {
  const stays = new Stays();
  const found = hours.map(([at, isInside]) => stays.next(at * H, isInside));
  return [...found, stays.end()].filter((stay) => stay !== null);
}
const stay = (entered: number, left: number, fixes: number, ended: Stay['ended']): Stay => ({
  entered: entered * H,
  left: left * H,
  fixes,
  ended,
});

describe('stays', () => {
  it('are none without a fix inside', () => {
    expect(staysOf()).toEqual([]);
    expect(staysOf([0, false], [1, false])).toEqual([]);
  });

  it('last from the first fix inside to the last, and end with a fix outside', () => {
    expect(staysOf([0, false], [1, true], [3, true], [5, true], [6, false])).toEqual([stay(1, 5, 3, 'outside')]);
    expect(staysOf([1, true], [2, false], [3, true])).toEqual([stay(1, 1, 1, 'outside'), stay(3, 3, 1, 'open')]);
  });

  it('go on over six hours without a fix, and end with a longer gap', () => {
    expect(staysOf([0, true], [6, true])).toEqual([stay(0, 6, 2, 'open')]);
    expect(staysOf([0, true], [6.001, true])).toEqual([stay(0, 0, 1, 'gap'), stay(6.001, 6.001, 1, 'open')]);
    expect(staysOf([0, true], [7, false], [8, true])).toEqual([stay(0, 0, 1, 'gap'), stay(8, 8, 1, 'open')]);
  });
});
