import { Turnstile } from './turnstile.ts';

describe('a turnstile', () => {
  it('lets so many through at once, in the order they came, whatever happens inside', async () => {
    const turnstile = new Turnstile(2);
    const inside: number[] = [];
    let most = 0;
    const done: number[] = [];
    const visits = Array.from({ length: 9 }, (_, visit) =>
      turnstile
        .pass(async () => {
          inside.push(visit);
          most = Math.max(most, inside.length);
          await new Promise((resolve) => setTimeout(resolve, 1));
          inside.splice(inside.indexOf(visit), 1);
          if (visit % 3 === 0) throw new Error('stumbled');
          return visit;
        })
        .then(
          (value) => done.push(value),
          () => done.push(visit),
        ),
    );
    await Promise.all(visits);
    expect(most).toBe(2);
    expect(done).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });
});
