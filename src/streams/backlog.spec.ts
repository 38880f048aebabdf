import fc from 'fast-check';
import { aFix } from '../../test/factories/fixes.ts';
import type { NamedFix } from '../access/visibility.ts';
import { Backlog, type Selection } from './backlog.ts';

const named = (animal: string, at: number, doubts = 0): NamedFix => ({
  animal,
  collar: `collar-of-${animal}`,
  fix: aFix({ at, doubts }),
});
const selection = (seq: number, fixes: NamedFix[], doubts: Selection['doubts'] = []): Selection => ({
  seq,
  fixes,
  doubts,
});

describe('a backlog', () => {
  it('tells a little as it came', () => {
    const backlog = new Backlog(3);
    const came = [selection(1, [named('sofia', 10)]), selection(2, [named('sofia', 20), named('narva', 5)])];
    came.forEach((part) => backlog.add(part));
    backlog.add(selection(3, []));
    expect(backlog.tell()).toEqual({ kind: 'all', selections: came });
  });

  it('folds more into the newest fix of each animal, and counts the rest', () => {
    const backlog = new Backlog(3);
    backlog.add(selection(7, [named('sofia', 10), named('narva', 5)]));
    backlog.add(selection(8, [named('sofia', 30), named('sofia', 20)]));
    backlog.add(selection(9, []));
    const newest = [named('narva', 5), named('sofia', 30)];
    expect(backlog.tell()).toEqual({ kind: 'folded', seq: 9, dropped: 2, fixes: newest, doubts: [] });
  });

  it('keeps the newest trusted fix beside a newer doubted one, and not beside an older one', () => {
    const backlog = new Backlog(0);
    backlog.add(selection(1, [named('sofia', 10), named('sofia', 20, 8), named('narva', 10, 8), named('narva', 20)]));
    expect(backlog.tell()).toMatchObject({
      dropped: 1,
      fixes: [named('sofia', 10), named('sofia', 20, 8), named('narva', 20)],
    });
  });

  it('does not fold changes of doubts, and holds what it keeps to them', () => {
    const backlog = new Backlog(1);
    const cleared = { animal: 'sofia', at: 20, doubts: 0 };
    const older = { animal: 'sofia', at: 3, doubts: 16 };
    backlog.add(selection(1, [named('sofia', 10), named('sofia', 20, 32)]));
    backlog.add(selection(2, [], [older]));
    backlog.add(selection(3, [], [cleared]));
    expect(backlog.tell()).toMatchObject({ fixes: [named('sofia', 20)], doubts: [older, cleared], dropped: 1 });
  });

  it('says when there are too many changes of doubts to keep', () => {
    const backlog = new Backlog(1);
    for (let at = 0; at <= 10_001; at++) backlog.add(selection(at, [], [{ animal: 'sofia', at, doubts: 1 }]));
    expect(backlog.tell()).toEqual({ kind: 'overflow' });
  });

  it('tells whatever came the newest of every animal, and accounts for every position', () => {
    const fixes = fc.array(
      fc.record({ animal: fc.constantFrom('a', 'b', 'c'), at: fc.nat(50), doubts: fc.constantFrom(0, 1) }),
    );
    fc.assert(
      fc.property(fc.array(fixes), fc.nat(20), (batches, kept) => {
        const backlog = new Backlog(kept);
        batches.forEach((batch, seq) =>
          backlog.add(
            selection(
              seq,
              batch.map(({ animal, at, doubts }) => named(animal, at, doubts)),
            ),
          ),
        );
        const all = batches.flat();
        const telling = backlog.tell();
        if (telling.kind === 'overflow') throw new Error('no doubts changed');
        if (telling.kind === 'all')
          return expect(telling.selections.flatMap((part) => part.fixes)).toHaveLength(all.length);
        expect(telling.fixes.length + telling.dropped).toBe(all.length);
        for (const animal of new Set(all.map((fix) => fix.animal))) {
          const newest = Math.max(...all.filter((fix) => fix.animal === animal).map(({ at }) => at));
          const told = telling.fixes.filter((fix) => fix.animal === animal).map(({ fix }) => fix.at);
          expect(Math.max(...told)).toBe(newest);
          const trusted = all.filter((fix) => fix.animal === animal && fix.doubts === 0).map(({ at }) => at);
          if (trusted.length > 0) expect(told).toContain(Math.max(...trusted));
        }
      }),
    );
  });
});
