import fc from 'fast-check';
import { aFix } from '../../test/factories/fixes.ts';
import type { NamedFix } from '../access/visibility.ts';
import { Backlog, type Mark, type Selection } from './backlog.ts';

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
const START: Mark = { seq: 0, positions: 0 };

describe('a backlog', () => {
  it('tells a little as it came', () => {
    const backlog = new Backlog(0, 3);
    const came = [selection(1, [named('sofia', 10)]), selection(2, [named('sofia', 20), named('narva', 5)])];
    came.forEach((part) => backlog.add(part));
    backlog.add(selection(3, []));
    expect(backlog.tell(START)).toEqual({ kind: 'all', selections: came });
  });

  it('folds more into the newest fix of each animal, and counts the rest', () => {
    const backlog = new Backlog(0, 3);
    backlog.add(selection(7, [named('sofia', 10), named('narva', 5)]));
    backlog.add(selection(8, [named('sofia', 30), named('sofia', 20)]));
    backlog.add(selection(9, []));
    const newest = [named('narva', 5), named('sofia', 30)];
    expect(backlog.tell(START)).toEqual({ kind: 'folded', seq: 9, dropped: 2, fixes: newest, doubts: [] });
  });

  it('tells each reader what it missed itself', () => {
    const backlog = new Backlog(0, 2);
    backlog.add(selection(1, [named('sofia', 10), named('narva', 50)]));
    const second = backlog.mark();
    backlog.add(selection(2, [named('sofia', 20), named('sofia', 30), named('narva', 40)]));
    const third = backlog.mark();
    backlog.add(selection(3, [named('sofia', 35)]));
    expect(backlog.tell(START)).toMatchObject({ dropped: 4, fixes: [named('sofia', 35), named('narva', 50)] });
    // It was told of narva's newest before; what came later of narva is older.
    expect(backlog.tell(second)).toMatchObject({ dropped: 3, fixes: [named('sofia', 35)] });
    expect(backlog.tell(third)).toEqual({ kind: 'all', selections: [selection(3, [named('sofia', 35)])] });
    expect(backlog.tell(backlog.mark())).toEqual({ kind: 'all', selections: [] });
  });

  it('keeps the newest trusted fix beside a newer doubted one, and not beside an older one', () => {
    const backlog = new Backlog(0, 0);
    backlog.add(selection(1, [named('sofia', 10), named('sofia', 20, 8), named('narva', 10, 8), named('narva', 20)]));
    expect(backlog.tell(START)).toMatchObject({
      dropped: 1,
      fixes: [named('sofia', 10), named('sofia', 20, 8), named('narva', 20)],
    });
  });

  it('does not fold changes of doubts, and holds what it keeps to them', () => {
    const backlog = new Backlog(0, 1);
    const cleared = { animal: 'sofia', at: 20, doubts: 0 };
    const older = { animal: 'sofia', at: 3, doubts: 16 };
    backlog.add(selection(1, [named('sofia', 10), named('sofia', 20, 32)]));
    backlog.add(selection(2, [], [older]));
    backlog.add(selection(3, [], [cleared]));
    expect(backlog.tell(START)).toMatchObject({ fixes: [named('sofia', 20)], doubts: [older, cleared], dropped: 1 });
  });

  it('says when there are too many changes of doubts to keep, to whom they would have to be told', () => {
    const backlog = new Backlog(0, 1);
    let half = START;
    for (let seq = 1; seq <= 15_000; seq++) {
      backlog.add(selection(seq, [], [{ animal: 'sofia', at: seq, doubts: 1 }]));
      if (seq === 7_500) half = backlog.mark();
    }
    expect(backlog.tell(START)).toEqual({ kind: 'overflow' });
    const told = backlog.tell(half);
    expect(told).toMatchObject({ kind: 'folded', seq: 15_000, dropped: 0 });
    expect(told.kind === 'folded' && told.doubts).toHaveLength(7_500);
  });

  it('tells every reader, whatever came, the newest of every animal, and accounts for every position', () => {
    const fixes = fc.array(
      fc.record({ animal: fc.constantFrom('a', 'b', 'c'), at: fc.nat(50), doubts: fc.constantFrom(0, 1) }),
    );
    fc.assert(
      fc.property(fc.array(fixes), fc.nat(20), fc.nat(10), (batches, kept, begin) => {
        const backlog = new Backlog(0, kept);
        let since = START;
        batches.forEach((batch, index) => {
          if (index === begin) since = backlog.mark();
          const fixesOfBatch = batch.map(({ animal, at, doubts }) => named(animal, at, doubts));
          backlog.add(selection(index + 1, fixesOfBatch));
        });
        const [before, missed] = [batches.slice(0, since.seq).flat(), batches.slice(since.seq).flat()];
        const telling = backlog.tell(since);
        if (telling.kind === 'overflow') throw new Error('no doubts changed');
        if (telling.kind === 'all')
          return expect(telling.selections.flatMap((part) => part.fixes)).toHaveLength(missed.length);
        expect(telling.fixes.length + telling.dropped).toBe(missed.length);
        for (const animal of new Set(missed.map((fix) => fix.animal))) {
          const newestOf = (list: typeof missed) =>
            Math.max(-1, ...list.filter((fix) => fix.animal === animal && fix.doubts === 0).map(({ at }) => at));
          const told = telling.fixes.filter((fix) => fix.animal === animal && fix.fix.doubts === 0);
          // With what it was told before, the reader knows the newest trusted fix.
          expect(Math.max(newestOf(before), ...told.map(({ fix }) => fix.at))).toBe(newestOf([...before, ...missed]));
        }
      }),
    );
  });
});
