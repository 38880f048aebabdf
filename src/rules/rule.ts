import type { z } from 'zod';
import type { Episode, Step } from '../domain/alert/episode.ts';
import type { Area } from '../domain/area.ts';
import type { Farm } from '../domain/farm.ts';
import type { EpochMs, Position } from '../domain/fix.ts';
import type { Boundary } from '../domain/geo/boundary.ts';
import type { Stamina } from '../domain/quality/confirm.ts';

/** An undoubted fix as rules see it. */
export interface JudgedFix extends Position {
  readonly at: EpochMs;
  /** Metres; see errorMetres. */
  readonly errorM: number;
  /** Absent: the collar did not report it. */
  readonly batteryV?: number;
  /** In the maker's own unit. */
  readonly activity?: number;
  /** When the collar was heard with it, which may be long after. Absent: at once. */
  readonly heardAt?: EpochMs;
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

/** An area with its boundary prepared for measuring. */
export interface GuardedArea extends Area {
  readonly shape: Boundary;
}

/** What a rule is asked about: a farm, an area, or (null) the animal itself. */
export type Place = GuardedFarm | GuardedArea | null;

/** The animal as rules see it. */
export interface Watched {
  readonly id: string;
  readonly species: string | null;
  readonly group: string | null;
  readonly stamina: Stamina;
  /** The collar that it wears, or wore last. */
  readonly collar: { readonly serial: string; readonly fixIntervalS: number | null };
}

/** What surrounds a move. */
export interface Scene {
  readonly animal: Watched;
  /**
   * The animal's undoubted fixes before this move's end, oldest first, as far back as the rule's `lookbackMs` at the least, and
   * no more than one in five minutes: the first of each five minutes of the clock. A move's `from` need not be among them.
   */
  readonly recent: readonly JudgedFix[];
  /** The farm that is nearest to a position within so many metres, and how far it is; null: there is none. */
  nearestFarm(position: Position, withinM: number): { readonly farm: GuardedFarm; readonly m: number } | null;
}

/** What a rule says of one move and one place. */
export interface Judgement<State = unknown> {
  /**
   * What to remember until the next move: something exactly while an episode is open, null while the rule is at rest about this
   * place. Must survive JSON. The same object as before when nothing has changed: then nothing need be written.
   */
  readonly state: State | null;
  /** The episode as it stands after the move, or as it ended in it; null: there is none. */
  readonly episode: Episode | null;
  /** What changed, in order; empty: nothing that people need to hear of. */
  readonly steps: readonly Step[];
}

/** Nothing to remember, nothing to tell. */
export const AT_REST: Judgement<never> = { state: null, episode: null, steps: [] };

/**
 * One alert rule. A file in this folder default-exports one; its name is the `kind` of its alerts.
 *
 * A rule is a pure fold over an animal's undoubted fixes in the order of time: no I/O, no clock. At rest it remembers nothing:
 * whether an episode opens may depend on the move, and on fixes of the scene that are no older than `lookbackMs`. So the past
 * can be judged anew from any moment at which the rule was at rest, whenever a fix comes late.
 */
export interface Rule<Settings = unknown, State = unknown, P extends Place = Place> {
  readonly name: string;
  /** What it is asked about, for each of them by itself. */
  readonly about: 'farm' | 'area' | 'animal';
  /** Its alerts' levels, from the mildest to the worst. */
  readonly levels: readonly [string, ...string[]];
  /** Whether it speaks where nobody has said so. Absent: it does. */
  readonly enabled?: boolean;
  /** Checked settings with their defaults, each described with its unit. */
  readonly settings: z.ZodType<Settings>;
  /** How far back it looks at rest, ms. Absent: no farther than the move's `from`. */
  lookbackMs?(settings: Settings): number;
  /** Of rules about places: beyond this many metres from it a move cannot matter to a rule at rest. */
  reachM?(place: NonNullable<P>, settings: Settings): number;
  judge(move: Move, place: P, state: State | null, settings: Settings, scene: Scene): Judgement<State>;
  /**
   * Of rules about the animal itself that judge its silence: when to ask again, by `lapse`, if no other undoubted fix has come
   * until then; null: never. Later than `last`, and later than the moment of the lapse before.
   */
  dueAt?(last: JudgedFix, state: State | null, settings: Settings, scene: Scene): EpochMs | null;
  /** What follows from there being no undoubted fix after `last` until `at`, a moment that `dueAt` gave. */
  lapse?(at: EpochMs, last: JudgedFix, state: State | null, settings: Settings, scene: Scene): Judgement<State>;
  /** Whether the newest fix was out of a level that the episode still has. Absent: never. */
  isLeaving?(state: State, level: string): boolean;
}
