import { judgeDurability, requireDurable } from './durability.ts';

describe('durability', () => {
  it.each([
    ['on', 'on', 'on', []],
    ['on', 'on', 'remote_apply', []],
    ['on', 'on', 'local', []],
    ['off', 'on', 'on', ['fsync = off']],
    ['on', 'off', 'on', ['full_page_writes = off']],
    ['off', 'off', 'off', ['fsync = off', 'full_page_writes = off', 'synchronous_commit = off']],
  ])('fsync %s, full_page_writes %s, synchronous_commit %s: unsafe are %j', (fsync, pages, commit, unsafe) => {
    expect(judgeDurability(fsync, pages, commit).unsafe).toEqual(unsafe);
  });

  it('refuses an unsafe database in one line that says what to do, unless it is allowed', () => {
    const unsafe = judgeDurability('off', 'on', 'on');
    expect(() => requireDurable(unsafe, false)).toThrow(/^the database may lose .*\(fsync = off\).*ALLOW_UNSAFE_DB=1$/);
    expect(() => requireDurable(unsafe, true)).not.toThrow();
    expect(() => requireDurable(judgeDurability('on', 'on', 'on'), false)).not.toThrow();
  });
});
