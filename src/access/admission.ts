import type { Principal } from './principal.ts';

/** Who was let in, and by what. */
export interface Admission {
  readonly principal: Principal;
  readonly by: 'token' | 'session';
  /** Digest of the credential: what is made from it (a session, a ticket) ends with it. */
  readonly digest: Buffer;
}
