import { FailureLimit, networkOf } from './failure-limit.ts';

describe('FailureLimit', () => {
  it('allows so many at once, and as many a minute after that', () => {
    const limit = new FailureLimit(3);
    expect([0, 0, 0, 0].map((now) => limit.take('10.0.0.1', now))).toEqual([true, true, true, false]);
    expect(limit.take('10.0.0.1', 19_000)).toBe(false);
    expect(limit.take('10.0.0.1', 20_000)).toBe(true);
    expect(limit.take('10.0.0.1', 20_000)).toBe(false);
  });

  it('counts addresses apart, but all of an IPv6 network together', () => {
    const limit = new FailureLimit(1);
    expect(limit.take('10.0.0.1', 0)).toBe(true);
    expect(limit.take('10.0.0.2', 0)).toBe(true);
    expect(limit.take('2001:db8::1', 0)).toBe(true);
    expect(limit.take('2001:db8::ffff:1', 0)).toBe(false);
    expect(limit.take('2001:db8:0:1::1', 0)).toBe(true);
  });

  it('gives back what did not fail', () => {
    const limit = new FailureLimit(1);
    for (let now = 0; now < 10; now++) {
      expect(limit.take('10.0.0.1', now)).toBe(true);
      limit.giveBack('10.0.0.1', now);
    }
  });

  it('never grows beyond its bound, and forgets the quietest first', () => {
    const limit = new FailureLimit(1);
    for (let i = 0; i < 10_001; i++) limit.take(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, 0);
    expect(limit.take('10.0.0.0', 0)).toBe(true);
    expect(limit.take('10.0.39.16', 0)).toBe(false);
  });

  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8::6', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['', ''],
  ])('takes %p as %p', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
