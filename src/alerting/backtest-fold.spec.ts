import { aFarm, northOfFarm } from '../../test/factories/reserve.ts';
import type { Farm } from '../domain/farm.ts';
import { STAMINA } from '../domain/quality/confirm.ts';
import farmProximity from '../rules/farm-proximity.ts';
import type { Rule } from '../rules/rule.ts';
import { type Compared, Comparison } from './backtest-fold.ts';
import { Places } from './places.ts';
import { RuleBook } from './rule-book.ts';
import type { World } from './watch.ts';

const HOUR = 3_600_000;
const rule = farmProximity as unknown as Rule;

/** A farm that the animal never leaves, with one inside it that it goes in and out of. */
const farms = [
  { ...aFarm('wide', undefined, 40_000), nearM: 10_000 },
  { ...aFarm('narrow'), nearM: 2_000 },
].map(({ id, geometry, nearM }) => ({ id, name: id, nearM, closeM: 500, boundary: geometry as Farm['boundary'] }));

function worldWith(settings: object): World {
  const book = new RuleBook([rule], [{ name: rule.name, enabled: true, settings: { ...settings }, overrides: [] }]);
  const collar = { serial: '30211', fixIntervalS: 3_600 };
  const watched = (id: string) => ({ id, species: null, group: null, stamina: STAMINA, collar });
  return { rules: book.rules, lookbackMs: 0, places: new Places(farms, [], book.rules), watched };
}

/** An hour each, so many metres north of the narrow farm's fence. */
function compare(proposed: object, inForce: object, metres: readonly number[]) {
  const comparison = new Comparison('sofia', worldWith(proposed), worldWith(inForce));
  const found = metres.map((m, hour) =>
    comparison.see({ ...northOfFarm(m), collarId: 1, at: hour * HOUR, receivedAt: 0, doubts: 0, accuracyM: 5 }),
  );
  return { found, rest: comparison.finish(metres.length * HOUR, false) };
}

const inShort = ({ place, verdict, episode: { openedAt, closedAt }, inForce }: Compared) => [
  place,
  verdict,
  openedAt / HOUR,
  closedAt === null ? null : closedAt / HOUR,
  inForce.length,
];

describe('Comparison', () => {
  it('lets go of what is settled about one place while something is open about another', () => {
    const { found, rest } = compare({}, {}, [9_000, 1_000, 9_000, 9_000, 1_000, 9_000, 9_000]);
    expect(found.map((some) => some.map(inShort))).toEqual([
      [],
      [],
      [],
      [['narrow', 'both', 1, 2, 1]],
      [],
      [],
      [['narrow', 'both', 4, 5, 1]],
    ]);
    expect(rest.map(inShort)).toEqual([['wide', 'both', 0, null, 1]]);
  });

  it('waits until both are at rest, so that one visit and the two that it would be are held together', () => {
    const walk = [9_000, 1_000, 2_150, 2_150, 1_000, 9_000, 9_000];
    const { found } = compare({ leaveMarginM: 0, leaveMarginShare: 0 }, {}, walk);
    expect(found.slice(0, 6).flat()).toEqual([]);
    expect(found[6]!.map(inShort)).toEqual([
      ['narrow', 'both', 1, 2, 1],
      ['narrow', 'both', 4, 5, 1],
    ]);
    const other = compare({}, { leaveMarginM: 0, leaveMarginShare: 0 }, walk);
    expect(other.found[6]!.map(inShort)).toEqual([['narrow', 'both', 1, 5, 2]]);
  });

  it('tells what only one of the two found', () => {
    // A path of an hour, past the farm, is one by the settings in force alone.
    const walk = [3_000, 3_000, -4_000, -9_000, -9_000];
    const proposal = compare({ pathMaxH: 0.5 }, {}, walk);
    const told = [...proposal.found.flat(), ...proposal.rest].filter(({ place }) => place === 'narrow');
    expect(told.map(({ verdict }) => verdict)).toEqual(['only-in-force']);
    const reverse = compare({}, { pathMaxH: 0.5 }, walk);
    expect(reverse.found.flat().map(({ verdict }) => verdict)).toEqual(['only-proposed']);
  });
});
