import { holdsLong, isHeld, tagOfBody, tagOfContent } from './entity-tag.ts';

describe('an entity tag', () => {
  it('is held by whoever names it, weakly or among others, or any', () => {
    const tag = tagOfBody(Buffer.from('a track'));
    expect(tag).toMatch(/^"[\w-]{27}"$/);
    for (const held of [tag, `W/${tag}`, `"x", ${tag}`, '*', ` ${tag} , "y"`]) expect(isHeld(tag, held)).toBe(true);
    for (const held of [undefined, '', '"x"', tag.slice(1, -1)]) expect(isHeld(tag, held)).toBe(false);
    expect(tagOfBody(Buffer.from('a trace'))).not.toBe(tag);
  });

  it('of a long answer can be told from others', () => {
    expect(holdsLong(`"x", ${tagOfContent({ fixes: 1 })}`)).toBe(true);
    expect(holdsLong(tagOfBody(Buffer.from('a track')))).toBe(false);
    expect(tagOfContent({ fixes: 1 })).not.toBe(tagOfContent({ fixes: 2 }));
  });
});
