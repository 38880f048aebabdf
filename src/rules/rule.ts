import type { z } from 'zod';
import type { VisitStep, VisitSummary } from '../domain/alert/visit.ts';
import type { Farm } from '../domain/farm.ts';
import type { Boundary } from '../domain/geo/boundary.ts';
import type { EpochMs, Position } from '../domain/fix.ts';

/** An undoubted fix as rules see it. */
export interface JudgedFix extends Position {
  readonly at: EpochMs;
  /** Metres; see errorMetres. */
  readonly errorM: number;
}

/** An animal's undoubted fix with the undoubted one before it, in the order of time. */
export interface Move {
  readonly from: JudgedFix | null;
  readonly to: JudgedFix;
}

/** A farm with its boundary prepared for measuring. */
export interface GuardedFarm extends Farm {
  readonly shape: Boundary;
}

/** What a rule says of one move and one farm. */
export interface Judgement<State> {
  /**
   * What to remember until the next move; null: nothing, the rule is at rest about this farm. Must survive JSON. The same
   * object as before when nothing has changed: then nothing need be written.
   */
  readonly state: State | null;
  /** The visit as it stands after the move, or as it ended in it; null: there is none. */
  readonly visit: VisitSummary | null;
  /** What changed, in order; empty: nothing that people need to hear of. */
  readonly steps: readonly VisitStep[];
}

/**
 * One alert rule. A file in this folder default-exports one; its name is the `kind` of its alerts.
 *
 * A rule is a pure fold over an animal's undoubted fixes in the order of time: no I/O, no clock, no memory but `state`.
 */
export interface Rule<Settings = unknown, State = unknown> {
  readonly name: string;
  /** Checked settings with their defaults. */
  readonly settings: z.ZodType<Settings>;
  /** Beyond this many metres from the farm a move cannot matter to a rule at rest. */
  reachM(farm: Farm, settings: Settings): number;
  judge(move: Move, farm: GuardedFarm, state: State | null, settings: Settings): Judgement<State>;
}
