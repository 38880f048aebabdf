import { bearerOf, digestOf, looksLikeCredential, newCredential, sameDigest } from './credential.ts';

describe('credential', () => {
  it('has a prefix for scanners and 256 random bits', () => {
    const made = new Set(Array.from({ length: 1000 }, newCredential));
    expect(made.size).toBe(1000);
    for (const credential of made) expect(credential).toMatch(/^cw_[A-Za-z0-9_-]{43}$/);
  });

  it('is compared by its digest', () => {
    expect(digestOf('a').toString('hex')).toBe('ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb');
    expect(sameDigest(digestOf('a'), digestOf('a'))).toBe(true);
    expect(sameDigest(digestOf('a'), digestOf('b'))).toBe(false);
    expect(sameDigest(digestOf('a'), new Uint8Array(3))).toBe(false);
  });

  it.each([
    ['Bearer abc', 'abc'],
    ['bearer   abc ', 'abc'],
    ['Basic abc', null],
    ['Bearer', null],
    ['Bearer a b', null],
    ['Bearer tök', null],
    ['', null],
    [undefined, null],
  ])('reads the header %p as %p', (header, token) => {
    expect(bearerOf(header)).toBe(token);
  });

  it('spends nothing on what cannot be one', () => {
    expect(looksLikeCredential(newCredential())).toBe(true);
    expect(looksLikeCredential('x'.repeat(512))).toBe(true);
    expect(looksLikeCredential('x'.repeat(513))).toBe(false);
    expect(looksLikeCredential('')).toBe(false);
    expect(looksLikeCredential('with space in it')).toBe(false);
  });
});
