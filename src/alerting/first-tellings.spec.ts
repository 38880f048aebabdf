import { setTimeout as sleep } from 'node:timers/promises';
import type { EpochMs } from '../domain/fix.ts';
import type { NotedTelling } from './alert.store.ts';
import { FirstTellings } from './first-tellings.ts';

/** What would be the database: it notes each alert once, leaves those that others write, and may be away. */
class Notebook {
  readonly noted = new Map<string, EpochMs>();
  readonly busy = new Set<string>();
  calls = 0;
  isAway = false;

  noteTold(tellings: ReadonlyMap<string, EpochMs>): Promise<{ noted: NotedTelling[]; left: string[] }> {
    this.calls++;
    if (this.isAway) return Promise.reject(Object.assign(new Error('away'), { code: 'ECONNREFUSED' }));
    const fresh = [...tellings].filter(([id]) => !this.noted.has(id) && !this.busy.has(id));
    for (const [id, at] of fresh) this.noted.set(id, at);
    const noted = fresh.map(([, at]) => ({ late: false, judgedAt: 0, firstSentAt: at }));
    return Promise.resolve({ noted, left: [...tellings.keys()].filter((id) => this.busy.has(id)) });
  }
}

const begin = () => {
  const notebook = new Notebook();
  const told: number[] = [];
  return { notebook, told, tellings: new FirstTellings(notebook, ({ firstSentAt }) => told.push(firstSentAt)) };
};

describe('FirstTellings', () => {
  it('writes what was told in a short time together, each alert with its first time', async () => {
    const { notebook, told, tellings } = begin();
    tellings.add(['a', 'b'], 10);
    tellings.add(['b', 'c'], 20);
    expect(notebook.calls).toBe(0);
    await sleep(400);
    expect([...notebook.noted]).toEqual([
      ['a', 10],
      ['b', 10],
      ['c', 20],
    ]);
    expect(notebook.calls).toBe(1);
    // Known now: it asks nobody.
    tellings.add(['a', 'b', 'c'], 30);
    await sleep(400);
    await tellings.stop();
    expect(notebook.calls).toBe(1);
    expect(told).toEqual([10, 10, 20]);
  });

  it('comes back to alerts that others were writing, and to all of them when the database was away', async () => {
    const { notebook, told, tellings } = begin();
    notebook.busy.add('a');
    notebook.isAway = true;
    tellings.add(['a', 'b'], 10);
    await sleep(400);
    expect(notebook.noted.size).toBe(0);
    notebook.isAway = false;
    await sleep(1_200);
    expect([...notebook.noted]).toEqual([['b', 10]]);
    notebook.busy.clear();
    await tellings.stop();
    expect(notebook.noted.get('a')).toBe(10);
    expect(told).toEqual([10, 10]);
  });

  it('keeps no more than it may, however long the database is away', async () => {
    const { notebook, tellings } = begin();
    notebook.isAway = true;
    for (let n = 0; n < 50_000; n++) tellings.add([`alert ${n}`], n);
    notebook.isAway = false;
    await tellings.stop();
    expect(notebook.noted.size).toBe(20_000);
    // In groups of a bounded size.
    expect(notebook.calls).toBeGreaterThanOrEqual(20);
  });
});
