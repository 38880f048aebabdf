import type { Fix } from '../domain/fix.ts';
import { doubtBit } from '../domain/quality/doubt.ts';
import { NewestFixes } from './newest-fixes.ts';

const fix = (at: number, collarId = 1, doubts = 0): Fix => ({
  collarId,
  at,
  lat: 0,
  lon: 0,
  receivedAt: 0,
  doubts,
  late: false,
});
const animalOf = ({ collarId }: Fix) => (collarId === 9 ? null : `animal-${collarId}`);
const late = (fixes: Fix[][]) => fixes.map((message) => message.map((marked) => marked.late));

describe('NewestFixes', () => {
  it('marks a fix late when a newer one of its animal was stored, or came in an earlier message', () => {
    const subject = new NewestFixes(new Map([['animal-1', 100]]));
    expect(late(subject.mark([[fix(90)], [fix(200)], [fix(150)], [fix(200)]], animalOf).fixes)).toEqual([
      [true],
      [false],
      [true],
      [false],
    ]);
  });

  it('does not take fixes of one message for late among themselves: they are stored at once', () => {
    expect(late(new NewestFixes(new Map()).mark([[fix(30), fix(20), fix(10)]], animalOf).fixes)).toEqual([
      [false, false, false],
    ]);
  });

  it('remembers nothing before the commit, so that a second try marks the same', () => {
    const subject = new NewestFixes(new Map());
    const messages = [[fix(10)], [fix(20)]];
    subject.mark(messages, animalOf);
    const again = subject.mark(messages, animalOf);
    expect(late(again.fixes)).toEqual([[false], [false]]);
    again.accept();
    expect(late(subject.mark([[fix(15)]], animalOf).fixes)).toEqual([[true]]);
  });

  it('lets neither a doubted fix nor a collar without an animal make others late', () => {
    const subject = new NewestFixes(new Map());
    subject.mark([[fix(1_000, 1, doubtBit('future-time')), fix(1_000, 9)]], animalOf).accept();
    expect(late(subject.mark([[fix(10), fix(10, 9)]], animalOf).fixes)).toEqual([[false, false]]);
  });
});
