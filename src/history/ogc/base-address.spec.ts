import { proxyList } from '../../access/origin.ts';
import { Problem } from '../../domain/problem.ts';
import { type AskedRequest, baseAddress } from './base-address.ts';

const NOBODY = proxyList([]);
const PROXIES = proxyList(['10.0.0.0/8']);

function asked(url: string, headers: Record<string, string>, remoteAddress = '10.1.2.3'): AskedRequest {
  return { url, raw: { headers, socket: { remoteAddress } } as unknown as AskedRequest['raw'] };
}

describe('baseAddress', () => {
  it.each([
    ['/ogc', 'http://park.example/ogc'],
    ['/ogc/', 'http://park.example/ogc'],
    ['/ogc/collections/fixes/items?bbox=1,2,3,4', 'http://park.example/ogc'],
    ['/api/v1/ogc/collections/ogc', 'http://park.example/api/v1/ogc'],
  ])('%s stands at %s', (url, base) => {
    expect(baseAddress(asked(url, { host: 'park.example' }), 'ogc', NOBODY)).toBe(base);
  });

  it.each(['park.example:8443', '127.0.0.1:3000', '[::1]:3000', 'localhost'])('takes the host %s as it is', (host) => {
    expect(baseAddress(asked('/ogc', { host }), 'ogc', NOBODY)).toBe(`http://${host}/ogc`);
  });

  it.each(['', 'a b', 'a/b', 'a"b', 'user@host', 'a:123456', '[::1', 'a?b'])('refuses the host %p', (host) => {
    expect(() => baseAddress(asked('/ogc', { host }), 'ogc', NOBODY)).toThrow(Problem);
  });

  it('believes a proxy that is trusted, and of several entries the one that it wrote itself', () => {
    const headers = { host: 'inside:3000', 'x-forwarded-host': 'evil, park.example', 'x-forwarded-proto': 'https' };
    expect(baseAddress(asked('/ogc', headers), 'ogc', PROXIES)).toBe('https://park.example/ogc');
    expect(baseAddress(asked('/ogc', headers, '192.0.2.1'), 'ogc', PROXIES)).toBe('http://inside:3000/ogc');
    expect(baseAddress(asked('/ogc', { ...headers, 'x-forwarded-proto': 'gopher' }), 'ogc', PROXIES)).toBe(
      'http://park.example/ogc',
    );
  });
});
