import type { EpochMs } from '../domain/fix.ts';

/** Where a message came in; `import`: a file did. */
export type Door = 'embedded' | 'broker' | 'import';

/**
 * One message as a door hands it in. Exactly one of `acknowledge` and `refuse` is called, once, and the deliveries of one
 * connection in the order they came (MQTT-4.6.0-2).
 */
export interface Delivery {
  readonly door: Door;
  readonly serial: string;
  readonly payload: Uint8Array;
  readonly receivedAt: EpochMs;
  /** What it carried is committed: its sender may forget it. */
  acknowledge(): void;
  /** Nothing of it is sure to be stored: its sender must send it again. */
  refuse(reason: RefusalReason): void;
}

/**
 * - `full`: too much is waiting already.
 * - `timeout`: it waited too long for its commit; the database is away.
 * - `stopping`: the server is going down.
 */
export type RefusalReason = 'full' | 'timeout' | 'stopping';
