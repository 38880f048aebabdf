import type { EpochMs } from '../domain/fix.ts';
import type { Admission } from './admission.ts';

/** How long a credential is believed without asking the database: the longest that another replica's revocation may take. */
const BELIEVED_MS = 5_000;
const MAX_ADMISSIONS = 10_000;

interface Known {
  readonly admission: Admission;
  readonly readAt: EpochMs;
}

/** Credentials that were good a moment ago. Bounded; the one read longest ago is forgotten first. */
export class AdmissionCache {
  private readonly known = new Map<string, Known>();

  get(digest: Buffer, kind: 'token' | 'session' | 'any', now: EpochMs): Admission | undefined {
    const known = this.known.get(digest.toString('base64'));
    if (!known || now - known.readAt >= BELIEVED_MS || (kind !== 'any' && kind !== known.admission.by))
      return undefined;
    const { until } = known.admission.principal;
    return until !== null && until <= now ? undefined : known.admission;
  }

  /** Whether a credential was good when it was last read, however long ago. */
  knew(digest: Buffer, kind: 'token' | 'session'): boolean {
    return this.known.get(digest.toString('base64'))?.admission.by === kind;
  }

  /** @param readAt when the database was asked, not when it answered: a revocation in between must not be believed longer */
  set(admission: Admission, readAt: EpochMs): void {
    const key = admission.digest.toString('base64');
    this.known.delete(key);
    this.known.set(key, { admission, readAt });
    if (this.known.size > MAX_ADMISSIONS) {
      const [oldest] = this.known.keys();
      if (oldest !== undefined) this.known.delete(oldest);
    }
  }

  forget(digest: Buffer): void {
    this.known.delete(digest.toString('base64'));
  }

  forgetPrincipal(id: string): void {
    for (const [key, { admission }] of this.known) if (admission.principal.id === id) this.known.delete(key);
  }
}
