import { LogFeed, type LogStore } from './log-feed.ts';

interface Entry {
  readonly seq: number;
}

/** A log of another process: what is committed there is announced to nobody here. */
class Elsewhere implements LogStore<Entry> {
  readonly entries: Entry[] = [];
  async readAfter(seq: number, limit: number): Promise<Entry[]> {
    return this.entries.filter((entry) => entry.seq > seq).slice(0, limit);
  }
  async reach() {
    return { head: this.entries.at(-1)?.seq ?? 0, oldest: 0 };
  }
}

class Feed extends LogFeed<Entry> {
  constructor(store: LogStore<Entry>, maxRecent = 100) {
    super(store, maxRecent);
  }
  protected override sizeOf(): number {
    return 1;
  }
}

describe('a feed', () => {
  it('answers from what is at hand, and from the store what is not', async () => {
    const store = new Elsewhere();
    const feed = new Feed(store, 3);
    for (let seq = 1; seq <= 9; seq++) {
      store.entries.push({ seq });
      feed.announce({ seq });
    }
    expect((await feed.readAfter(0)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    store.entries.length = 0;
    expect((await feed.readAfter(6)).map(({ seq }) => seq)).toEqual([7, 8, 9]);
    expect(await feed.readAfter(9)).toEqual([]);
  });

  it('tells every reader of what one of them found', async () => {
    const store = new Elsewhere();
    const feed = new Feed(store);
    feed.announce({ seq: 1 });
    let woken = 0;
    feed.onWake(() => woken++);
    store.entries.push({ seq: 1 }, { seq: 2 }, { seq: 3 });
    expect(await feed.readAfter(0)).toEqual([{ seq: 1 }]);
    expect(woken).toBe(0);
    await feed.reach();
    expect(woken).toBe(1);
    expect((await feed.readAfter(1)).map(({ seq }) => seq)).toEqual([2, 3]);
    store.entries.push({ seq: 4 });
    expect((await feed.readAfter(2)).map(({ seq }) => seq)).toEqual([3, 4]);
    expect(woken).toBe(2);
    // Another reader, who has read up to 3, is not told that this is all.
    expect((await feed.readAfter(3)).map(({ seq }) => seq)).toEqual([4]);
  });

  it('does not unlearn what a reading that ends late did not see', async () => {
    const store = new Elsewhere();
    const feed = new Feed(store);
    store.entries.push({ seq: 1 });
    const late = feed.reach();
    store.entries.push({ seq: 2 });
    feed.announce({ seq: 1 }, { seq: 2 });
    await late;
    expect(await feed.readAfter(1)).toEqual([{ seq: 2 }]);
  });
});
