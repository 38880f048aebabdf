import type { Polygon } from 'geojson';
import { z } from 'zod';
import { prepareBoundary } from '../domain/geo/boundary.ts';
import type { GuardedFarm, Judgement, Move, Rule } from '../rules/rule.ts';
import { Memories, Pass } from './pass.ts';

const boundary: Polygon = {
  type: 'Polygon',
  coordinates: [
    [
      [131, 43],
      [131.01, 43],
      [131.01, 43.01],
      [131, 43.01],
      [131, 43],
    ],
  ],
};
const farm = (id: string): GuardedFarm => ({
  id,
  name: id,
  nearM: 2_000,
  closeM: 500,
  boundary,
  shape: prepareBoundary(boundary),
});
const FARMS = new Map(['a', 'b'].map((id) => [id, farm(id)]));
const HOUR = 3_600_000;
const move = (at: number): Move => ({ from: null, to: { at, lat: 43, lon: 131, errorM: 10 } });
const closest = { m: 1, at: 0, between: false };

/** A rule that opens at its first move about a farm, remembers how many it saw, and closes at the third. */
const countToThree: Rule<unknown, number> = {
  name: 'count-to-three',
  settings: z.unknown(),
  reachM: () => 0,
  judge: ({ to: { at } }, _farm, state): Judgement<number> => {
    const seen = (state ?? 0) + 1;
    const visit = {
      level: 'near',
      peak: 'near',
      openedAt: 1,
      closedAt: seen === 3 ? at : null,
      closest: { ...closest, m: 10 - seen },
    } as const;
    const change = seen === 1 ? 'opened' : seen === 3 ? 'closed' : null;
    return { state: seen === 3 ? null : seen, visit, steps: change ? [{ change, at, visit }] : [] };
  },
};

const passOf = (memories: Memories) => new Pass(memories, [{ rule: countToThree, settings: {} }]);
const near = (...ids: string[]) => ids.map((id) => FARMS.get(id)!);
const judge = (pass: Pass, at: number, farms: GuardedFarm[], learnedAt = at) =>
  pass.judge('sofia', move(at), farms, (id) => FARMS.get(id), learnedAt);
const CURSOR = { from: 1, to: 2 };

describe('Pass', () => {
  it('opens an alert and keeps what the rule remembers with it', () => {
    const memories = new Memories([]);
    const pass = passOf(memories);
    judge(pass, HOUR, near('a'));
    const draft = pass.draft(CURSOR);
    expect(draft).toMatchObject({
      cursor: CURSOR,
      changes: [{ change: 'opened', animal: 'sofia', farm: 'a', late: false }],
      forgotten: [],
      moved: [],
    });
    expect(draft.memories).toEqual([
      { rule: 'count-to-three', animal: 'sofia', farm: 'a', state: 1, alertId: draft.changes[0]!.alertId },
    ]);
  });

  it('asks about a farm that is remembered, however far the animal is, and about nothing else', () => {
    const memories = new Memories([{ rule: 'count-to-three', animal: 'sofia', farm: 'a', state: 1, alertId: 'id' }]);
    const pass = passOf(memories);
    judge(pass, HOUR, []);
    const draft = pass.draft(CURSOR);
    expect(draft.changes).toEqual([]);
    expect(draft.moved).toMatchObject([{ alertId: 'id', visit: { closest: { m: 8 } } }]);
    expect(draft.memories).toMatchObject([{ farm: 'a', state: 2, alertId: 'id' }]);
  });

  it('asks once about a farm that is both near and remembered', () => {
    const pass = passOf(
      new Memories([{ rule: 'count-to-three', animal: 'sofia', farm: 'a', state: 1, alertId: 'id' }]),
    );
    judge(pass, HOUR, near('a', 'b'));
    expect(pass.draft(CURSOR).memories).toMatchObject([
      { farm: 'a', state: 2 },
      { farm: 'b', state: 1 },
    ]);
  });

  it('forgets with the rule, and the next visit is another alert', () => {
    const memories = new Memories([{ rule: 'count-to-three', animal: 'sofia', farm: 'a', state: 2, alertId: 'first' }]);
    const pass = passOf(memories);
    judge(pass, HOUR, near('a'));
    judge(pass, 2 * HOUR, near('a'));
    const { changes, forgotten, memories: kept } = pass.draft(CURSOR);
    expect(changes.map(({ change, alertId }) => [change, alertId === 'first'])).toEqual([
      ['closed', true],
      ['opened', false],
    ]);
    expect(forgotten).toEqual([]);
    expect(kept).toMatchObject([{ state: 1, alertId: changes[1]!.alertId }]);
    judge(pass, 3 * HOUR, near('a'));
    judge(pass, 4 * HOUR, near('a'));
    expect(pass.draft(CURSOR)).toMatchObject({
      memories: [],
      forgotten: [{ rule: 'count-to-three', animal: 'sofia', farm: 'a' }],
    });
  });

  it('calls late what was learned over twelve hours after it happened', () => {
    for (const [hours, late] of [
      [12, false],
      [12.01, true],
    ] as const) {
      const pass = passOf(new Memories([]));
      judge(pass, HOUR, near('a'), HOUR + hours * HOUR);
      expect(pass.draft(CURSOR).changes).toMatchObject([{ late }]);
    }
  });

  it('calls late a visit that was over when it was first heard of', () => {
    const pass = passOf(new Memories([]));
    for (const hour of [1, 2, 3]) judge(pass, hour * HOUR, near('a'), 4 * HOUR);
    expect(pass.draft(CURSOR).changes).toMatchObject([
      { change: 'opened', late: true },
      { change: 'closed', late: true },
    ]);
  });
});
