import { jest } from '@jest/globals';
import { Batcher, type BatcherWork } from './batcher.ts';
import type { Delivery } from './delivery.ts';

const LIMITS = { maxWaiting: 100, maxWaitingBytes: 10_000, maxBatch: 50, ackTimeoutMs: 1_000 };

interface Journal {
  readonly acknowledged: string[];
  readonly refused: string[];
}

function delivery(name: string, journal: Journal, receivedAt = Date.now()): Delivery {
  return {
    door: 'embedded',
    serial: name,
    payload: new TextEncoder().encode(name),
    receivedAt,
    acknowledge: () => journal.acknowledged.push(name),
    refuse: (reason) => journal.refused.push(`${name} ${reason}`),
  };
}

function batcher(work: Partial<BatcherWork>, limits = LIMITS): Batcher {
  return new Batcher(
    {
      process: async () => undefined,
      faultOf: (error) => (String(error).includes('content') ? 'content' : 'storage'),
      bury: async () => undefined,
      now: () => Date.now(),
      log: () => undefined,
      ...work,
    },
    limits,
  );
}

const names = (count: number) => Array.from({ length: count }, (_, i) => `m${i}`);
const idle = (subject: Batcher) => subject.stop(1_000);

describe('Batcher', () => {
  it('commits what arrives during a commit as the next one, and acknowledges in order after each', async () => {
    const journal = { acknowledged: [] as string[], refused: [] as string[] };
    const sizes: number[] = [];
    let release = (): void => undefined;
    const subject = batcher({
      process: (batch) => {
        sizes.push(batch.length);
        return sizes.length === 1 ? new Promise<void>((resolve) => (release = resolve)) : Promise.resolve();
      },
    });
    subject.offer(delivery('m0', journal));
    await new Promise(setImmediate);
    for (const name of names(30).slice(1)) subject.offer(delivery(name, journal));
    expect(journal.acknowledged).toEqual([]);
    release();
    await idle(subject);
    expect(sizes).toEqual([1, 29]);
    expect(journal.acknowledged).toEqual(names(30));
  });

  it('gives back at once what is too much, by count and by bytes', async () => {
    const journal = { acknowledged: [] as string[], refused: [] as string[] };
    const subject = batcher({ process: () => new Promise(() => undefined) }, { ...LIMITS, maxWaiting: 2 });
    for (const name of names(4)) subject.offer(delivery(name, journal));
    expect(journal.refused).toEqual(['m2 full', 'm3 full']);
    const small = batcher({ process: () => new Promise(() => undefined) }, { ...LIMITS, maxWaitingBytes: 5 });
    for (const name of names(3)) small.offer(delivery(name, journal));
    expect(journal.refused).toEqual(['m2 full', 'm3 full', 'm2 full']);
  });

  it('acknowledges nothing while storage is away, and everything once it is back', async () => {
    const journal = { acknowledged: [] as string[], refused: [] as string[] };
    let away = true;
    const subject = batcher({
      process: async () => {
        if (away) throw new Error('storage');
      },
    });
    for (const name of names(5)) subject.offer(delivery(name, journal));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(subject.troubleSince).not.toBeNull();
    expect(journal).toEqual({ acknowledged: [], refused: [] });
    away = false;
    await idle(subject);
    expect(journal).toEqual({ acknowledged: names(5), refused: [] });
    expect(subject.troubleSince).toBeNull();
  });

  it('gives back what has waited too long for storage, in order, so that it is sent again', async () => {
    const journal = { acknowledged: [] as string[], refused: [] as string[] };
    const process = jest.fn<BatcherWork['process']>().mockRejectedValueOnce(new Error('storage')).mockResolvedValue();
    const subject = batcher({ process });
    subject.offer(delivery('old', journal, Date.now() - 2_000));
    subject.offer(delivery('new', journal));
    await idle(subject);
    expect(journal).toEqual({ acknowledged: ['new'], refused: ['old timeout'] });
  });

  it('finds the one message that the database refuses, buries it, and lets the others pass', async () => {
    const journal = { acknowledged: [] as string[], refused: [] as string[] };
    const buried: string[] = [];
    const stored: string[] = [];
    const subject = batcher({
      process: async (batch) => {
        if (batch.some(({ serial }) => serial === 'm13')) throw new Error('content');
        stored.push(...batch.map(({ serial }) => serial));
      },
      bury: async ({ serial }) => void buried.push(serial),
    });
    for (const name of names(40)) subject.offer(delivery(name, journal));
    await idle(subject);
    expect(buried).toEqual(['m13']);
    expect(stored).toEqual(names(40).filter((name) => name !== 'm13'));
    expect(journal).toEqual({ acknowledged: names(40), refused: [] });
  });

  it('gives back what storage did not take before the end', async () => {
    const journal = { acknowledged: [] as string[], refused: [] as string[] };
    const subject = batcher({
      process: async () => {
        throw new Error('storage');
      },
    });
    for (const name of names(3)) subject.offer(delivery(name, journal));
    await subject.stop(50);
    expect(journal.acknowledged).toEqual([]);
    expect(journal.refused).toEqual(['m0 timeout', 'm1 timeout', 'm2 timeout']);
    subject.offer(delivery('after', journal));
    expect(journal.refused.at(-1)).toBe('after stopping');
  });
});
