import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { CONFIG, type Config } from '../config.ts';
import type { Admission } from './admission.ts';
import { AdmissionCache } from './admission-cache.ts';
import { digestOf, looksLikeCredential, newCredential, sameDigest } from './credential.ts';
import { Endings } from './endings.ts';
import { person, type PersonRole } from './principal.ts';
import { TokenStore, type ListedToken, type LiveToken } from './token.store.ts';

/** How long a browser stays signed in. */
export const SESSION_S = 30 * 86_400;
/** How long a ticket waits for its websocket. */
export const TICKET_S = 30;
/** How long a printed link waits for the first administrator. */
const SIGN_IN_CODE_S = 7 * 86_400;
/** Id of the principal that ADMIN_TOKEN makes. */
export const ADMIN_TOKEN_ID = 'admin-token';

/** A token to make. */
export interface TokenRequest {
  readonly name: string;
  readonly role: PersonRole;
  readonly farms?: readonly string[];
  /** Never, if missing. */
  readonly expiresInDays?: number;
}

/** A new token. `token` is shown this once and stored nowhere. */
export interface MadeToken extends ListedToken {
  readonly token: string;
}

/** Makes, knows and ends tokens, browser sessions, sign-in codes and websocket tickets. */
@Injectable()
export class TokenService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly adminDigest: Buffer | null;
  private readonly known = new AdmissionCache();
  private readonly endings: Endings;

  constructor(
    private readonly store: TokenStore,
    @Inject(CONFIG) config: Pick<Config, 'ADMIN_TOKEN'>,
  ) {
    this.adminDigest = config.ADMIN_TOKEN === undefined ? null : digestOf(config.ADMIN_TOKEN);
    this.endings = new Endings(store);
    this.endings.listen((principalId) => this.known.forgetPrincipal(principalId));
  }

  onApplicationBootstrap(): void {
    this.endings.start();
  }

  onModuleDestroy(): void {
    this.endings.stop();
  }

  /** Whose token or session this is; null: nobody's, or it has ended. */
  async authenticate(credential: string, kind: 'token' | 'session'): Promise<Admission | null> {
    if (!looksLikeCredential(credential)) return null;
    return this.find(digestOf(credential), kind);
  }

  /** Whether a credential was good when it was last looked at. No answer to whether it is good now. */
  knew(credential: string, kind: 'token' | 'session'): boolean {
    if (!looksLikeCredential(credential)) return false;
    const digest = digestOf(credential);
    return this.configured(digest, kind) !== undefined || this.known.knew(digest, kind);
  }

  async create(request: TokenRequest): Promise<MadeToken> {
    const token = newCredential();
    const made = {
      id: randomUUID(),
      name: request.name,
      role: request.role,
      farms: request.role === 'farmer' ? (request.farms ?? []) : [],
    };
    const times = await this.store.insert({
      ...made,
      kind: 'token',
      digest: digestOf(token),
      grantedBy: null,
      lastsS: request.expiresInDays === undefined ? null : request.expiresInDays * 86_400,
    });
    return {
      ...made,
      token,
      createdAt: new Date(times.createdAt).toISOString(),
      expiresAt: times.expiresAt === null ? null : new Date(times.expiresAt).toISOString(),
      revokedAt: null,
    };
  }

  list(): Promise<ListedToken[]> {
    return this.store.list();
  }

  /** Ends a token or session, what was made from it and what it opened. @returns false: there is no such token */
  async revoke(id: string): Promise<boolean> {
    const ended = await this.store.revoke(id);
    this.endings.announce(ended);
    return ended.length > 0;
  }

  /**
   * Tells when credentials have ended, by revocation or by themselves, in this process or another one, within 5 s. An id may be
   * told more than once: whatever a principal of that id has open is to be closed.
   */
  onRevoked(listener: (principalId: string) => void): () => void {
    return this.endings.listen(listener);
  }

  /** A browser session in exchange for a printed code. The first one makes all other codes void. */
  async sessionFromCode(code: string): Promise<{ session: string; admission: Admission } | null> {
    if (!looksLikeCredential(code)) return null;
    const taken = await this.store.take(digestOf(code), 'sign-in');
    if (!taken) return null;
    await this.store.forgetSignInCodes();
    return this.openSession(taken, null, SESSION_S);
  }

  /** A browser session in exchange for a token, with which it ends. */
  async sessionFromToken(token: string): Promise<{ session: string; admission: Admission } | null> {
    const admission = await this.authenticate(token, 'token');
    if (!admission) return null;
    const { principal, digest } = admission;
    const leftS = principal.until === null ? SESSION_S : (principal.until - Date.now()) / 1000;
    const role = principal.role as PersonRole;
    return this.openSession({ ...principal, role }, digest, Math.min(SESSION_S, leftS));
  }

  /** A ticket that opens one websocket for whom it was made. */
  async createTicket({ principal, digest }: Admission): Promise<string> {
    const ticket = newCredential();
    await this.store.insert({
      id: randomUUID(),
      kind: 'ticket',
      name: principal.name,
      role: principal.role as PersonRole,
      farms: principal.farms,
      digest: digestOf(ticket),
      grantedBy: digest,
      lastsS: TICKET_S,
    });
    return ticket;
  }

  /** Who a ticket was made for, if neither it nor the credential that it was made with has ended. It is good once. */
  async redeemTicket(ticket: string): Promise<Admission | null> {
    if (!looksLikeCredential(ticket)) return null;
    const taken = await this.store.take(digestOf(ticket), 'ticket');
    return taken?.grantedBy ? this.find(Buffer.from(taken.grantedBy), 'any') : null;
  }

  /**
   * A link for the first administrator, its code in the fragment, which no server log sees; null: there is an administrator.
   *
   * @param isDemo there may be an administrator already: whoever starts the demo wants to see it, every time
   */
  async signInLink(baseUrl: string, isDemo = false): Promise<string | null> {
    if (!isDemo && (this.adminDigest || (await this.store.hasAdmin()))) return null;
    const code = newCredential();
    await this.store.insert({
      id: randomUUID(),
      kind: 'sign-in',
      name: 'administrator',
      role: 'admin',
      farms: [],
      digest: digestOf(code),
      grantedBy: null,
      lastsS: SIGN_IN_CODE_S,
    });
    return `${baseUrl.replace(/\/$/, '')}/#sign-in=${code}`;
  }

  private async openSession(
    of: Pick<LiveToken, 'name' | 'role' | 'farms'>,
    grantedBy: Uint8Array | null,
    lastsS: number,
  ): Promise<{ session: string; admission: Admission }> {
    const session = newCredential();
    const digest = digestOf(session);
    const id = randomUUID();
    const { name, role, farms } = of;
    const times = await this.store.insert({ id, kind: 'session', name, role, farms, digest, grantedBy, lastsS });
    const principal = person({ id, name, role, farms, until: times.expiresAt });
    return { session, admission: { principal, by: 'session', digest } };
  }

  private async find(digest: Buffer, kind: 'token' | 'session' | 'any'): Promise<Admission | null> {
    const known = this.configured(digest, kind) ?? this.known.get(digest, kind, Date.now());
    if (known) return known;
    const asked = Date.now();
    const token = await this.store.find(digest, kind);
    if (!token || !this.stillGranted(token)) {
      this.known.forget(digest);
      return null;
    }
    const by = token.kind === 'session' ? 'session' : 'token';
    const admission: Admission = { principal: person({ ...token, until: token.expiresAt }), by, digest };
    this.known.set(admission, asked);
    return admission;
  }

  private configured(digest: Buffer, kind: 'token' | 'session' | 'any'): Admission | undefined {
    if (kind === 'session' || !this.adminDigest || !sameDigest(digest, this.adminDigest)) return undefined;
    const principal = person({ id: ADMIN_TOKEN_ID, name: 'administrator', role: 'admin', farms: [], until: null });
    return { principal, by: 'token', digest };
  }

  /** A session made from ADMIN_TOKEN ends when the settings no longer hold that token. */
  private stillGranted({ grantedBy, grantedByStored }: LiveToken): boolean {
    if (grantedBy === null || grantedByStored) return true;
    return this.adminDigest !== null && sameDigest(grantedBy, this.adminDigest);
  }
}
