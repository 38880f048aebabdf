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
const late = (subject: NewestFixes, messages: Fix[][]) => {
  const found = subject.lateAmong(messages, animalOf).late;
  return messages.map((message) => message.map((one) => found.has(one)));
};

describe('NewestFixes', () => {
  it('marks a fix late when a newer one of its animal was stored, or came in an earlier message', () => {
    const subject = new NewestFixes(new Map([['animal-1', 100]]));
    expect(late(subject, [[fix(90)], [fix(200)], [fix(150)], [fix(200)]])).toEqual([[true], [false], [true], [false]]);
  });

  it('does not take fixes of one message for late among themselves: they are stored at once', () => {
    expect(late(new NewestFixes(new Map()), [[fix(30), fix(20), fix(10)]])).toEqual([[false, false, false]]);
  });

  it('remembers nothing before the commit, so that a second try marks the same', () => {
    const subject = new NewestFixes(new Map());
    const messages = [[fix(10)], [fix(20)]];
    expect(late(subject, messages)).toEqual([[false], [false]]);
    expect(late(subject, messages)).toEqual([[false], [false]]);
    subject.lateAmong(messages, animalOf).accept();
    expect(late(subject, [[fix(15)]])).toEqual([[true]]);
  });

  it('lets neither a doubted fix nor a collar without an animal make others late', () => {
    const subject = new NewestFixes(new Map());
    subject.lateAmong([[fix(1_000, 1, doubtBit('future-time')), fix(1_000, 9)]], animalOf).accept();
    expect(late(subject, [[fix(10), fix(10, 9)]])).toEqual([[false, false]]);
  });
});
