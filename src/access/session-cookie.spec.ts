import { sessionCookie, sessionInCookie } from './session-cookie.ts';

describe('the session cookie', () => {
  it.each([
    ['collarwatch_session=cw_abc', 'cw_abc'],
    ['theme=dark; collarwatch_session=cw_abc; x=y', 'cw_abc'],
    ['collarwatch_session = cw_abc', 'cw_abc'],
    ['collarwatch_session=first; collarwatch_session=second', 'first'],
    ['collarwatch_session=', null],
    ['xcollarwatch_session=cw_abc', null],
    ['collarwatch_session', null],
    [';;;=;', null],
    ['', null],
    [undefined, null],
  ])('in %p is %p', (header, session) => {
    expect(sessionInCookie(header)).toBe(session);
  });

  it('is for our own pages and no script', () => {
    expect(sessionCookie('cw_abc', 60, false)).toBe(
      'collarwatch_session=cw_abc; Max-Age=60; Path=/; HttpOnly; SameSite=Strict',
    );
    expect(sessionCookie('', 0, true)).toBe(
      'collarwatch_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict; Secure',
    );
  });
});
