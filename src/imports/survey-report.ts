import type { EpochMs } from '../domain/fix.ts';
import type { Doubt } from '../domain/quality/doubt.ts';
import type { Recognised } from './reading/recognised.ts';

/** Rows of one tag on one animal. */
export interface WearerReport {
  readonly tag: string;
  /** As the file names it; null: it does not. */
  readonly animal: string | null;
  /** The collar that these are stored as fixes of. */
  readonly collar: string;
  /** The id of the animal; null: whoever wore the collar then. */
  readonly animalId: string | null;
  readonly fixes: number;
  readonly attempts: number;
  readonly first: EpochMs | null;
  readonly last: EpochMs | null;
  /** Line where it is named first. */
  readonly line: number;
}

/** A row that will not be stored, or was not. */
export interface RowProblem {
  readonly line: number;
  /** `bad`: cannot be read; `conflict`: the collar has another fix at this time. */
  readonly kind: 'bad' | 'conflict';
  /** Name of the column or element. */
  readonly column: string | null;
  readonly expected: string;
}

/** Animals, collars and deployments that are not there yet and that the import makes. */
export interface Creations {
  readonly animals: readonly { readonly id: string; readonly name: string }[];
  readonly collars: readonly { readonly serial: string }[];
  readonly deployments: readonly {
    readonly animal: string;
    readonly collar: string;
    readonly from: string;
    readonly to: string | null;
  }[];
}

/** What a file holds and what would become of it, found without storing anything. */
export interface Report {
  readonly file: Omit<Recognised, 'questions'> | null;
  readonly rows: number;
  readonly fixes: number;
  readonly attempts: number;
  /** Rows that say nothing of positions. */
  readonly other: number;
  readonly bad: number;
  readonly animals: number;
  readonly tags: number;
  readonly from: EpochMs | null;
  readonly to: EpochMs | null;
  /** Fixes that are stored already, or stand in the file a second time near the first. */
  readonly duplicates: number;
  /** Fixes that contradict what is stored: dead letters. */
  readonly conflicts: number;
  /** Fixes of a time at which no animal wears the collar. */
  readonly withoutAnimal: number;
  /** How many fixes will carry each doubt, by the file alone. */
  readonly doubts: Readonly<Partial<Record<Doubt, number>>>;
  /** Tags whose rows are not in the order of time: `impossible-speed` is not counted for these. */
  readonly outOfOrder: number;
  readonly wearers: readonly WearerReport[];
  readonly creates: Creations;
  /** What keeps it from being stored, each a sentence; none: it can be. */
  readonly missing: readonly string[];
  /** The first of the bad rows and conflicts. */
  readonly problems: readonly RowProblem[];
  readonly checkedInMs: number;
}
