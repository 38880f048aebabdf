import type { EpochMs } from '../fix.ts';

/** What a rule tells beside the rest, as people get it: times are RFC 3339. Never a place: who may see no position sees alerts. */
export type Details = Readonly<Record<string, string | number | boolean | null | Reach>>;

/** The first farm that an animal could come to, and when at the earliest. */
export interface Reach {
  readonly farm: string;
  /** RFC 3339. */
  readonly at: string;
}

/** The least distance of a visit. */
export interface Closest {
  /** Metres to the farm's polygon; 0 inside. */
  readonly m: number;
  readonly at: EpochMs;
  /** Reached on the straight path between two fixes, not at a fix. */
  readonly between: boolean;
}

/** What one alert tells of: a visit, a silence, a time without moving. From its opening to its end it is one thread. */
export interface Episode<Level extends string = string> {
  /** One of its rule's levels; of an episode that is over, the last there was. */
  readonly level: Level;
  /** The worst level so far. */
  readonly peak: Level;
  readonly openedAt: EpochMs;
  /** null: not over. */
  readonly closedAt: EpochMs | null;
  /** The least distance to what the alert is about; null where that says nothing. */
  readonly closest: Closest | null;
  readonly details?: Details;
}

/** A change in an episode's life, with the episode as it stood right after it. */
export interface Step<Of extends Episode = Episode> {
  readonly change: 'opened' | 'escalated' | 'eased' | 'closed';
  readonly at: EpochMs;
  readonly episode: Of;
}
