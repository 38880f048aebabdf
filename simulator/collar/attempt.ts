import type { EpochMs, FailedAttempt, Position, Reading } from '../../src/domain/fix.ts';
import type { State } from '../movement/leg.ts';

/** One attempt of a collar to get a position, with what was true. */
export interface Attempt {
  /** When the schedule asked for it. */
  readonly scheduled: EpochMs;
  /** When the receiver had its position, or gave up. */
  readonly at: EpochMs;
  readonly true: Position;
  readonly state: State;
  readonly outcome: 'fix' | 'failed';
  /** What the collar reports of it. */
  readonly report: Reading | FailedAttempt;
}
