import type { IncomingMessage } from 'node:http';
import { addressOf, isAllowedOrigin, proxyList } from './origin.ts';

describe('isAllowedOrigin', () => {
  const allowed = ['https://map.reserve.example'];

  it.each(['http://watch.example:3000', 'https://watch.example:3000', 'https://map.reserve.example'])(
    'lets %p in',
    (origin) => {
      expect(isAllowedOrigin(origin, 'watch.example:3000', allowed)).toBe(true);
    },
  );

  it.each([
    undefined,
    '',
    'null',
    'http://watch.example',
    'http://watch.example:3001',
    'http://WATCH.example:3000',
    'http://watch.example:3000/',
    'http://watch.example:3000.evil.example',
    'http://evil.example/watch.example:3000',
    'http://evil.example#watch.example:3000',
    'http://evil.example?watch.example:3000',
    'http://watch.example:3000@evil.example',
    'http://user@watch.example:3000',
    'http://notwatch.example:3000',
    'http://sub.watch.example:3000',
    'ftp://watch.example:3000',
    'file://',
    'chrome-extension://watch.example:3000',
    '//watch.example:3000',
    'watch.example:3000',
    ' http://watch.example:3000',
    'http://watch.example:3000 ',
    'http://watch.example:3000\\.evil.example',
    'http://wаtch.example:3000',
    'https://map.reserve.example.evil.example',
    'https://map.reserve.example:443',
    'https://MAP.reserve.example',
    'http://map.reserve.example',
    'https://map.reserve.example/',
    'https://map.reserve.example,https://evil.example',
    'https://evil.example https://map.reserve.example',
    'http://',
    'https://',
    'http:///watch.example:3000',
    'javascript:alert(1)',
    'data:text/html,x',
    'about:blank',
    'http://[::1]:3000',
    'http://127.0.0.1:3000',
    'http://localhost:3000',
  ])('keeps %p out', (origin) => {
    expect(isAllowedOrigin(origin, 'watch.example:3000', allowed)).toBe(false);
  });

  it('lets nobody in without a host to compare with', () => {
    expect(isAllowedOrigin('http://watch.example', undefined, [])).toBe(false);
  });
});

describe('addressOf', () => {
  const asked = (remoteAddress: string | undefined, forwarded?: string) =>
    ({ headers: { 'x-forwarded-for': forwarded }, socket: { remoteAddress } }) as unknown as IncomingMessage;
  const proxies = proxyList(['127.0.0.1', '10.0.0.0/8', 'fd00::/8']);

  it.each([
    ['192.0.2.9', '203.0.113.1', '192.0.2.9'],
    ['127.0.0.1', undefined, '127.0.0.1'],
    ['127.0.0.1', '203.0.113.1', '203.0.113.1'],
    ['::ffff:127.0.0.1', '203.0.113.1', '203.0.113.1'],
    ['127.0.0.1', '198.51.100.7, 203.0.113.1', '203.0.113.1'],
    ['127.0.0.1', '198.51.100.7, 203.0.113.1, 10.1.2.3', '203.0.113.1'],
    ['fd00::1', '2001:db8::5', '2001:db8::5'],
    ['127.0.0.1', '203.0.113.1, not an address', '127.0.0.1'],
    ['127.0.0.1', '10.0.0.1', '10.0.0.1'],
    [undefined, '203.0.113.1', ''],
  ])('of %p, forwarded for %p, is %p', (remote, forwarded, address) => {
    expect(addressOf(asked(remote, forwarded), proxies)).toBe(address);
  });
});
