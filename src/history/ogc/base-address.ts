import type { IncomingMessage } from 'node:http';
import type { BlockList } from 'node:net';
import { isIP } from 'node:net';
import { Problem } from '../../domain/problem.ts';

const HOST = /^(?:[A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/;

/** What is needed of a request to know by which address it was asked. */
export interface AskedRequest {
  /** Path and query. */
  readonly url: string;
  readonly raw: Pick<IncomingMessage, 'headers' | 'socket'>;
}

/**
 * Where a client asked: the scheme and host by which it knows us, then the path up to and with `/{root}`. Links of an answer begin
 * with it, so that a client behind a proxy, or one that asked under another base, stays where it is.
 *
 * A proxy's `X-Forwarded-Proto` and `X-Forwarded-Host` count where the proxy is trusted, and of several entries the last, which is its own.
 *
 * @throws Problem 400 for a host that no address can hold
 */
export function baseAddress({ url, raw }: AskedRequest, root: string, proxies: BlockList): string {
  const { headers, socket } = raw;
  const trusted = isTrusted(socket.remoteAddress ?? '', proxies);
  const forwarded = (name: string) => (trusted ? lastOf(headers[name]) : undefined);
  const scheme = forwarded('x-forwarded-proto')?.toLowerCase() === 'https' ? 'https' : 'http';
  const host = forwarded('x-forwarded-host') ?? headers.host ?? '';
  if (!HOST.test(host))
    throw new Problem(400, 'malformed-request', 'Host: expected the name or address of this server.');
  const path = url.split('?', 1)[0] ?? '';
  const end = path.indexOf(`/${root}`);
  return `${scheme}://${host}${path.slice(0, Math.max(0, end))}/${root}`;
}

function isTrusted(address: string, proxies: BlockList): boolean {
  const family = isIP(address);
  return family !== 0 && proxies.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

function lastOf(header: string | string[] | undefined): string | undefined {
  const text = Array.isArray(header) ? header.join(',') : header;
  return text?.split(',').at(-1)?.trim() || undefined;
}
