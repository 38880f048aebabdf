import { Inject, Injectable } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import type { BlockList } from 'node:net';
import { CONFIG, type Config } from '../config.ts';
import { Problem } from '../domain/problem.ts';
import type { Admission } from './admission.ts';
import { bearerOf } from './credential.ts';
import { FailureLimit } from './failure-limit.ts';
import { addressOf, isAllowedOrigin, proxyList } from './origin.ts';
import { sessionInCookie } from './session-cookie.ts';
import { TokenService } from './token.service.ts';

/** What a request is about: `read` and `change` are REST, `socket` is the upgrade to a websocket. */
export type Purpose = 'read' | 'change' | 'socket';

export type AccessConfig = Pick<Config, 'ALLOWED_ORIGINS' | 'TRUSTED_PROXIES' | 'AUTH_MAX_FAILURES_PER_MINUTE'>;

/** Finds out who asks. REST and websocket come in here alike. */
@Injectable()
export class Admissions {
  private readonly failures: FailureLimit;
  private readonly proxies: BlockList;

  constructor(
    private readonly tokens: TokenService,
    @Inject(CONFIG) private readonly config: AccessConfig,
  ) {
    this.failures = new FailureLimit(config.AUTH_MAX_FAILURES_PER_MINUTE);
    this.proxies = proxyList(config.TRUSTED_PROXIES);
  }

  /**
   * Who asks: by `Authorization: Bearer`; for a websocket by `?ticket=`; by session cookie, where anything but reading needs an
   * allowed `Origin`, because a browser sends the cookie whoever's page asks.
   *
   * @throws Problem 401 without a credential or with one that is not good, 403 for a foreign origin, 429 after too many failures
   */
  async admit(request: IncomingMessage, purpose: Purpose): Promise<Admission> {
    const { headers } = request;
    if (headers.authorization !== undefined) {
      const bearer = bearerOf(headers.authorization);
      if (bearer === null) throw unknownCredential();
      return this.check(request, bearer, 'token');
    }
    const ticket = purpose === 'socket' ? ticketOf(request) : null;
    if (ticket !== null) return this.attempt(request, () => this.tokens.redeemTicket(ticket));
    const session = sessionInCookie(headers.cookie);
    if (session === null) throw new Problem(401, 'not-signed-in', 'A token or a session is needed.');
    if (purpose !== 'read') this.demandOrigin(request);
    return this.check(request, session, 'session');
  }

  /** @throws Problem 403 unless the request comes from a page of ours or of an origin allowed by name */
  demandOrigin({ headers }: IncomingMessage): void {
    if (isAllowedOrigin(headers.origin, headers.host, this.config.ALLOWED_ORIGINS)) return;
    throw new Problem(
      403,
      'origin-not-allowed',
      'Requests with a session come from pages of this server, or of an allowed origin.',
    );
  }

  /**
   * Lets an address try a credential, unless it has failed too often.
   *
   * @throws Problem 401 when the credential is not good, 429 without trying
   */
  async attempt<T>(request: IncomingMessage, look: () => Promise<T | null>): Promise<T> {
    const address = addressOf(request, this.proxies);
    if (!this.failures.take(address, Date.now())) {
      throw new Problem(429, 'too-many-attempts', 'Too many credentials that were not good. Try again in a minute.');
    }
    let found: T | null;
    try {
      found = await look();
    } catch (error) {
      this.failures.giveBack(address, Date.now());
      throw error;
    }
    if (found === null) throw unknownCredential();
    this.failures.giveBack(address, Date.now());
    return found;
  }

  /** A credential that was good before is not stopped by what others at its address try, and mostly costs nothing. */
  private async check(request: IncomingMessage, credential: string, kind: 'token' | 'session'): Promise<Admission> {
    const look = () => this.tokens.authenticate(credential, kind);
    const known = this.tokens.knew(credential, kind) ? await look() : null;
    return known ?? this.attempt(request, look);
  }
}

function unknownCredential(): Problem {
  return new Problem(401, 'unknown-credential', 'The token, session or ticket is unknown, was revoked or has expired.');
}

function ticketOf({ url }: IncomingMessage): string | null {
  const query = url?.indexOf('?') ?? -1;
  return query < 0 ? null : new URLSearchParams(url?.slice(query)).get('ticket');
}
