import { Secrets } from './secret.ts';

const LONG = 'k'.repeat(32);

describe('Secrets', () => {
  it('salts: the same secret twice is stored as two hashes', async () => {
    const secrets = new Secrets();
    const stored = [
      await secrets.hash(LONG),
      await secrets.hash(LONG),
      await secrets.hash('short'),
      await secrets.hash('short'),
    ];
    expect(new Set(stored).size).toBe(4);
    expect(stored[0]).toMatch(/^sha256\$[\w-]{22}\$[\w-]{43}$/);
    expect(stored[2]).toMatch(/^scrypt\$4096\$8\$1\$[\w-]{22}\$[\w-]{43}$/);
    for (const text of stored) expect(text).not.toMatch(/short|kkkk/);
  });

  it.each([LONG, 'short'])('knows %p again, in another process too, and nothing else', async (secret) => {
    const stored = await new Secrets().hash(secret);
    const secrets = new Secrets();
    expect(await secrets.verify(secret, stored)).toBe(true);
    expect(await secrets.verify(secret, stored)).toBe(true);
    expect(await secrets.verify(`${secret}x`, stored)).toBe(false);
    expect(await secrets.verify(secret.slice(1), stored)).toBe(false);
    expect(await secrets.verify('', stored)).toBe(false);
    expect(await secrets.verify('x'.repeat(10_000), stored)).toBe(false);
  });

  it('does not take what it remembers of one hash for another', async () => {
    const secrets = new Secrets();
    const [one, other] = [await secrets.hash('short'), await secrets.hash('other')];
    expect(await secrets.verify('short', one)).toBe(true);
    expect(await secrets.verify('short', other)).toBe(false);
  });

  it('spends no scrypt on who was verified before: a storm of reconnecting collars', async () => {
    const secrets = new Secrets();
    const stored = await secrets.hash('short');
    await secrets.verify('short', stored);
    const began = performance.now();
    await Promise.all(Array.from({ length: 5_000 }, () => secrets.verify('short', stored)));
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  it('answers all of a crowd, and tells one that is too large to come again', async () => {
    const secrets = new Secrets();
    const stored = await secrets.hash('short');
    const crowd = await Promise.all(
      Array.from({ length: 20 }, (_, i) => secrets.verify(i % 2 ? 'short' : `wrong ${i}`, stored)),
    );
    expect(crowd.filter(Boolean)).toHaveLength(10);
    const storm = Array.from({ length: 2_010 }, (_, i) =>
      secrets.verify(`wrong ${i}`, 'scrypt$2$1$1$AAAA$AAAA').catch(() => 'busy'),
    );
    expect((await Promise.all(storm)).filter((answer) => answer === 'busy').length).toBeGreaterThan(0);
    expect(await secrets.verify('short', stored)).toBe(true);
  });

  it('fails on a hash of a kind it does not know', async () => {
    await expect(new Secrets().verify('short', 'md5$x')).rejects.toThrow('unknown kind');
  });
});
