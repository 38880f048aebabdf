import { setImmediate as others } from 'node:timers/promises';

/** Corners looked at in a row, some milliseconds' worth: others wait no longer. */
const CORNERS_IN_A_ROW = 500_000;
/** What every fix costs beside its corners, in corners. */
const ANY_FIX = 20;

/** Tells who works through many fixes when to let others have their turn. */
export interface Pace {
  /** Once for each fix. */
  isTime(): boolean;
  breath(): Promise<void>;
}

/** @param corners looked at for each fix */
export function pacer(corners: number): Pace {
  const inARow = Math.max(1, Math.floor(CORNERS_IN_A_ROW / (corners + ANY_FIX)));
  let count = 0;
  return {
    isTime: () => ++count % inARow === 0,
    breath: () => others(),
  };
}
