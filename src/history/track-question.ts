import type { EpochMs } from '../domain/fix.ts';
import type { ColumnName } from './fix-block.ts';

/** Whose fixes are asked for, which and what of them. */
export interface TrackQuestion {
  /** Id of an animal that is registered. */
  readonly animal: string;
  /** Fixes at or after this time. */
  readonly from?: EpochMs | undefined;
  /** Fixes before this time. */
  readonly to?: EpochMs | undefined;
  /** Doubted fixes too, each with its doubts. Otherwise none of them. */
  readonly doubted?: boolean | undefined;
  readonly columns?: readonly ColumnName[] | undefined;
  /** What was known then, by receipt: fixes received by then, with the doubts that stood then. */
  readonly asOf?: EpochMs | undefined;
}
