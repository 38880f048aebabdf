import { Budget } from './budget.ts';

describe('a budget', () => {
  it('gives so much at once and so much a second', () => {
    const budget = new Budget(3, 2);
    expect([0, 0, 0, 0].map((now) => budget.take(now))).toEqual([0, 0, 0, 500]);
    expect(budget.take(250)).toBe(250);
    expect(budget.take(500)).toBe(0);
    expect(budget.take(500)).toBe(500);
  });

  it('never holds more than at once, and survives a clock that goes back', () => {
    const budget = new Budget(2, 10);
    budget.take(0);
    expect([1e6, 1e6, 1e6].map((now) => budget.take(now))).toEqual([0, 0, 100]);
    expect(budget.take(0)).toBe(100);
  });
});
