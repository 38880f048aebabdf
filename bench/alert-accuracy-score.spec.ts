import type { Raised } from './alert-accuracy-judging.ts';
import { type Question, quantile, score, silencesOf } from './alert-accuracy-score.ts';

const MINUTE = 60_000;
const at = (minutes: number) => minutes * MINUTE;

function alert(from: number, to: number, over: Partial<Raised> = {}): Raised {
  const told = [{ at: at(from + 5), peak: 'near' }];
  return { rule: 'farm-proximity', from: at(from), to: at(to), peak: 'near', isRetracted: false, told, ...over };
}

/** One visit, from the 100th minute to the 160th; fixes within it at 110 and 150. */
const question: Question = {
  truth: [{ from: at(100), to: at(160) }],
  isIn: ({ farmM }) => farmM <= 2_000,
  wasThere: ({ from, to }) => from <= at(160) && to >= at(100),
  says: () => true,
  slackMs: at(20),
};
const fixes = [90, 110, 150, 170].map((minute) => ({
  at: at(minute),
  arrivedAt: at(minute + 7),
  farmM: minute > 100 && minute < 160 ? 900 : 3_000,
  reserveM: 0,
}));
const scored = (raised: readonly Raised[], over: Partial<Question> = {}) =>
  score(raised, fixes, { ...question, ...over });

describe('score', () => {
  it('finds a visit by an alert that stands, with its delay and the least it could be', () => {
    const { findings, untrue } = scored([alert(110, 170)]);
    expect(findings).toEqual([{ from: at(100), to: at(160), fixes: 2, alerts: 1, delayMs: at(15), floorMs: at(17) }]);
    expect(untrue).toEqual([]);
  });

  it.each([
    ['no later than an interval after it', 180, 1],
    ['later', 181, 0],
  ])('grants an alert %s', (_, from, alerts) => {
    const { findings, untrue } = scored([alert(from, from + 10)]);
    expect(findings[0]!.alerts).toBe(alerts);
    expect(untrue).toHaveLength(1 - alerts);
  });

  it('finds nothing by an alert that was withdrawn, and counts it as such', () => {
    const { findings, untrue, opened, retracted } = scored([alert(110, 170, { isRetracted: true })]);
    expect(findings[0]).toMatchObject({ alerts: 0, delayMs: null });
    expect({ untrue, opened, retracted }).toEqual({ untrue: [], opened: 1, retracted: 1 });
  });

  it('counts what people were told, where that is asked', () => {
    expect(scored([alert(110, 170, { isRetracted: true })], { counts: 'told' }).findings[0]!.alerts).toBe(1);
  });

  it('counts every alert that tells of one visit', () => {
    expect(scored([alert(110, 115), alert(140, 150)]).findings[0]!.alerts).toBe(2);
  });

  it('takes an announcement only from before the visit', () => {
    const before = alert(80, 105);
    expect(scored([before, alert(110, 120)], { isAnnounced: true }).findings[0]).toMatchObject({
      alerts: 1,
      delayMs: at(-15),
    });
    expect(scored([alert(110, 120)], { isAnnounced: true }).findings[0]).toMatchObject({ alerts: 0, delayMs: null });
  });

  it('looks at the level: an alert that never said so finds no visit to a deeper ring', () => {
    const says = (peak: string) => peak === 'close';
    const told = [
      { at: at(115), peak: 'near' },
      { at: at(131), peak: 'close' },
    ];
    expect(scored([alert(110, 170)], { says }).findings[0]!.alerts).toBe(0);
    expect(scored([alert(110, 170, { peak: 'close', told })], { says }).findings[0]).toMatchObject({
      alerts: 1,
      delayMs: at(31),
    });
  });
});

describe('silencesOf', () => {
  it('is what is left of a pause after its limit, if that is long enough', () => {
    expect(silencesOf([0, 30, 100, 165].map(at), at(60), at(10))).toEqual([{ from: at(90), to: at(100) }]);
  });
});

describe('quantile', () => {
  it('is the value that so many are below of', () => {
    expect([0.5, 0.9].map((share) => quantile([10, 1, 3, 2, 4, 5, 6, 7, 8, 9], share))).toEqual([6, 10]);
    expect(quantile([], 0.5)).toBeNaN();
  });
});
