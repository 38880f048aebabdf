import type { EpochMs } from '../domain/fix.ts';
import type { Door } from './delivery.ts';

/**
 * Why something that came in is not a fix.
 *
 * - `unreadable`: not the collar's format at all.
 * - `invalid`: read, but breaks a limit; the detail names field and limit.
 * - `unknown-collar`: no collar has this serial.
 * - `conflict`: the collar has another fix at the same time; the first stays.
 */
export type DeadLetterReason = 'unreadable' | 'invalid' | 'unknown-collar' | 'conflict';

/** A message, or one element of it, that could not be stored as a fix: kept as raw bytes with its reason. */
export interface DeadLetter {
  readonly door: Door;
  readonly serial: string;
  readonly receivedAt: EpochMs;
  readonly reason: DeadLetterReason;
  readonly detail: string;
  readonly payload: Uint8Array;
}
