import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

/**
 * Whether a page of this origin may use the session cookie: a page of our own host, or one of those allowed by name. Exact: no
 * suffixes, no `null`, no missing origin.
 *
 * @param origin the `Origin` header
 * @param host the `Host` header: what the browser called us
 * @param allowed origins of ALLOWED_ORIGINS
 */
export function isAllowedOrigin(
  origin: string | undefined,
  host: string | undefined,
  allowed: readonly string[],
): boolean {
  if (!origin || origin === 'null') return false;
  if (allowed.includes(origin)) return true;
  const match = /^https?:\/\/([^/?#@\\\s]+)$/.exec(origin);
  return match !== null && host !== undefined && match[1] === host;
}

/** Proxies whose `X-Forwarded-For` is believed: addresses or networks (`10.0.0.0/8`). */
export function proxyList(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}

/** Whose request it is: the last address on its way that is no trusted proxy. What stands before that anybody could have written. */
export function addressOf(request: Pick<IncomingMessage, 'headers' | 'socket'>, proxies: BlockList): string {
  const forwarded = request.headers['x-forwarded-for'];
  const way = [
    ...(Array.isArray(forwarded) ? forwarded.join(',') : (forwarded ?? '')).split(','),
    request.socket.remoteAddress ?? '',
  ];
  let address = '';
  for (const hop of way.reverse().map((entry) => entry.trim())) {
    const family = isIP(hop);
    if (family === 0) break;
    address = hop;
    if (!proxies.check(hop, family === 6 ? 'ipv6' : 'ipv4')) break;
  }
  return address;
}
