import { Logger } from '@nestjs/common';
import type { EpochMs } from '../domain/fix.ts';
import type { TokenStore } from './token.store.ts';

/** How often this process looks for what others revoked. With the query it stays under the 5 s that a revocation may take. */
const LOOK_MS = 2_000;
/** How far back it looks. A socket that opened while its token was revoked is found by a later look. */
const LOOK_BACK_S = 60;
/** Once a minute: whoever makes tickets without using them fills the table for so long. */
const PRUNE_EVERY_LOOKS = 30;

/** Learns which credentials have ended, whichever process ended them or by themselves, and tells. */
export class Endings {
  private readonly logger = new Logger('access');
  private readonly listeners = new Set<(principalId: string) => void>();
  private timer: NodeJS.Timeout | undefined;
  private looks = 0;
  private lastLook: EpochMs = Date.now();
  private looking = false;

  constructor(private readonly store: TokenStore) {}

  start(): void {
    this.timer = setInterval(() => void this.look(), LOOK_MS);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** @returns what ends it */
  listen(listener: (principalId: string) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  announce(ended: readonly string[]): void {
    for (const id of ended) for (const listener of this.listeners) listener(id);
  }

  private async look(): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    const begun = Date.now();
    try {
      this.announce(await this.store.ended(LOOK_BACK_S + (begun - this.lastLook) / 1_000));
      this.lastLook = begun;
      if (++this.looks % PRUNE_EVERY_LOOKS === 0) await this.store.prune();
    } catch {
      // The next look reaches back to the last one that worked.
      this.logger.warn('revoked tokens could not be read');
    } finally {
      this.looking = false;
    }
  }
}
